// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The part of a Uniswap v2 pair, and of its many copies, that Probity's contracts call.
interface IUniswapV2Pair {
    function token0() external view returns (address);

    function token1() external view returns (address);

    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    /// Pays out these amounts against what came in since its last operation; calls nobody where `data` is empty.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

/// Says which pairs are its own.
interface IUniswapV2Factory {
    /// The pair of two tokens, in either order; 0 if there is none.
    function getPair(address a, address b) external view returns (address pair);
}
