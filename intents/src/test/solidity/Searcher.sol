// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface Minted {
    function mint(address to, uint256 amount) external;
    function transfer(address to, uint256 amount) external returns (bool);
}

interface Pool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function initialize(uint160 sqrtPriceX96) external;
    function increaseObservationCardinalityNext(uint16 cardinality) external;
    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
    function liquidity() external view returns (uint128);
    function swap(address to, bool zeroForOne, int256 amount, uint160 limitX96, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address owner, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
}

/// For tests: anybody with any amount of money: swaps, provides liquidity and takes it away. It mints what it pays with, which is
/// what a flash loan comes to.
contract Searcher {
    uint160 private constant LOWEST = 4295128739;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970342;

    Pool private immutable _pool;

    constructor(Pool pool) {
        _pool = pool;
    }

    function swap(bool zeroForOne, uint256 amount) external {
        _pool.swap(address(this), zeroForOne, int256(amount), zeroForOne ? LOWEST + 1 : HIGHEST - 1, "");
    }

    function provide(int24 lower, int24 upper, uint128 amount) external {
        _pool.mint(address(this), lower, upper, amount, "");
    }

    function depart(int24 lower, int24 upper, uint128 amount) external {
        _pool.burn(lower, upper, amount);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (amount0 > 0) _pay(_pool.token0(), uint256(amount0));
        if (amount1 > 0) _pay(_pool.token1(), uint256(amount1));
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(_pool.token0(), amount0);
        _pay(_pool.token1(), amount1);
    }

    function _pay(address token, uint256 amount) private {
        require(msg.sender == address(_pool));
        Minted(token).mint(address(this), amount);
        Minted(token).transfer(address(_pool), amount);
    }
}
