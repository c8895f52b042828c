// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Minted, Pool} from "test/Searcher.sol";

interface Collected {
    function collect(address to, int24 lower, int24 upper, uint128 most0, uint128 most1)
        external
        returns (uint128, uint128);
    function token0() external view returns (address);
}

interface Supply {
    function balanceOf(address) external view returns (uint256);
}

/// Somebody with any amount of money, who keeps account of it: it borrows (mints) what it pays with, and what it has
/// beyond that is its gain.
contract Attacker {
    uint160 private constant LOWEST = 4295128739 + 1;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970342 - 1;

    Pool public immutable pool;
    mapping(address token => uint256) public borrowed;

    constructor(Pool pool_) {
        pool = pool_;
    }

    /// Swaps until the price is there.
    function pushTo(uint160 priceX96) external {
        (uint160 now_,,,,,,) = pool.slot0();
        if (priceX96 == now_) return;
        pool.swap(address(this), priceX96 < now_, int256(uint256(1e40)), priceX96, "");
    }

    function swap(bool zeroForOne, uint256 amount) external {
        pool.swap(address(this), zeroForOne, int256(amount), zeroForOne ? LOWEST : HIGHEST, "");
    }

    function provide(int24 lower, int24 upper, uint128 amount) external {
        pool.mint(address(this), lower, upper, amount, "");
    }

    /// Takes liquidity away, and what it earned.
    function depart(int24 lower, int24 upper, uint128 amount) external {
        pool.burn(lower, upper, amount);
        Collected(address(pool)).collect(address(this), lower, upper, type(uint128).max, type(uint128).max);
    }

    /// What it has of a token beyond what it borrowed.
    function gain(address token) external view returns (int256) {
        return int256(Supply(token).balanceOf(address(this))) - int256(borrowed[token]);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (amount0 > 0) _pay(pool.token0(), uint256(amount0));
        if (amount1 > 0) _pay(pool.token1(), uint256(amount1));
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(pool.token0(), amount0);
        _pay(pool.token1(), amount1);
    }

    function _pay(address token, uint256 amount) private {
        require(msg.sender == address(pool));
        borrowed[token] += amount;
        Minted(token).mint(address(this), amount);
        Minted(token).transfer(address(pool), amount);
    }
}
