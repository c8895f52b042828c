// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAction} from "./IAction.sol";

/// An action that trades one asset against another beside their route, in the one way that its parameters name. The
/// parameters go from the asset to the numeraire; a step the other way goes them backwards. A step is filled whole or
/// reverts; `limitX96` means nothing here.
interface IVenue is IAction {
    /// All that is charged on the way, in hundredths of a basis point. Refuses, in words of its own, parameters that do
    /// not lead from the asset to the numeraire, or pools that it would not trade in.
    function feeOf(bytes calldata parameters, address asset, address numeraire) external view returns (uint256);

    /// What there is to trade with now, as the liquidity of one pool of the two: the square root of the product of its
    /// reserves, in units of both; on a way of several pools that of the pool which would bear all that this way bears.
    /// Whoever trades or provides in the same transaction moves it, so it may only ever refuse.
    function liquidity(bytes calldata parameters, address asset) external view returns (uint256);
}
