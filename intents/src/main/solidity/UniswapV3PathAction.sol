// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Step} from "./IAction.sol";
import {IUniswapV3Factory, IUniswapV3Pool} from "./IUniswapV3Pool.sol";
import {Pair, PoolPathVenue, PoolState} from "./PathVenue.sol";
import {UniswapV3Swaps} from "./UniswapV3Swaps.sol";

/// Swaps through one to three Uniswap v3 pools beside an asset's route, whole or not at all.
///
/// It has no state and no owner.
contract UniswapV3PathAction is PoolPathVenue, UniswapV3Swaps {
    IUniswapV3Factory public immutable factory;

    constructor(IUniswapV3Factory factory_) {
        factory = factory_;
    }

    /// @param parameters `abi.encode(address[] pools)`, from the asset to the numeraire
    function run(bytes calldata parameters, Step calldata step) external nonReentrant {
        address[] memory pools = abi.decode(parameters, (address[]));
        IUniswapV3Pool first = IUniswapV3Pool(pools[0]);
        if (!_isForward(Pair(first.token0(), first.token1()), step.tokenIn)) _reverse(pools);
        _swap(pools, step, true);
    }

    function _reverse(address[] memory pools) private pure {
        uint256 last = pools.length - 1;
        // Of three the middle one stays.
        (pools[0], pools[last]) = (pools[last], pools[0]);
    }

    function _feeOf(bytes calldata parameters, uint256 index, Pair memory pair) internal view override returns (uint256) {
        address pool = _poolAt(parameters, index);
        uint24 fee = IUniswapV3Pool(pool).fee();
        if (factory.getPool(pair.token0, pair.token1, fee) != pool) revert ForeignPool(pool);
        return fee;
    }

    function _stateOf(bytes calldata parameters, uint256 index) internal view override returns (PoolState memory state) {
        IUniswapV3Pool pool = IUniswapV3Pool(_poolAt(parameters, index));
        (state.depth, state.fee) = (pool.liquidity(), pool.fee());
        (state.rootX96,,,,,,) = pool.slot0();
    }
}
