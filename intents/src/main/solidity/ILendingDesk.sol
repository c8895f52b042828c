// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a vault has with a lending market in one reserve, and what the market lets it do now. Amounts are in the asset's
/// smallest units; those that a market's state makes impossible are 0.
struct ReserveState {
    /// What is booked as supplied, with interest until now, rounded down; no more than is really there.
    uint256 supplied;
    /// What is booked as owed, with interest until now, rounded up, whatever others repaid of it; where supply is gone,
    /// which only a liquidation takes, no more than is really owed.
    uint256 owed;
    /// What the market could pay out now.
    uint256 liquid;
    /// What it would still take, and what it would still lend.
    uint256 supplyRoom;
    uint256 borrowRoom;
    bool repayable;
    /// By the market's own oracle: one whole token in the market's base currency; below 2^96.
    uint256 price;
    /// What it counts for as collateral, in basis points: until it is liquidated, and to borrow on. 0 where the vault's
    /// supply is no collateral.
    uint256 thresholdBps;
    uint256 ltvBps;
}

// What is asked of a market about one reserve, eight bits a reserve: `liquid`, `supplyRoom`, `borrowRoom`, `repayable`, and
// what it is worth there (`price`, `thresholdBps`, `ltvBps`).
uint256 constant ASK_LIQUID = 1;
uint256 constant ASK_SUPPLY = 2;
uint256 constant ASK_BORROW = 4;
uint256 constant ASK_REPAY = 8;
uint256 constant ASK_WORTH = 16;

/// One movement between a vault and a market.
enum Loan {
    WITHDRAW,
    BORROW,
    REPAY,
    SUPPLY
}

/// One movement that a plan has, of so many units at most.
struct LoanStep {
    uint8 asset;
    Loan loan;
    uint256 amount;
}

/// One for all vaults: what the policy's lending part names. Each vault has an account of its own with it, a contract that
/// obeys that vault alone and owns what is supplied and what is owed.
interface ILendingDesk {
    /// Refuses, in words of its own, a lending part that the market would not bear: no such market or revision, a token
    /// that is no reserve, a reserve that is inactive, frozen or paused, borrowing that is disabled, a category that does not
    /// hold the reserves.
    /// @param tokens of the reserves; decimals theirs, as the policy has them
    function check(
        address pool,
        uint256 eMode,
        address[] calldata tokens,
        uint256[] calldata decimals,
        bool[] calldata borrowable
    ) external view;

    /// A vault's account, which is there once the vault opened it.
    function accountOf(address vault, address pool) external view returns (address);

    /// Opens the caller's account if it is not open, enters the category, and takes a checkpoint of the reserves.
    function open(address pool, uint256 eMode, uint256 step, address[] calldata tokens) external returns (address account);

    /// What a vault has and may do, one entry for each of the tokens; all 0 but prices and rooms where it has no account.
    /// @param borrowables bit i where the room to borrow the token i is asked for, which is 0 else
    function look(address vault, address pool, address[] calldata tokens, uint256 borrowables)
        external
        view
        returns (address account, ReserveState[] memory states);

    /// Of `look` only what a vault has, `supplied` and `owed`; all else is 0.
    function owned(address vault, address pool, address[] calldata tokens)
        external
        view
        returns (address account, ReserveState[] memory states);

    /// Of `look` only what is asked for, beside what `owned` said; all else stays. Where anything is owed, `liquid` wants
    /// what all that is supplied is worth asked for with it.
    /// @param asks eight bits for each of the tokens, the first one's lowest
    function asked(address pool, address account, address[] calldata tokens, ReserveState[] memory states, uint256 asks)
        external
        view
        returns (ReserveState[] memory);

    /// The health factor by the market itself, times 10^18; the greatest number without debt.
    function health(address account) external view returns (uint256);
}

/// One vault's account with one market.
interface ILendingAccount {
    /// Moves an amount between the vault and the market: takes it from the vault, which approved it, or gives it to the
    /// vault. Repays no more than is owed. Only for its vault. Books what the market's own balances say.
    /// @param amount to withdraw, `type(uint256).max` for all that is there, gifts included
    /// @param step the policy's, in seconds
    function move(Loan loan, address token, uint256 amount, uint256 step) external;

    /// Remembers the indices of the reserves, once a step and not more than once an hour; else does nothing. Only for its
    /// vault.
    /// @param step the policy's, in seconds
    function checkpoint(uint256 step, address[] calldata tokens) external;

    /// What is booked of a token, scaled by the market's indices: multiplied by them, it has its interest.
    function booked(address token) external view returns (uint256 supplied, uint256 owed);

    /// What is there of each of the tokens, in units of the asset: see `ReserveState`.
    function owned(address[] calldata tokens)
        external
        view
        returns (uint256[] memory supplied, uint256[] memory owed);

    /// What was there as of a moment, by what is booked then and the newest checkpoint before it: one entry for each of the
    /// tokens.
    /// @return supplied in units of the asset
    /// @return owed likewise
    /// @return rates yearly growth between the two newest checkpoints before the moment, in basis points: of supply, and of
    /// debt; 0 while there are no two
    /// @return thresholdBps as of the newest checkpoint before the moment
    function asOf(uint32 moment, uint256 step, address[] calldata tokens)
        external
        view
        returns (
            uint256[] memory supplied,
            uint256[] memory owed,
            uint256[2][] memory rates,
            uint256[] memory thresholdBps
        );

    /// Lowers what is booked of a token to what is there. Only for its vault.
    /// @param step the policy's, in seconds
    function sync(address token, uint256 step) external;

    /// Whether anything is booked of a token.
    function used(address token) external view returns (bool);
}
