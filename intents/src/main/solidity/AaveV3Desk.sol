// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AaveV3Account, IAccountMaker} from "./AaveV3Account.sol";
import {IAaveV3Oracle, IAaveV3Pool, IAaveV3Token} from "./IAaveV3.sol";
import {
    ASK_BORROW,
    ASK_LIQUID,
    ASK_REPAY,
    ASK_SUPPLY,
    ASK_WORTH,
    ILendingDesk,
    ReserveState
} from "./ILendingDesk.sol";

/// Aave v3's markets as a vault sees them, and the maker of vaults' accounts. It has no owner and keeps nothing; an
/// account's address follows from its vault and its pool, and only that vault opens it.
///
/// A pool is the policy's word: whoever names a false one can lose what the policy lets be supplied to it, and no more.
contract AaveV3Desk is ILendingDesk, IAccountMaker {
    // Words of `getReserveData`.
    uint256 private constant CONFIGURATION = 0;
    uint256 private constant SUPPLY_INDEX = 1;
    uint256 private constant ID = 7;
    uint256 private constant SUPPLY_TOKEN = 8;
    uint256 private constant STABLE_DEBT_TOKEN = 9;
    uint256 private constant DEBT_TOKEN = 10;
    uint256 private constant ACCRUED_TO_TREASURY = 12;

    // Bits of a reserve's configuration.
    uint256 private constant DECIMALS = 48;
    uint256 private constant ACTIVE = 56;
    uint256 private constant FROZEN = 57;
    uint256 private constant BORROWING = 58;
    uint256 private constant PAUSED = 60;
    uint256 private constant SILOED = 62;
    uint256 private constant RESERVE_FACTOR = 64;
    uint256 private constant BORROW_CAP = 80;
    uint256 private constant SUPPLY_CAP = 116;
    uint256 private constant CATEGORY = 168;
    uint256 private constant DEBT_CEILING = 212;
    uint256 private constant VIRTUAL = 252;
    uint256 private constant CAP_MASK = (1 << 36) - 1;

    // Revisions that differ in what is asked here: v3.0 is 1 to 3, v3.1 4, v3.2 5 and 6, v3.3 7, v3.4 8, v3.5 9, v3.6 10,
    // v3.7 11 (PoolInstance.sol of aave-v3-origin at each tag). A later one may mean something else by the same words.
    uint256 private constant VIRTUAL_BALANCES = 4;
    uint256 private constant CATEGORIES_HAVE_BITMAPS = 5;
    uint256 private constant ALL_VIRTUAL = 8;
    uint256 private constant CATEGORIES_DECIDE_BORROWING = 10;
    uint256 private constant NO_ISOLATION = 11;
    uint256 private constant LAST_REVISION = 11;

    /// Of what a user has, two bits a reserve, those of debts.
    uint256 private constant BORROWED = type(uint256).max / 3;

    /// A one in each eight bits.
    uint256 private constant EACH = type(uint256).max / 255;

    uint256 private constant RAY = 1e27;
    uint256 private constant BPS = 10_000;

    bytes32 private immutable _accountCode = keccak256(type(AaveV3Account).creationCode);

    address private transient _vault;
    address private transient _pool;

    // What all reserves of a market have in common.
    struct Market {
        IAaveV3Pool pool;
        /// Once a price was asked for.
        IAaveV3Oracle oracle;
        uint256 revision;
        uint256 eMode;
        /// Of the category, if it is one: what it counts for, whose price, and for which reserves.
        uint256 thresholdBps;
        uint256 ltvBps;
        address priceSource;
        uint256 collaterals;
        uint256 borrowables;
        uint256 zeroes;
        bool isolated;
        /// What its user has, two bits a reserve.
        uint256 inUse;
    }

    event AccountOpened(address indexed vault, address indexed pool, address account);

    /// The pool's revision is none that this desk knows.
    error UnknownRevision(address pool, uint256 revision);
    error NotAReserve(address pool, address token);
    error WrongDecimals(address token, uint256 market, uint256 policy);
    error ReserveNotLive(address token, bool active, bool frozen, bool paused);
    error BorrowingDisabled(address token);
    /// In isolation mode the one collateral has a ceiling of debt that all its borrowers share, and only listed assets can
    /// be borrowed: what a vault may do would hang on strangers.
    error IsolatedReserve(address token);
    /// Whoever owes a siloed asset may owe no other.
    error SiloedReserve(address token);
    error NoSuchCategory(address pool, uint256 eMode);
    error NotInCategory(address token, uint256 eMode);
    /// The market's oracle has no price, or one beyond 2^96.
    error NoPrice(address token, uint256 price);

    // ------------------------------------------------------------------------------------------------------- accounts

    /// @inheritdoc ILendingDesk
    function open(address pool, uint256 eMode, uint256 step, address[] calldata tokens)
        external
        returns (address account)
    {
        account = accountOf(msg.sender, pool);
        if (account.code.length == 0) {
            (_vault, _pool) = (msg.sender, pool);
            new AaveV3Account{salt: _salt(msg.sender, pool)}();
            (_vault, _pool) = (address(0), address(0));
            emit AccountOpened(msg.sender, pool, account);
        }
        AaveV3Account(account).enter(eMode, step, tokens);
    }

    /// @inheritdoc IAccountMaker
    function making() external view returns (address vault, address pool) {
        return (_vault, _pool);
    }

    /// @inheritdoc ILendingDesk
    function accountOf(address vault, address pool) public view returns (address) {
        return Create2.computeAddress(_salt(vault, pool), _accountCode);
    }

    function _salt(address vault, address pool) private pure returns (bytes32) {
        return keccak256(abi.encode(vault, pool));
    }

    // --------------------------------------------------------------------------------------------------------- checks

    /// @inheritdoc ILendingDesk
    function check(
        address pool,
        uint256 eMode,
        address[] calldata tokens,
        uint256[] calldata decimals,
        bool[] calldata borrowable
    ) external view {
        Market memory market = _market(pool, eMode);
        bool counts = eMode == 0;
        for (uint256 t = 0; t < tokens.length; t++) {
            uint256[15] memory words = market.pool.getReserveData(tokens[t]);
            if (words[SUPPLY_TOKEN] == 0) revert NotAReserve(pool, tokens[t]);
            _checkReserve(market, tokens[t], words[CONFIGURATION], decimals[t]);
            if (borrowable[t]) _checkBorrowable(market, tokens[t], words);
            if (_isCollateral(market, words)) counts = true;
            _price(market, tokens[t], words);
        }
        if (!counts) revert NotInCategory(tokens[0], eMode);
    }

    function _checkReserve(Market memory market, address token, uint256 config, uint256 decimals) private pure {
        uint256 own = uint8(config >> DECIMALS);
        if (own != decimals) revert WrongDecimals(token, own, decimals);
        (bool active, bool frozen, bool paused) = (_is(config, ACTIVE), _is(config, FROZEN), _is(config, PAUSED));
        if (!active || frozen || paused) revert ReserveNotLive(token, active, frozen, paused);
        if (market.revision >= NO_ISOLATION) return;
        if (config << (256 - VIRTUAL) >> (256 - VIRTUAL + DEBT_CEILING) != 0) revert IsolatedReserve(token);
        if (_is(config, SILOED)) revert SiloedReserve(token);
    }

    function _checkBorrowable(Market memory market, address token, uint256[15] memory words) private pure {
        if (_mayBorrow(market, words)) return;
        if (market.eMode != 0 && !_isBorrowableInCategory(market, words)) revert NotInCategory(token, market.eMode);
        revert BorrowingDisabled(token);
    }

    // ---------------------------------------------------------------------------------------------------------- looks

    /// @inheritdoc ILendingDesk
    function health(address account) external view returns (uint256) {
        IAaveV3Pool pool = AaveV3Account(account).pool();
        // Without debt no price matters, nor whether the oracle has one.
        if (pool.getUserConfiguration(account) & BORROWED == 0) return type(uint256).max;
        return pool.getUserAccountData(account)[5];
    }

    /// @inheritdoc IAccountMaker
    function termsOf(address pool, uint256 eMode, address token)
        external
        view
        returns (uint256 thresholdBps, uint256 ltvBps)
    {
        Market memory market = _market(pool, eMode);
        if (eMode != 0) return _terms(market, market.pool.getReserveData(token));
        uint256 config = market.pool.getConfiguration(token);
        return (uint16(config >> 16), uint16(config));
    }

    /// @inheritdoc ILendingDesk
    function look(address vault, address pool, address[] calldata tokens, uint256 borrowables)
        external
        view
        returns (address account, ReserveState[] memory states)
    {
        (account, states) = owned(vault, pool, tokens);
        uint256 asks;
        for (uint256 t = 0; t < tokens.length; t++) {
            uint256 ask = ASK_LIQUID | ASK_SUPPLY | ASK_REPAY | ASK_WORTH;
            if (borrowables >> t & 1 != 0) ask |= ASK_BORROW;
            asks |= ask << 8 * t;
        }
        return (account, asked(pool, account, tokens, states, asks));
    }

    /// @inheritdoc ILendingDesk
    function owned(address vault, address pool, address[] calldata tokens)
        public
        view
        returns (address account, ReserveState[] memory states)
    {
        account = accountOf(vault, pool);
        states = new ReserveState[](tokens.length);
        if (account.code.length == 0) return (account, states);
        (uint256[] memory supplied, uint256[] memory owed) = AaveV3Account(account).owned(tokens);
        for (uint256 t = 0; t < tokens.length; t++) {
            (states[t].supplied, states[t].owed) = (supplied[t], owed[t]);
        }
    }

    /// @inheritdoc ILendingDesk
    function asked(address pool, address account, address[] calldata tokens, ReserveState[] memory states, uint256 asks)
        public
        view
        returns (ReserveState[] memory)
    {
        Market memory market;
        if (asks & EACH * (ASK_WORTH | ASK_BORROW) == 0) {
            market = _market(pool, 0);
        } else {
            market = _market(pool, IAaveV3Pool(pool).getUserEMode(account));
            market.inUse = market.pool.getUserConfiguration(account);
        }
        bool owes;
        for (uint256 t = 0; t < tokens.length; t++) {
            uint256 ask = uint8(asks >> 8 * t);
            if (ask != 0) _answer(market, tokens[t], ask, states[t]);
            if (states[t].owed != 0) owes = true;
        }
        if (owes) _zeroesFirst(states);
        return states;
    }

    function _answer(Market memory market, address token, uint256 ask, ReserveState memory state) private view {
        uint256[15] memory words = market.pool.getReserveData(token);
        uint256 config = words[CONFIGURATION];
        bool live = _is(config, ACTIVE) && !_is(config, PAUSED);
        bool open_ = live && !_is(config, FROZEN);
        state.repayable = live;
        if (ask & ASK_WORTH != 0) {
            state.price = _price(market, token, words);
            if (_is(market.inUse, 2 * words[ID] + 1)) (state.thresholdBps, state.ltvBps) = _terms(market, words);
        }
        if (live && ask & (ASK_LIQUID | ASK_BORROW) != 0) state.liquid = _available(market, token, words);
        if (open_ && ask & ASK_SUPPLY != 0) state.supplyRoom = _supplyRoom(market, token, words);
        if (open_ && ask & ASK_BORROW != 0 && _mayBorrow(market, words)) {
            state.borrowRoom = Math.min(state.liquid, _borrowRoom(market, token, words));
        }
    }

    /// Whoever owes must take back first what counts and cannot be borrowed on (`validateHFAndLtv`).
    function _zeroesFirst(ReserveState[] memory states) private pure {
        bool zero;
        for (uint256 t = 0; t < states.length; t++) {
            if (states[t].supplied != 0 && states[t].thresholdBps != 0 && states[t].ltvBps == 0) zero = true;
        }
        if (!zero) return;
        for (uint256 t = 0; t < states.length; t++) {
            if (states[t].ltvBps != 0) states[t].liquid = 0;
        }
    }

    function _debt(Market memory market, address token, uint256 scaled) private view returns (uint256) {
        return Math.mulDiv(scaled, market.pool.getReserveNormalizedVariableDebt(token), RAY, Math.Rounding.Ceil);
    }

    /// What the market itself has. From revision 4 on it counts that, so that gifts are none of it; a few reserves were not
    /// counted until revision 8.
    function _available(Market memory market, address token, uint256[15] memory words) private view returns (uint256) {
        bool counted = market.revision >= ALL_VIRTUAL
            || (market.revision >= VIRTUAL_BALANCES && _is(words[CONFIGURATION], VIRTUAL));
        if (counted) return market.pool.getVirtualUnderlyingBalance(token);
        return IERC20(token).balanceOf(address(_token(words[SUPPLY_TOKEN])));
    }

    /// What is left of the cap. The treasury's share since the market's last change is none of ours to know exactly: twice
    /// what simple interest makes of it is left out.
    function _supplyRoom(Market memory market, address token, uint256[15] memory words) private view returns (uint256) {
        uint256 config = words[CONFIGURATION];
        uint256 cap = config >> SUPPLY_CAP & CAP_MASK;
        if (cap == 0) return type(uint128).max;
        uint256 index = market.pool.getReserveNormalizedIncome(token);
        uint256 supplied = _token(words[SUPPLY_TOKEN]).scaledTotalSupply();
        uint256 factor = uint16(config >> RESERVE_FACTOR);
        uint256 share = factor < BPS ? Math.mulDiv(supplied, index - words[SUPPLY_INDEX], RAY) * factor / (BPS - factor) : 0;
        uint256 total = Math.mulDiv(supplied + words[ACCRUED_TO_TREASURY], index, RAY, Math.Rounding.Ceil) + 2 * share + 1;
        return _less(cap * _unit(config), total);
    }

    function _borrowRoom(Market memory market, address token, uint256[15] memory words) private view returns (uint256) {
        uint256 config = words[CONFIGURATION];
        uint256 cap = config >> BORROW_CAP & CAP_MASK;
        if (cap == 0) return type(uint128).max;
        uint256 total = _debt(market, token, _token(words[DEBT_TOKEN]).scaledTotalSupply()) + 1;
        // v3.2 did away with stable rates.
        if (market.revision < CATEGORIES_HAVE_BITMAPS) total += _token(words[STABLE_DEBT_TOKEN]).totalSupply();
        return _less(cap * _unit(config), total);
    }

    // --------------------------------------------------------------------------------------------------- a market

    function _market(address pool, uint256 eMode) private view returns (Market memory market) {
        market.pool = IAaveV3Pool(pool);
        market.revision = market.pool.POOL_REVISION();
        if (market.revision == 0 || market.revision > LAST_REVISION) revert UnknownRevision(pool, market.revision);
        market.eMode = eMode;
        if (eMode == 0) return market;
        uint8 id = uint8(eMode);
        if (market.revision < CATEGORIES_HAVE_BITMAPS) {
            uint256[5] memory words = market.pool.getEModeCategoryData(id);
            (market.ltvBps, market.thresholdBps) = (words[1], words[2]);
            market.priceSource = address(uint160(words[4]));
        } else {
            uint256[3] memory words = market.pool.getEModeCategoryCollateralConfig(id);
            (market.ltvBps, market.thresholdBps) = (words[0], words[1]);
            market.collaterals = market.pool.getEModeCategoryCollateralBitmap(id);
            market.borrowables = market.pool.getEModeCategoryBorrowableBitmap(id);
            if (market.revision >= CATEGORIES_DECIDE_BORROWING) {
                market.zeroes = market.pool.getEModeCategoryLtvzeroBitmap(id);
            }
            if (market.revision >= NO_ISOLATION) market.isolated = market.pool.getIsEModeCategoryIsolated(id);
        }
        if (market.thresholdBps == 0) revert NoSuchCategory(pool, eMode);
    }

    /// What a reserve counts for in the category.
    function _terms(Market memory market, uint256[15] memory words)
        private
        pure
        returns (uint256 thresholdBps, uint256 ltvBps)
    {
        uint256 config = words[CONFIGURATION];
        (ltvBps, thresholdBps) = (uint16(config), uint16(config >> 16));
        if (market.eMode == 0) return (thresholdBps, ltvBps);
        if (!_isCollateral(market, words)) return (thresholdBps, market.isolated ? 0 : ltvBps);
        return (market.thresholdBps, _is(market.zeroes, words[ID]) ? 0 : market.ltvBps);
    }

    function _isCollateral(Market memory market, uint256[15] memory words) private pure returns (bool) {
        if (market.revision >= CATEGORIES_HAVE_BITMAPS) return _is(market.collaterals, words[ID]);
        return uint8(words[CONFIGURATION] >> CATEGORY) == market.eMode;
    }

    function _isBorrowableInCategory(Market memory market, uint256[15] memory words) private pure returns (bool) {
        if (market.revision >= CATEGORIES_HAVE_BITMAPS) return _is(market.borrowables, words[ID]);
        return uint8(words[CONFIGURATION] >> CATEGORY) == market.eMode;
    }

    function _mayBorrow(Market memory market, uint256[15] memory words) private pure returns (bool) {
        bool enabled = _is(words[CONFIGURATION], BORROWING);
        if (market.eMode == 0) return enabled;
        if (market.revision >= CATEGORIES_DECIDE_BORROWING) enabled = true;
        return enabled && _isBorrowableInCategory(market, words);
    }

    function _price(Market memory market, address token, uint256[15] memory words) private view returns (uint256 price) {
        if (address(market.oracle) == address(0)) market.oracle = market.pool.ADDRESSES_PROVIDER().getPriceOracle();
        // Until v3.1 a category could have a price of its own.
        bool own = market.priceSource != address(0) && _isCollateral(market, words);
        if (own) price = market.oracle.getAssetPrice(market.priceSource);
        if (price == 0) price = market.oracle.getAssetPrice(token);
        if (price == 0 || price >> 96 != 0) revert NoPrice(token, price);
    }

    function _token(uint256 word) private pure returns (IAaveV3Token) {
        return IAaveV3Token(address(uint160(word)));
    }

    function _unit(uint256 config) private pure returns (uint256) {
        return 10 ** uint8(config >> DECIMALS);
    }

    function _is(uint256 bits, uint256 bit) private pure returns (bool) {
        return bits >> bit & 1 != 0;
    }

    function _less(uint256 more, uint256 less) private pure returns (uint256) {
        return more > less ? more - less : 0;
    }
}
