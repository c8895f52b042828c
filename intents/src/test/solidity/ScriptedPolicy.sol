// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Step} from "probity/IAction.sol";
import {PolicyEngine} from "probity/PolicyEngine.sol";

interface Mintable {
    function mint(address to, uint256 value) external;
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// Rules, engine, verifier and action of a vault, which say and do what a test tells them: so the books of a vault can be
/// lived through without a market.
contract ScriptedPolicy {
    bytes private _plan;

    /// What the engine shall say from now on.
    function script(PolicyEngine.Plan calldata next) external {
        _plan = abi.encode(next);
    }

    /// Any policy is one.
    function validate(bytes calldata) external pure {}

    function plan(PolicyEngine.PlanInput calldata) external view returns (PolicyEngine.Plan memory) {
        return abi.decode(_plan, (PolicyEngine.Plan));
    }

    /// Nothing is lent.
    function loans() external view returns (ScriptedPolicy) {
        return this;
    }

    function requireKnown(address, address) external pure {}

    function verify(bytes calldata, int256[] calldata, int256[] calldata, bytes32, bytes calldata) external pure {}

    /// One for one.
    function run(bytes calldata, Step calldata step) external {
        Mintable(step.tokenIn).transferFrom(msg.sender, address(this), step.amountIn);
        Mintable(step.tokenOut).mint(msg.sender, step.amountIn);
    }
}
