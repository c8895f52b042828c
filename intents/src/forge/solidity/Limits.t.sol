// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAction, Step} from "vault/IAction.sol";
import {IndependentPrice} from "vault/IndependentPrice.sol";
import {Feed, HOLD} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {PriceGuard} from "vault/PriceGuard.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {UniswapV3Swaps} from "vault/UniswapV3Swaps.sol";
import {Vault} from "vault/Vault.sol";
import {SecondDoor, ToldFeed, ToldSource, TrickToken} from "./Doubles.sol";
import {World} from "./World.sol";
import {VM, Vm} from "./Vm.sol";

/// Each limit where it alone refuses, or shrinks.
contract Limits is World(2_500_000) {
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

    /// Moments have 32 bits.
    function test_from2106NothingIsDecidedAndTheOwnerLeaves() external {
        VM.warp(1 << 32);
        others.provide(-FULL, FULL, 1e18);
        VM.warp((1 << 32) + 1200);
        Vault.Decision memory d = decision(KEEP);
        refused(AGENT, _bare(d), Vault.Stale.selector);
        d.asOf = type(uint32).max - type(uint32).max % 600;
        refused(AGENT, _bare(d), Vault.Stale.selector);
        VM.startPrank(OWNER);
        vault.deposit(address(quote), 1e18);
        vault.exit(address(quote), type(uint256).max);
        vault.exit(address(base), type(uint256).max);
        require(quote.balanceOf(RECIPIENT) == 50_001e18 && base.balanceOf(RECIPIENT) == 50_000e18);
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
        // Selling base takes what the near pool bears, and far, which would be bought through it, waits.
        (bool planned, bytes memory made) = _planned(d);
        require(planned && abi.decode(made, (PolicyEngine.Plan)).steps.length == 1);
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

    /// The rest after a step that others' trades have filled nearly to its limit.
    function test_aStepIsFilledToAPartWorthItsDecision() external {
        // Buys up to ten ticks above the start.
        bytes memory asked = proven(decision(BUY));
        uint256 id = VM.snapshotState();
        others.pushTo(_above(11));
        refused(AGENT, asked, PriceGuard.PriceBeyondLimit.selector);
        require(VM.revertToState(id));
        others.pushTo(_above(9));
        refused(AGENT, asked, Vault.FilledTooLittle.selector);
        require(VM.revertToState(id));
        // A quarter is enough, unless it is less than the smallest trade.
        others.pushTo(_above(7));
        executed(asked);
        require(50_000e18 - booked(quote) < 610e18 && booked(base) > 50_000e18);
    }

    function test_aPartOfAStepIsNoSmallerThanTheSmallestTrade() external {
        policy.limits.numbers.minTrade = 600e18;
        revise();
        bytes memory asked = proven(decision(BUY));
        others.pushTo(_above(6));
        refused(AGENT, asked, Vault.FilledTooLittle.selector);
    }

    function test_sourcesSayWhatTheirWidthSays() external {
        ToldSource told = new ToldSource(16);
        policy.model.program[0].source = address(told);
        revise();
        uint32 asOf = uint32(block.timestamp);
        int256[] memory values = new int256[](16);
        (values[0], values[1]) = (type(int32).max, type(int32).min);
        told.tell(abi.encode(values));
        int256[] memory x = vault.featuresAt(asOf, new int24[](3), new bytes[](2));
        require(x.length == 22 && x[0] == values[0] && x[1] == values[1] && x[2] == 0);
        bytes[5] memory others_ = [
            abi.encode(new int256[](15)),
            abi.encode(new int256[](17)),
            bytes.concat(abi.encode(values), bytes32(0)),
            bytes.concat(bytes32(uint256(0x40)), bytes32(uint256(16)), new bytes(512)),
            bytes.concat(bytes32(uint256(0x20)), bytes32(uint256(15)), new bytes(512))
        ];
        for (uint256 i = 0; i < others_.length; i++) {
            _badly(told, asOf, others_[i]);
        }
        values[15] = int256(type(int32).max) + 1;
        _badly(told, asOf, abi.encode(values));
        values[15] = int256(type(int32).min) - 1;
        _badly(told, asOf, abi.encode(values));
        VM.expectRevert(abi.encodeWithSelector(Vault.WrongHints.selector, 2, 1));
        vault.featuresAt(asOf, new int24[](3), new bytes[](1));
    }

    function _badly(ToldSource told, uint32 asOf, bytes memory answer) private {
        told.tell(answer);
        VM.expectRevert(abi.encodeWithSelector(Vault.BadFeatures.selector, 0));
        vault.featuresAt(asOf, new int24[](3), new bytes[](2));
    }

    function test_hintsComeForEachPool() external {
        Vault.Decision memory d = decision(BUY);
        PolicyEngine.PlanInput memory input = vault.planInput(d.asOf, 50, d.outputs, new bytes(11));
        VM.expectRevert(abi.encodeWithSelector(PolicyEngine.WrongHintLength.selector, 12, 11));
        engine.plan(input);
        (input.policy, input.hints) = (STRANGER, new bytes(12));
        VM.expectRevert(abi.encodeWithSelector(PolicyEngine.NotAPolicy.selector, STRANGER));
        engine.plan(input);
    }

    // ---- the owner ----

    function test_theBooksHoldAssetsInAmountsThatFit() external {
        VM.startPrank(OWNER);
        TestToken other = new TestToken("Other", "OTHER", 18);
        VM.expectRevert(abi.encodeWithSelector(Vault.NotAnAsset.selector, address(other)));
        vault.deposit(address(other), 1);
        far.mint(OWNER, 1 << 112);
        far.approve(address(vault), type(uint256).max);
        VM.expectRevert(abi.encodeWithSelector(Vault.AmountTooLarge.selector, 1 << 112));
        vault.deposit(address(far), 1 << 112);
        VM.expectRevert(abi.encodeWithSelector(Vault.BalanceTooLow.selector, address(base), 50_000e18, 50_001e18));
        vault.exit(address(base), 50_001e18);
        VM.expectRevert(abi.encodeWithSelector(Vault.ZeroAddress.selector));
        vault.renounceOwnership();
        VM.stopPrank();
        VM.expectRevert(abi.encodeWithSelector(Vault.ZeroAddress.selector));
        another(address(0), engine);
    }

    function test_aPolicyFitsAContract() external {
        // What a source does not read of its parameters.
        policy.model.program[0].parameters = bytes.concat(policy.model.program[0].parameters, new bytes(24_576));
        bytes memory blob = abi.encode(policy);
        rules.validate(blob);
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(Vault.PolicyNotStored.selector, blob.length));
        vault.setPolicy(blob);
    }

    function test_anAgentOwnsNoVault() external {
        policy.model.agent = OWNER;
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(Vault.OwnerIsAgent.selector, OWNER));
        vault.setPolicy(abi.encode(policy));
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

    /// A model's inputs are settled before it decides: they depend neither on what it decides, nor on what came since.
    function test_featuresDependOnNoDecision() external {
        policy.model.targets = [0, HOLD, HOLD, HOLD, HOLD, 4000];
        policy.limits.numbers.maxSlippageBps = 100;
        distantOthers.pushTo(uint160(PriceMath.sqrtRatioX96(200)));
        VM.warp(block.timestamp + 1 hours);
        revise();
        // FAR is neither held nor sold, and its price is remembered all the same.
        executed(proven(decision(SELL)));
        pass(1);
        bytes32 kept = keccak256(abi.encode(_features(KEEP)));
        require(kept == keccak256(abi.encode(_features(BUY))), "of the decision");
        VM.prank(OWNER);
        vault.exit(address(base), type(uint256).max);
        require(kept == keccak256(abi.encode(_features(KEEP))), "of what came since");
    }

    function _features(uint256 class) private view returns (int256[] memory) {
        Vault.Decision memory d = decision(class);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        PolicyEngine.Plan memory plan = engine.plan(vault.planInput(d.asOf, 100, d.outputs, hints));
        return vault.featuresAt(d.asOf, plan.refs, sourceHints);
    }

    // ---- how ----

    /// The price of so many ticks above one, as the near pool has it.
    function _above(int256 ticks) private view returns (uint160) {
        return uint160(PriceMath.sqrtRatioX96(near.token0() == address(base) ? ticks : -ticks));
    }

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
contract Sequenced is World(2_500_000) {
    ToldFeed private _uptime;

    function _sequencer() internal override returns (address) {
        _uptime = new ToldFeed();
        policy.limits.numbers.sequencerGrace = 3600;
        return address(_uptime);
    }

    function test_aPolicyNamesAGraceWhereThereIsASequencer() external {
        policy.limits.numbers.sequencerGrace = 1800;
        rules.validate(abi.encode(policy));
        policy.limits.numbers.sequencerGrace = 1799;
        VM.expectRevert(
            abi.encodeWithSelector(PolicyRules.PolicyOutOfBounds.selector, bytes32("sequencerGrace"), 1799)
        );
        rules.validate(abi.encode(policy));
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
contract Lying is World(2_500_000) {
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

    function test_aTokenThatTakesMoreThanItMovesIsSeen() external {
        // Little enough for the price to be fair.
        _trick().surcharge(5);
        refused(AGENT, proven(decision(SELL)), Vault.TookTooMuch.selector);
    }

    function test_nobodyComesInTwice() external {
        bytes memory asked = proven(decision(SELL));
        bytes[5] memory calls = [
            asked,
            abi.encodeCall(vault.state, ()),
            abi.encodeCall(vault.book, (address(base))),
            abi.encodeCall(vault.planInput, (0, 0, new int256[](0), "")),
            abi.encodeCall(vault.featuresAt, (0, new int24[](3), new bytes[](2)))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            _trick().call(address(vault), calls[i]);
            refused(AGENT, asked, ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        Step memory step = Step(address(base), 1, address(quote), 0);
        _trick().call(policy.parts.action, abi.encodeCall(IAction.run, (abi.encode(new address[](0)), step)));
        refused(AGENT, asked, ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _trick().call(policy.parts.action, abi.encodeCall(UniswapV3Swaps.uniswapV3SwapCallback, (1, 1, "")));
        refused(AGENT, asked, UniswapV3Swaps.NotPool.selector);
        _trick().call(address(0), "");
        executed(asked);
    }

    function test_aSecondAddressOfAnAssetOpensNothing() external {
        SecondDoor door = new SecondDoor(_trick());
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(Vault.BalanceTooLow.selector, address(base), 0, 50_000e18));
        vault.sweep(address(door));
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
