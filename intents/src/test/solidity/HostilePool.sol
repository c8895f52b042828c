// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "probity/IERC20.sol";

interface ISwapper {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external;
}

/// For tests: looks like a Uniswap v3 pool at a price of 1 since long ago, and cheats in its swaps.
contract HostilePool {
    enum Trick {
        NONE,
        PAY_HALF,
        ASK_DOUBLE,
        ASK_TWICE,
        ASK_NOTHING,
        FILL_A_CRUMB,
        CALL_BACK
    }

    address public immutable token0;
    address public immutable token1;
    uint24 public constant fee = 500;
    uint32 private immutable _since;
    Trick private _trick;
    bytes private _call;
    /// What the vault answered when it was called in the middle of a swap.
    bytes public answer;

    constructor(address token0_, address token1_) {
        token0 = token0_;
        token1 = token1_;
        _since = uint32(block.timestamp) - 100_000;
    }

    function play(Trick trick, bytes calldata call_) external {
        _trick = trick;
        _call = call_;
    }

    function slot0() external pure returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (1 << 96, 0, 0, 1, 1, 0, true);
    }

    function observations(uint256) external view returns (uint32, int56, uint160, bool) {
        return (_since, 0, 0, true);
    }

    function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1)
    {
        uint256 amountIn = uint256(amountSpecified);
        if (_trick == Trick.FILL_A_CRUMB) amountIn = amountIn / 1_000_000 + 1;
        uint256 amountOut = amountIn - amountIn / 2000;
        if (_trick == Trick.PAY_HALF) amountOut /= 2;
        IERC20(zeroForOne ? token1 : token0).transfer(recipient, amountOut);
        int256 asked = int256(amountIn);
        if (_trick == Trick.ASK_DOUBLE) asked *= 2;
        if (_trick == Trick.ASK_NOTHING) asked = 0;
        (amount0, amount1) = zeroForOne ? (asked, -int256(amountOut)) : (-int256(amountOut), asked);
        if (_trick == Trick.CALL_BACK) (, answer) = recipient.call(_call);
        ISwapper(recipient).uniswapV3SwapCallback(amount0, amount1, data);
        if (_trick == Trick.ASK_TWICE) ISwapper(recipient).uniswapV3SwapCallback(amount0, amount1, data);
    }
}
