// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAction, Step} from "./IAction.sol";
import {UniswapV3Swaps} from "./UniswapV3Swaps.sol";

/// Swaps along a route of one to three Uniswap v3 pools. Over a single pool it fills up to the step's price limit; over
/// several it fills whole or reverts.
///
/// It has no state and no owner.
contract UniswapV3Action is IAction, UniswapV3Swaps {
    /// @param parameters `abi.encode(address[] pools)`, in the order of the swaps
    function run(bytes calldata parameters, Step calldata step) external nonReentrant {
        address[] memory pools = abi.decode(parameters, (address[]));
        _swap(pools, step, pools.length > 1);
    }
}
