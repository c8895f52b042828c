// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The part of a Uniswap v3 pool that Probity's contracts call.
interface IUniswapV3Pool {
    function token0() external view returns (address);

    function token1() external view returns (address);

    /// In hundredths of a basis point.
    function fee() external view returns (uint24);

    /// The liquidity in range.
    function liquidity() external view returns (uint128);

    function slot0()
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint16 observationIndex,
            uint16 observationCardinality,
            uint16 observationCardinalityNext,
            uint8 feeProtocol,
            bool unlocked
        );

    function observations(uint256 index)
        external
        view
        returns (
            uint32 blockTimestamp,
            int56 tickCumulative,
            uint160 secondsPerLiquidityCumulativeX128,
            bool initialized
        );

    /// Pays out first and calls `uniswapV3SwapCallback` on the caller for what is owed; a positive amount is owed to
    /// the pool.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
}

/// Says which pools are its own.
interface IUniswapV3Factory {
    /// The pool of two tokens, in either order, at this fee; 0 if there is none.
    function getPool(address a, address b, uint24 fee) external view returns (address pool);
}
