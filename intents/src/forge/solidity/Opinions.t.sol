// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PoolLimits, PoolPart} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {IndependentPrice} from "vault/IndependentPrice.sol";
import {PriceGuard} from "vault/PriceGuard.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Vault} from "vault/Vault.sol";
import {Pool} from "test/Searcher.sol";
import {Attacker} from "./Attacker.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// A model whose outputs are weights, in percent.
contract Weights is World(2_500_000) {
    function setUp() external {
        key = modelKey(22, 2);
        key[1] = 0x01;
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        (policy.model.targets, policy.model.directions) = (new uint16[](0), new uint8[](0));
        (policy.model.weightStepBps, policy.limits.numbers.maxSlippageBps) = (100, 100);
        revise();
    }

    function test_outputsAreWeights() external view {
        PolicyEngine.Plan memory plan = _plan(80, 0);
        require(plan.steps.length == 1 && plan.steps[0].asset == 1 && !plan.steps[0].sell, "to 80 %");
        plan = _plan(20, 0);
        require(plan.steps.length == 1 && plan.steps[0].asset == 1 && plan.steps[0].sell, "to 20 %");
        plan = _plan(50, 0);
        require(plan.steps.length == 0 && plan.reason == PolicyEngine.Reason.AT_TARGET, "at 50 %");
    }

    /// A refusal would silence an honest model for ever.
    function test_outputsBeyondTheirRangeAreTakenIntoIt() external view {
        _same(_plan(-7, 0), _plan(0, 0));
        _same(_plan(type(int256).min, 0), _plan(0, 0));
        _same(_plan(type(int256).max, 0), _plan(100, 0));
        // Half of it each: BASE is there already.
        PolicyEngine.Plan memory plan = _plan(100, 100);
        require(plan.steps.length == 1 && plan.steps[0].asset == 2 && !plan.steps[0].sell, "shared");
    }

    function test_thereIsAnOutputForEachAsset() external {
        Vault.Decision memory d = _decision(80, 0);
        d.outputs = new int256[](1);
        PolicyEngine.PlanInput memory input = _input(d);
        VM.expectRevert(abi.encodeWithSelector(PolicyEngine.WrongOutputs.selector, 2, 1));
        engine.plan(input);
    }

    function test_weightsAreTradedTo() external {
        executed(proven(_decision(80, 0)));
        require(booked(base) > 50_500e18);
    }

    function _same(PolicyEngine.Plan memory a, PolicyEngine.Plan memory b) private pure {
        require(keccak256(abi.encode(a)) == keccak256(abi.encode(b)));
    }

    function _plan(int256 ofBase, int256 ofFar) private view returns (PolicyEngine.Plan memory) {
        return engine.plan(_input(_decision(ofBase, ofFar)));
    }

    function _input(Vault.Decision memory d) private view returns (PolicyEngine.PlanInput memory) {
        return vault.planInput(d.asOf, d.maxSlippageBps, d.outputs, engine.locate(vault.state().policyAt, d.asOf));
    }

    function _decision(int256 ofBase, int256 ofFar) private view returns (Vault.Decision memory d) {
        d = decision(0);
        d.maxSlippageBps = 100;
        d.outputs = new int256[](2);
        (d.outputs[0], d.outputs[1]) = (ofBase, ofFar);
    }
}

/// Another pool of BASE and QUOTE as the independent price.
contract SecondOpinion is World(2_500_000) {
    Pool private _second;
    Attacker private _its;

    function setUp() external {
        _second = _pool(base, quote, 3000);
        _its = new Attacker(_second);
        for (uint256 i = 0; i < 4; i++) {
            VM.warp(block.timestamp + 60);
            _its.provide(-FULL, FULL, 625_000e18);
        }
        policy.parts.pools.push(PoolPart(address(_second), 3000));
        policy.limits.pools.push(PoolLimits(2_400_000e18, 2_400_000e18));
        (policy.parts.assets[1].secondPool, policy.parts.assets[1].secondInverted) =
            (3, _second.token0() == address(quote));
        policy.limits.numbers.maxDeviationBps = 100;
        VM.warp(block.timestamp + 1 hours);
        revise();
    }

    function test_poolsThatAgreeAreTraded() external {
        executed(proven(decision(BUY)));
        // Both move the same way.
        others.pushTo(_above(200));
        _its.pushTo(_above(200));
        VM.warp(block.timestamp + 3 hours);
        pass(1);
        executed(proven(decision(BUY)));
    }

    function test_theOtherPoolsMeanIsWhatCounts() external {
        _its.pushTo(_above(200));
        executed(proven(decision(BUY)));
        VM.warp(block.timestamp + 600);
        pass(1);
        _refusedPlan(IndependentPrice.PricesDisagree.selector);
    }

    function test_theOtherPoolHasItsOwnFloor() external {
        _its.depart(-FULL, FULL, 200_000e18);
        _refusedPlan(PriceGuard.TooLittleLiquidity.selector);
    }

    function _refusedPlan(bytes4 why) private view {
        Vault.Decision memory d = decision(BUY);
        PolicyEngine.PlanInput memory input =
            vault.planInput(d.asOf, 50, d.outputs, engine.locate(vault.state().policyAt, d.asOf));
        (bool planned, bytes memory reason) = address(engine).staticcall(abi.encodeCall(engine.plan, (input)));
        require(!planned && bytes4(reason) == why, VM.toString(reason));
    }

    function _above(int256 ticks) private view returns (uint160) {
        return uint160(PriceMath.sqrtRatioX96(near.token0() == address(base) ? ticks : -ticks));
    }
}
