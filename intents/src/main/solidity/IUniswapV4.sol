// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a pool of Uniswap v4 is named by. Ether is currency 0, the address 0.
struct PoolKey {
    address currency0;
    address currency1;
    /// In hundredths of a basis point.
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

/// `amountSpecified` below 0 is what goes in.
struct SwapParams {
    bool zeroForOne;
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

/// The part of Uniswap v4's PoolManager that Probity's contracts call.
interface IPoolManager {
    /// Calls `unlockCallback(data)` on its caller, which must leave no debt and no credit.
    function unlock(bytes calldata data) external returns (bytes memory result);

    /// Returns what is due to the caller, below 0 what the caller owes: of currency 0 in the high half, of currency 1 in
    /// the low one.
    function swap(PoolKey calldata key, SwapParams calldata params, bytes calldata hookData)
        external
        returns (int256 delta);

    /// Notes what the manager has of a currency, before it is paid.
    function sync(address currency) external;

    /// Credits what came of it since.
    function settle() external payable returns (uint256 paid);

    function take(address currency, address to, uint256 amount) external;

    function extsload(bytes32 slot) external view returns (bytes32 value);
}
