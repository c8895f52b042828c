// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IAttackedPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
    function swap(address to, bool zeroForOne, int256 amount, uint160 limitX96, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address owner, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function collect(address to, int24 lower, int24 upper, uint128 most0, uint128 most1)
        external
        returns (uint128, uint128);
}

interface IMintedToken {
    function mint(address to, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// For the local chain: somebody with any amount of money, who attacks a vault through its pool. It mints what it pays
/// with, which is what a flash loan without a fee comes to, and keeps account of it.
contract Adversary {
    IAttackedPool public immutable pool;
    IMintedToken public immutable token0;
    IMintedToken public immutable token1;

    uint256 private _borrowed0;
    uint256 private _borrowed1;

    error NotThePool(address caller);

    constructor(IAttackedPool pool_) {
        pool = pool_;
        (token0, token1) = (IMintedToken(pool_.token0()), IMintedToken(pool_.token1()));
    }

    /// Swaps until the price is there.
    function pushTo(uint160 priceX96) public {
        uint160 now_ = _price();
        if (priceX96 == now_) return;
        pool.swap(address(this), priceX96 < now_, type(int128).max, priceX96, "");
    }

    function provide(int24 lower, int24 upper, uint128 liquidity) external {
        pool.mint(address(this), lower, upper, liquidity, "");
    }

    /// Takes liquidity away, and what it earned.
    function depart(int24 lower, int24 upper, uint128 liquidity) public {
        pool.burn(lower, upper, liquidity);
        pool.collect(address(this), lower, upper, type(uint128).max, type(uint128).max);
    }

    /// In one transaction: moves the price, has a vault trade, and moves the price back.
    /// @param execution what the vault is called with; what it refuses with is what this refuses with
    /// @param liquidity of its own, from `lower` to `upper`, that it takes away at the end; 0 for none
    /// @return gain0 what it has of token0 then, less what it borrowed
    function sandwich(
        uint160 priceX96,
        address vault,
        bytes calldata execution,
        int24 lower,
        int24 upper,
        uint128 liquidity
    ) external returns (int256 gain0, int256 gain1) {
        uint160 before = _price();
        pushTo(priceX96);
        (bool done, bytes memory reason) = vault.call(execution);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
        pushTo(before);
        if (liquidity != 0) depart(lower, upper, liquidity);
        gain0 = int256(token0.balanceOf(address(this))) - int256(_borrowed0);
        gain1 = int256(token1.balanceOf(address(this))) - int256(_borrowed1);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        _pay(amount0 > 0 ? uint256(amount0) : 0, amount1 > 0 ? uint256(amount1) : 0);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(amount0, amount1);
    }

    function _pay(uint256 amount0, uint256 amount1) private {
        if (msg.sender != address(pool)) revert NotThePool(msg.sender);
        (_borrowed0, _borrowed1) = (_borrowed0 + amount0, _borrowed1 + amount1);
        if (amount0 != 0) token0.mint(address(pool), amount0);
        if (amount1 != 0) token1.mint(address(pool), amount1);
    }

    function _price() private view returns (uint160 priceX96) {
        (priceX96,,,,,,) = pool.slot0();
    }
}
