// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {IndependentPrice} from "vault/IndependentPrice.sol";
import {Feed, HOLD} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Vault} from "vault/Vault.sol";
import {ToldFeed, TrickToken} from "./Doubles.sol";
import {Treasury} from "./Treasury.sol";
import {VM, Vm} from "./Vm.sol";

/// Each limit where it alone refuses, or shrinks.
contract Limits is Treasury(2_500_000) {
    // ---- when ----

    function test_whatIsPausedDecidesNothingAndPausingVoidsWhatIsProven() external {
        bytes memory asked = proven(decision(BUY));
        VM.prank(OWNER);
        vault.pause();
        refused(AGENT, asked, Vault.Paused.selector);
        VM.prank(OWNER);
        vault.unpause();
        refused(AGENT, asked, Vault.WrongNonce.selector);
    }

    function test_aDecisionHasItsTime() external {
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        VM.warp(block.timestamp + 121);
        refused(AGENT, asked, Vault.Stale.selector);
        d = decision(BUY);
        pass(1);
        d = decision(BUY);
        d.deadline = block.timestamp;
        asked = proven(d);
        VM.warp(block.timestamp + 1);
        refused(AGENT, asked, Vault.Expired.selector);
        d.deadline += 100;
        d.asOf += 60;
        refused(AGENT, _bare(d), Vault.TooEarly.selector);
        VM.warp(block.timestamp + 60);
        refused(AGENT, _bare(d), Vault.OffSchedule.selector);
        d = decision(KEEP);
        executed(proven(d));
        d.nonce++;
        refused(AGENT, _bare(d), Vault.OutOfOrder.selector);
        d.model = 0;
        refused(AGENT, _bare(d), Vault.ModelChanged.selector);
    }

    function test_anotherPolicyVoidsWhatWasProven() external {
        bytes memory asked = proven(decision(BUY));
        policy.limits.numbers.maxAction = 9_000e18;
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        refused(AGENT, asked, Vault.OutOfOrder.selector);
    }

    function test_twoExecutionsNeedTheirIntervalEvenUnderANewPolicy() external {
        VM.warp(block.timestamp - block.timestamp % 86_400 + 85_800);
        executed(proven(decision(BUY)));
        (policy.limits.numbers.step, policy.limits.numbers.minInterval) = (86_400, 43_200);
        policy.limits.numbers.turnoverWindow = 86_400;
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        VM.warp(block.timestamp - block.timestamp % 86_400 + 86_400);
        Vault.Decision memory d = decision(BUY);
        d.asOf = uint32(block.timestamp);
        refused(AGENT, proven(d), Vault.TooSoon.selector);
        d.outputs[0] = int256(uint256(KEEP));
        executed(proven(d));
    }

    function test_nothingIsTradedInATransactionThatDeposits() external {
        bytes memory asked = proven(decision(BUY));
        VM.prank(OWNER);
        vault.deposit(address(quote), 1);
        refused(AGENT, asked, Vault.DepositInThisTransaction.selector);
    }

    // ---- how much ----

    function test_capsShrinkAStep() external {
        policy.limits.numbers.maxAction = 100e18;
        revise();
        executed(proven(decision(BUY)));
        require(50_000e18 - booked(quote) == 100e18, "an action's cap");
        policy.limits.numbers.maxAction = 10_000e18;
        policy.limits.numbers.turnover = 150e18;
        revise();
        uint256 before = booked(quote);
        executed(proven(decision(BUY)));
        require(before - booked(quote) < 52e18, "the allowance");
        pass(1);
        uint256 left = booked(quote);
        Vm.Log memory told = _told(decision(BUY));
        (,,,, PolicyEngine.Reason reason) =
            abi.decode(told.data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
        require(reason == PolicyEngine.Reason.ALLOWANCE && booked(quote) == left, "what is left is too little");
    }

    function test_anAllowanceLeaks() external {
        policy.limits.numbers.turnover = 600e18;
        revise();
        executed(proven(decision(BUY)));
        require(vault.state().turnoverUsed == 600e18);
        VM.warp(block.timestamp + 6 hours);
        require(vault.state().turnoverUsed == 450e18);
        pass(1);
        executed(proven(decision(SELL)));
        // In any time t at most capacity * (1 + t / window).
        require(vault.state().turnoverUsed <= 600e18);
    }

    function test_exposureIsCapped() external {
        policy.limits.exposures[0].most = 50_200e18;
        revise();
        executed(proven(decision(BUY)));
        require(50_000e18 - booked(quote) <= 200e18, "absolute");
        policy.limits.exposures[0].most = 90_000e18;
        policy.limits.exposures[0].mostBps = 5000;
        revise();
        Vm.Log memory told = _told(decision(BUY));
        (,,,, PolicyEngine.Reason reason) =
            abi.decode(told.data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
        require(reason == PolicyEngine.Reason.EXPOSURE, "relative");
    }

    function test_aDirectionIsKept() external {
        policy.model.directions = [1, 3, 1];
        revise();
        Vm.Log memory told = _told(decision(BUY));
        (,,,, PolicyEngine.Reason reason) =
            abi.decode(told.data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
        require(reason == PolicyEngine.Reason.DIRECTION && booked(quote) == 50_000e18);
        policy.model.directions = [3, 3, 3];
        policy.parts.assets[1].sellOnly = true;
        revise();
        told = _told(decision(BUY));
        (,,,, reason) = abi.decode(told.data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
        require(reason == PolicyEngine.Reason.DIRECTION && booked(quote) == 50_000e18);
        pass(1);
        executed(proven(decision(SELL)));
        require(booked(quote) > 50_000e18);
    }

    function test_aDepthThatBearsLessThanTheSmallestTradeIsRefused() external {
        policy.limits.numbers.minTrade = 700e18;
        revise();
        (bool planned, bytes memory reason) = _planned(decision(BUY));
        require(!planned && bytes4(reason) == PolicyEngine.TooLargeForDepth.selector);
    }

    function test_aClassWithoutAMeaningIsRefused() external view {
        (bool planned, bytes memory reason) = _planned(decision(3));
        require(!planned && bytes4(reason) == PolicyEngine.UnknownDecision.selector);
        Vault.Decision memory d = decision(0);
        d.outputs[0] = -1;
        (planned, reason) = _planned(d);
        require(!planned && bytes4(reason) == PolicyEngine.UnknownDecision.selector);
        d.outputs = new int256[](2);
        (planned, reason) = _planned(d);
        require(!planned && bytes4(reason) == PolicyEngine.WrongOutputs.selector);
    }

    // ---- routes, several assets ----

    function test_aRouteOfTwoPoolsIsTradedWhole() external {
        policy.model.targets = [HOLD, 0, HOLD, HOLD, HOLD, 4000];
        policy.limits.numbers.maxSlippageBps = 100;
        revise();
        Vault.Decision memory d = decision(BUY);
        d.maxSlippageBps = 100;
        executed(proven(d));
        uint256 paid = 50_000e18 - booked(quote);
        require(paid > 600e18 && booked(far) > paid * 99 / 100 && booked(base) == 50_000e18, "bought");
        pass(1);
        d = decision(SELL);
        d.maxSlippageBps = 100;
        executed(proven(d));
        require(booked(far) == 0 && booked(base) == 50_000e18, "sold");
        require(quote.allowance(address(vault), policy.parts.action) == 0);
        require(base.balanceOf(policy.parts.action) == 0 && far.balanceOf(policy.parts.action) == 0);
    }

    function test_sellsComeBeforeBuysAndAPoolBearsBothTogether() external {
        policy.model.targets = [0, 4000, HOLD, HOLD, 0, 8000];
        policy.limits.numbers.maxSlippageBps = 100;
        revise();
        Vault.Decision memory d = decision(BUY);
        d.maxSlippageBps = 100;
        // Selling base takes what the near pool bears, and far is bought through it.
        (bool planned, bytes memory reason) = _planned(d);
        require(!planned && bytes4(reason) == PolicyEngine.TooLargeForDepth.selector);
        policy.limits.numbers.maxAction = 300e18;
        revise();
        d = decision(BUY);
        d.maxSlippageBps = 100;
        executed(proven(d));
        require(booked(base) == 49_700e18 && booked(far) > 290e18);
    }

    // ---- an independent price ----

    function test_aFeedIsFreshWithinItsBoundsAndAgrees() external {
        ToldFeed feed = new ToldFeed();
        feed.tell(1e8, 1, block.timestamp);
        policy.parts.assets[1].feed = Feed(address(feed), 8, 3600, 5e7, 2e8);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
        revise();
        executed(proven(decision(BUY)));
        pass(1);
        feed.tell(1.02e8, 1, block.timestamp);
        _refusedPlan(IndependentPrice.PricesDisagree.selector);
        feed.tell(0.98e8, 1, block.timestamp);
        _refusedPlan(IndependentPrice.PricesDisagree.selector);
        feed.tell(1.005e8, 1, block.timestamp - 3601);
        _refusedPlan(IndependentPrice.OracleStale.selector);
        feed.tell(1.005e8, 1, 0);
        _refusedPlan(IndependentPrice.OracleStale.selector);
        feed.tell(1.005e8, 1, block.timestamp + 1);
        _refusedPlan(IndependentPrice.OracleStale.selector);
        feed.tell(0, 1, block.timestamp);
        _refusedPlan(IndependentPrice.OracleOutOfBounds.selector);
        policy.limits.numbers.maxDeviationBps = 10_000;
        revise();
        feed.tell(0.49e8, 1, block.timestamp);
        _refusedPlan(IndependentPrice.OracleOutOfBounds.selector);
        feed.tell(2.01e8, 1, block.timestamp);
        _refusedPlan(IndependentPrice.OracleOutOfBounds.selector);
    }

    function test_lossesAreMeasuredAtTheIndependentPriceAndStopTheVault() external {
        ToldFeed feed = new ToldFeed();
        feed.tell(0.99e8, 1, block.timestamp);
        policy.parts.assets[1].feed = Feed(address(feed), 8, 86_400, 5e7, 2e8);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 200;
        policy.limits.numbers.maxLossPerAction = 5e18;
        revise();
        // 1 % of 618 is more than 5.
        (bool done, bytes memory reason) = execute(AGENT, proven(decision(BUY)));
        require(!done && bytes4(reason) == Vault.ActionLost.selector);
        (policy.limits.numbers.maxLossPerAction, policy.limits.numbers.dayLoss) = (12e18, 12e18);
        revise();
        executed(proven(decision(BUY)));
        require(vault.state().dayLoss > 6e18 && vault.state().monthLoss > 6e18);
        pass(1);
        executed(proven(decision(BUY)));
        pass(1);
        refused(AGENT, proven(decision(BUY)), Vault.DayLossReached.selector);
        (policy.limits.numbers.dayLoss, policy.limits.numbers.monthLoss) = (14e18, 15e18);
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        // The day's has leaked away, the month's has not.
        VM.warp(block.timestamp + 3 hours);
        pass(1);
        feed.tell(0.99e8, 1, block.timestamp);
        executed(proven(decision(BUY)));
        pass(1);
        policy.limits.numbers.dayLoss = 15e18;
        policy.limits.numbers.monthLoss = 16e18;
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        VM.warp(block.timestamp + 12 hours);
        pass(1);
        feed.tell(0.99e8, 1, block.timestamp);
        refused(AGENT, proven(decision(BUY)), Vault.MonthLossReached.selector);
    }

    // ---- books as of a moment ----

    function test_aDepositVoidsNoProofAndIsInNoFeatureOfItsStep() external {
        Vault.Decision memory d = decision(BUY);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        PolicyEngine.Plan memory plan = engine.plan(vault.planInput(d.asOf, 50, d.outputs, hints));
        int256[] memory before = vault.featuresAt(d.asOf, plan.refs, sourceHints);
        VM.prank(OWNER);
        vault.deposit(address(quote), 40_000e18);
        VM.prank(OWNER);
        vault.exit(address(base), 1_000e18);
        int256[] memory after_ = vault.featuresAt(d.asOf, plan.refs, sourceHints);
        require(keccak256(abi.encode(before)) == keccak256(abi.encode(after_)));
        pass(1);
        after_ = vault.featuresAt(uint32(block.timestamp), plan.refs, sourceHints);
        require(before[16] == 0 && after_[16] < -1400);
        // A step later nobody can say what the books were then.
        VM.prank(OWNER);
        vault.deposit(address(quote), 1);
        VM.expectRevert(abi.encodeWithSelector(Vault.NoCheckpoint.selector, address(quote), d.asOf));
        vault.featuresAt(d.asOf, plan.refs, sourceHints);
    }

    // ---- how ----

    function _bare(Vault.Decision memory d) private view returns (bytes memory) {
        return abi.encodeCall(vault.execute, (d, "", new bytes[](2), ""));
    }

    function _planned(Vault.Decision memory d) private view returns (bool planned, bytes memory reason) {
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        return address(engine).staticcall(
            abi.encodeCall(engine.plan, (vault.planInput(d.asOf, d.maxSlippageBps, d.outputs, hints)))
        );
    }

    function _refusedPlan(bytes4 why) private view {
        (bool planned, bytes memory reason) = _planned(decision(BUY));
        require(!planned && bytes4(reason) == why, string.concat("another reason: ", VM.toString(reason)));
    }

    function _told(Vault.Decision memory d) private returns (Vm.Log memory) {
        bytes memory asked = proven(d);
        VM.recordLogs();
        executed(asked);
        Vm.Log[] memory logs = VM.getRecordedLogs();
        return logs[logs.length - 1];
    }
}

/// A chain whose blocks a sequencer makes.
contract Sequenced is Treasury(2_500_000) {
    ToldFeed private _uptime;

    function _sequencer() internal override returns (address) {
        _uptime = new ToldFeed();
        policy.limits.numbers.sequencerGrace = 3600;
        return address(_uptime);
    }

    function test_nothingIsTradedWhileTheSequencerIsDownOrJustBack() external {
        Vault.Decision memory d = decision(BUY);
        int256[2] memory statuses = [int256(0), 1];
        uint256[4] memory since = [block.timestamp - 3600, 0, block.timestamp + 1, block.timestamp];
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        PolicyEngine.PlanInput memory input = vault.planInput(d.asOf, 50, d.outputs, hints);
        for (uint256 i = 0; i < 8; i++) {
            _uptime.tell(statuses[i / 4], since[i % 4], block.timestamp);
            (bool planned, bytes memory reason) = address(engine).staticcall(abi.encodeCall(engine.plan, (input)));
            require(!planned && bytes4(reason) == IndependentPrice.SequencerDown.selector);
        }
        _uptime.tell(0, block.timestamp - 3601, block.timestamp);
        executed(proven(d));
    }
}

/// A token that begins to lie after it was listed.
contract Lying is Treasury(2_500_000) {
    function _base() internal override returns (TestToken) {
        return TestToken(address(new TrickToken()));
    }

    function _trick() private view returns (TrickToken) {
        return TrickToken(address(base));
    }

    function test_depositsCreditWhatArrives() external {
        _trick().take(100);
        VM.prank(OWNER);
        vault.deposit(address(base), 1000e18);
        require(booked(base) == 50_990e18 && base.balanceOf(address(vault)) == 50_990e18);
    }

    function test_aFeeOnWhatIsBoughtIsSeen() external {
        _trick().take(100);
        refused(AGENT, proven(decision(BUY)), Vault.SlippageExceeded.selector);
    }

    function test_booksFollowABalanceThatShrank() external {
        _trick().shrink(address(vault), 10_000e18);
        VM.prank(OWNER);
        vault.sync(address(base));
        require(booked(base) == 40_000e18);
        _trick().mint(address(vault), 5e18);
        VM.prank(OWNER);
        vault.sync(address(base));
        require(booked(base) == 40_000e18, "a gift is in no book");
        VM.prank(OWNER);
        vault.sweep(address(base));
        require(base.balanceOf(RECIPIENT) == 5e18);
    }

    function test_aFrozenTokenKeepsOnlyItself() external {
        _trick().freeze(address(vault));
        VM.startPrank(OWNER);
        vault.pause();
        (bool done,) = address(vault).call(abi.encodeCall(vault.exit, (address(base), type(uint256).max)));
        require(!done);
        vault.exit(address(quote), type(uint256).max);
        VM.stopPrank();
        require(quote.balanceOf(RECIPIENT) == 50_000e18 && booked(quote) == 0);
        _trick().freeze(address(0));
        _trick().shrink(address(vault), 1e18);
        VM.prank(OWNER);
        vault.exit(address(base), type(uint256).max);
        require(base.balanceOf(RECIPIENT) == 49_999e18);
    }
}

/// What a policy may not be.
contract Rules is Treasury(2_500_000) {
    function test_theComposedPolicyIsOne() external view {
        rules.validate(abi.encode(policy));
    }

    function test_everyNumberHasItsBounds() external {
        _step(59, "step");
        _step(86_401, "step");
        policy.limits.numbers.maxAge = 301;
        _out("maxAge");
        policy.limits.numbers.maxAge = 120;
        policy.limits.numbers.minInterval = 481;
        _out("minInterval");
        policy.limits.numbers.minInterval = 400;
        policy.limits.numbers.window = 299;
        _out("window");
        policy.limits.numbers.window = 3601;
        _out("window");
        policy.limits.numbers.window = 300;
        policy.limits.numbers.settle = 301;
        _out("settle");
        policy.limits.numbers.settle = 60;
        policy.limits.numbers.maxSlippageBps = 301;
        _out("maxSlippageBps");
        policy.limits.numbers.maxSlippageBps = 30;
        _out("maxSlippageBps");
        policy.limits.numbers.maxSlippageBps = 300;
        policy.limits.numbers.maxDrift = 201;
        _out("maxSlippageBps + maxDrift");
        policy.limits.numbers.maxDrift = 301;
        _out("maxDrift");
        (policy.limits.numbers.maxSlippageBps, policy.limits.numbers.maxDrift) = (50, 50);
        policy.limits.numbers.impactMargin = 31;
        _out("impactMargin");
        policy.limits.numbers.impactMargin = 5;
        policy.limits.numbers.depthShareBps = 10_001;
        _out("depthShareBps");
        policy.limits.numbers.depthShareBps = 5000;
        policy.limits.pools[0].countedLiquidity++;
        _out("countedLiquidity");
        policy.limits.pools[0].countedLiquidity--;
        policy.model.targets[2] = 10_001;
        _out("targets");
        policy.model.targets[2] = HOLD;
        policy.model.directions[0] = 4;
        _out("directions");
    }

    function test_everyPartIsWhatItSays() external {
        policy.parts.pools[0].fee = 3000;
        _out("pool.fee");
        policy.parts.pools[0].fee = 500;
        policy.parts.assets[1].route[0].inverted = !policy.parts.assets[1].route[0].inverted;
        _refuses(PolicyRules.NotARoute.selector);
        policy.parts.assets[1].route[0].inverted = !policy.parts.assets[1].route[0].inverted;
        policy.parts.assets[2].route.pop();
        _refuses(PolicyRules.NotARoute.selector);
        policy.parts.assets[2].token = address(base);
        _refuses(PolicyRules.TokenTwice.selector);
        policy.parts.assets[1].decimals = 6;
        _refuses(PolicyRules.WrongDecimals.selector);
        policy.parts.pools[0].pool = address(quote);
        (bool done,) = address(rules).staticcall(abi.encodeCall(rules.validate, (abi.encode(policy))));
        require(!done);
    }

    function test_anAgentOwnsNoVault() external {
        policy.model.agent = OWNER;
        VM.prank(OWNER);
        (bool done, bytes memory reason) = address(vault).call(abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        require(!done && bytes4(reason) == Vault.OwnerIsAgent.selector);
    }

    function test_aModelMustFit() external {
        policy.model.program[0].width = 15;
        _refuses(PolicyRules.WrongWidth.selector);
        policy.model.program[0].width = 16;
        policy.model.program.pop();
        _refuses(PolicyRules.WrongModel.selector);
    }

    function _step(uint32 step, bytes32 field) private {
        uint32 kept = policy.limits.numbers.step;
        policy.limits.numbers.step = step;
        _out(field);
        policy.limits.numbers.step = kept;
    }

    function _out(bytes32 field) private view {
        (bool done, bytes memory reason) = address(rules).staticcall(abi.encodeCall(rules.validate, (abi.encode(policy))));
        require(!done && bytes4(reason) == PolicyRules.PolicyOutOfBounds.selector, string.concat("took ", VM.toString(field)));
        bytes32 named;
        assembly ("memory-safe") {
            named := mload(add(reason, 0x24))
        }
        require(named == field, string.concat("named ", VM.toString(named)));
    }

    function _refuses(bytes4 why) private view {
        (bool done, bytes memory reason) = address(rules).staticcall(abi.encodeCall(rules.validate, (abi.encode(policy))));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }
}
