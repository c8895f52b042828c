// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PolicyEngine} from "vault/PolicyEngine.sol";
import {Treasury} from "./Treasury.sol";
import {VM} from "./Vm.sol";

/// What a treasury's calls cost, in gas, with everything cold, without what a transaction costs and without the proof's
/// verification.
contract TreasuryGas is Treasury(2_500_000) {
    function test_deciding() external {
        _decide(KEEP);
        VM.snapshotGasLastCall("treasury", "execute: hold");
        VM.warp(block.timestamp + 600);
        _decide(BUY);
        VM.snapshotGasLastCall("treasury", "execute: buy, first");
        VM.warp(block.timestamp + 600);
        _decide(BUY);
        VM.snapshotGasLastCall("treasury", "execute: buy");
        VM.warp(block.timestamp + 600);
        _decide(SELL);
        VM.snapshotGasLastCall("treasury", "execute: sell");
    }

    function test_planning() external {
        _plan(KEEP);
        VM.snapshotGasLastCall("treasury", "plan: hold");
        _plan(BUY);
        VM.snapshotGasLastCall("treasury", "plan: buy");
    }

    function _plan(uint256 class) private {
        bytes memory hints = engine.locate(vault.state().policyAt, decision(class).asOf);
        PolicyEngine.PlanInput memory input = vault.planInput(decision(class).asOf, 50, decision(class).outputs, hints);
        _cool();
        VM.cool(vault.state().policyAt);
        engine.plan(input);
    }

    function test_features() external {
        bytes memory parameters = policy.model.program[0].parameters;
        bytes memory hints = source.locate(parameters, uint32(block.timestamp));
        _cool();
        source.features(parameters, uint32(block.timestamp), hints);
        VM.snapshotGasLastCall("treasury", "features: 18 points, one stretch");
    }

    function _decide(uint256 class) private {
        bytes memory asked = proven(decision(class));
        _cool();
        executed(asked);
    }

    function _cool() private {
        address[9] memory all = [
            address(vault), address(engine), address(source), address(near), address(distant), address(quote),
            address(base), policy.parts.action, policy.model.code
        ];
        for (uint256 i = 0; i < all.length; i++) {
            VM.cool(all[i]);
        }
    }
}
