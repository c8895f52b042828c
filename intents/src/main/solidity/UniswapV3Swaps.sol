// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Step} from "./IAction.sol";
import {IUniswapV3Pool} from "./IUniswapV3Pool.sol";

/// Swaps through Uniswap v3 pools, one after the other.
///
/// Between two calls there is no approval and no token here; within one, only the pool whose turn it is may ask, for the
/// token, from the payer and up to the amount of this hop.
abstract contract UniswapV3Swaps is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint160 private constant LOWEST = 4295128739 + 1;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970342 - 1;

    address private transient _pool;
    address private transient _token;
    address private transient _payer;
    uint256 private transient _most;

    /// No swap of this hop is under way with this pool.
    error NotPool(address pool, address caller);
    /// A pool asked for more than the hop gives.
    error NotOwed(int256 asked, uint256 most);
    /// A pool of a route took only a part.
    error FilledInPart(address pool, uint256 taken, uint256 offered);
    /// The route does not lead from the token to be given to the token to be got.
    error NotARoute(address reached, address wanted);
    /// The pool says that it was paid, and its caller was not.
    error NothingGot(address pool);

    /// @param pools in the order of the swaps
    /// @param whole nothing may be left; else what is beyond the step's limit is
    function _swap(address[] memory pools, Step calldata step, bool whole) internal {
        address token = step.tokenIn;
        uint256 amount = step.amountIn;
        for (uint256 i = 0; i < pools.length; i++) {
            bool last = i + 1 == pools.length;
            IUniswapV3Pool pool = IUniswapV3Pool(pools[i]);
            (address token0, address token1) = (pool.token0(), pool.token1());
            bool zeroForOne = token == token0;
            if (!zeroForOne && token != token1) revert NotARoute(token, token1);
            address next = zeroForOne ? token1 : token0;
            if (last && next != step.tokenOut) revert NotARoute(next, step.tokenOut);

            uint160 limit = !whole && step.limitX96 != 0 ? step.limitX96 : zeroForOne ? LOWEST : HIGHEST;
            uint256 before = last ? 0 : IERC20(next).balanceOf(address(this));
            (_pool, _token, _payer, _most) = (address(pool), token, i == 0 ? msg.sender : address(this), amount);
            pool.swap(last ? msg.sender : address(this), zeroForOne, int256(amount), limit, "");
            uint256 left = _most;
            // Without a pool nobody may ask, for whatever token.
            (_pool, _most) = (address(0), 0);
            if (whole && left != 0) revert FilledInPart(address(pool), amount - left, amount);
            // What the last one gives, the caller sees.
            if (last) return;
            (token, amount) = (next, IERC20(next).balanceOf(address(this)) - before);
            if (amount == 0) revert NothingGot(address(pool));
        }
    }

    /// The pool's demand for what this hop gives.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (msg.sender != _pool) revert NotPool(_pool, msg.sender);
        int256 owed = amount0 > 0 ? amount0 : amount1;
        if (owed <= 0 || uint256(owed) > _most) revert NotOwed(owed, _most);
        address payer = _payer;
        // One demand a hop.
        _pool = address(0);
        _most -= uint256(owed);
        if (payer == address(this)) IERC20(_token).safeTransfer(msg.sender, uint256(owed));
        else IERC20(_token).safeTransferFrom(payer, msg.sender, uint256(owed));
    }
}
