// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Step} from "./IAction.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "./IUniswapV2.sol";
import {Pair, PoolPathVenue, PoolState} from "./PathVenue.sol";

/// Swaps through one to three pairs of a factory of Uniswap v2, or of a copy of it that charges another fixed fee.
///
/// It has no state and no owner, and never holds a token: each goes from its caller to the first pair, from pair to
/// pair, and from the last one to the caller.
contract UniswapV2Action is PoolPathVenue, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IUniswapV2Factory public immutable factory;
    /// What each pair of the factory charges, in hundredths of a basis point; 3000 for Uniswap's own.
    uint256 public immutable feePips;

    constructor(IUniswapV2Factory factory_, uint256 feePips_) {
        (factory, feePips) = (factory_, feePips_);
    }

    /// @param parameters `abi.encode(address[] pairs)`, from the asset to the numeraire
    function run(bytes calldata parameters, Step calldata step) external nonReentrant {
        address[] memory pools = abi.decode(parameters, (address[]));
        uint256 count = pools.length;
        bool forward = _isForward(_pairOf(pools[0]), step.tokenIn);
        address pool = pools[forward ? 0 : count - 1];
        address token = step.tokenIn;
        uint256 amount = step.amountIn;
        IERC20(token).safeTransferFrom(msg.sender, pool, amount);
        for (uint256 i = 1; i <= count; i++) {
            (address next, bool zeroForOne) = _across(_pairOf(pool), token);
            bool last = i == count;
            if (last && next != step.tokenOut) revert NotAPath(next, step.tokenOut);
            uint256 out = _amountOut(pool, token, zeroForOne, amount);
            address to = last ? msg.sender : pools[forward ? i : count - 1 - i];
            IUniswapV2Pair(pool).swap(zeroForOne ? 0 : out, zeroForOne ? out : 0, to, "");
            (pool, token, amount) = (to, next, out);
        }
    }

    /// The most that the pair lets go for what has come in: its product, less fees, may not fall.
    function _amountOut(address pool, address token, bool zeroForOne, uint256 amount) private view returns (uint256) {
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(pool).getReserves();
        (uint256 reserveIn, uint256 reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 held = IERC20(token).balanceOf(pool);
        uint256 arrived = held > reserveIn ? held - reserveIn : 0;
        // What others left there besides goes to the pair's owners.
        if (arrived < amount) revert FeeOnTransfer(token, amount, arrived);
        uint256 kept = amount * (ONE - feePips);
        return Math.mulDiv(kept, reserveOut, reserveIn * ONE + kept);
    }

    function _pairOf(address pool) private view returns (Pair memory) {
        return Pair(IUniswapV2Pair(pool).token0(), IUniswapV2Pair(pool).token1());
    }

    function _feeOf(bytes calldata parameters, uint256 index, Pair memory pair) internal view override returns (uint256) {
        address pool = _poolAt(parameters, index);
        if (factory.getPair(pair.token0, pair.token1) != pool) revert ForeignPool(pool);
        return feePips;
    }

    function _stateOf(bytes calldata parameters, uint256 index) internal view override returns (PoolState memory state) {
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(_poolAt(parameters, index)).getReserves();
        // Reserves have 112 bits.
        (state.depth, state.fee) = (Math.sqrt(reserve0 * reserve1), feePips);
        if (state.depth != 0) state.rootX96 = Math.sqrt(Math.mulDiv(reserve1, 1 << 128, reserve0)) << 32;
    }
}
