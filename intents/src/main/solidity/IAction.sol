// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What an action is asked to do: give of one token, get another.
struct Step {
    address tokenIn;
    /// The most that may be taken.
    uint256 amountIn;
    address tokenOut;
    /// The square root of the pool's price beyond which nothing is given, in units of 2^-96; 0 for none.
    uint160 limitX96;
}

/// One protocol's way of carrying a step out. It takes tokens from its caller and gives tokens to its caller, nobody
/// else, and holds nothing afterwards; what it did, the caller sees in its own balances.
interface IAction {
    /// @param parameters what the policy fixes of it
    function run(bytes calldata parameters, Step calldata step) external;
}
