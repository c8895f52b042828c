// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IndependentPrice} from "vault/IndependentPrice.sol";
import {Observations} from "vault/Observations.sol";
import {Feed, Hop} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PriceGuard} from "vault/PriceGuard.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Deployed} from "./Deployed.sol";
import {ToldFeed} from "./Doubles.sol";
import {ToldPool} from "./Odd.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// The engine over a pool whose history is made up: each of the four prices where it alone refuses, or is the limit.
///
/// A minute after the decision's moment, with a window of five minutes, the pool's ticks were
///
///     age   ... 360   300   60    24      12     0
///     tick      x  |  y  |  y  |  y  |  prior | start
///
/// so the reference is (60 x + 240 y) / 300, and the fresh mean (276 y + 12 prior + 12 start) / 300. Fees are 6 ticks,
/// the slippage 50, the impact 10, the drift 50.
contract PriceChecks is World(2_500_000) {
    uint128 private constant DEPTH = 2_500_000e18;

    ToldPool private immutable _told = new ToldPool(address(base), address(quote), 500);
    ToldPool private immutable _second = new ToldPool(address(base), address(quote), 3000);

    constructor() {
        VM.warp(block.timestamp - block.timestamp % 600 + 660);
        policy.parts.pools[0].pool = address(_told);
        policy.parts.pools[1].pool = address(_second);
        delete policy.parts.assets[1].route;
        policy.parts.assets[1].route.push(Hop(0, false));
        _ring(_told, 0, 0, 0, 0);
        _ring(_second, 0, 0, 0, 0);
    }

    // ---- the worst price ----

    function test_theBlocksStartMayBeTheLimit() external {
        _limit(true, 10);
        _limit(false, -10);
    }

    function test_theTickBeforeTheStartMayBeTheLimit() external {
        _ring(_told, 0, 0, -38, 0);
        _limit(true, 6);
        _ring(_told, 0, 0, 38, 0);
        _limit(false, -6);
    }

    function test_theReferenceMayBeTheLimit() external {
        _ring(_told, -40, 0, 30, 30);
        _limit(true, 36);
        _ring(_told, 40, 0, -30, -30);
        _limit(false, -36);
    }

    function test_theFreshMeanMayBeTheLimit() external {
        _ring(_told, 100, 0, 40, 40);
        _limit(true, 47);
        _ring(_told, -100, 0, -40, -40);
        _limit(false, -48);
    }

    /// The tighter of the policy's slippage and the decision's.
    function test_aDecisionMayAcceptLess() external {
        _ring(_told, -40, 0, 30, 30);
        PolicyEngine.PlanInput memory input = _input(true);
        input.slippageBps = 45;
        require(engine.plan(input).steps[0].limitX96 == PriceMath.sqrtRatioX96(31));
        input.slippageBps = 200;
        require(engine.plan(input).steps[0].limitX96 == PriceMath.sqrtRatioX96(36));
    }

    function test_aPriceBeyondTheLimitIsRefused() external {
        _spot(11);
        _refused(true, PriceGuard.PriceBeyondLimit.selector);
        _spot(-11);
        _refused(false, PriceGuard.PriceBeyondLimit.selector);
        _limit(true, 10);
    }

    // ---- a market that moved ----

    function test_theStartIsNearTheReference() external {
        _moved(0, 0, 0, 51);
        _moved(0, 0, 0, -51);
    }

    function test_theStartIsNearTheFreshMean() external {
        _moved(100, 0, 0, 55);
        _moved(-100, 0, 0, -55);
    }

    function test_theTickBeforeIsNearTheReference() external {
        _moved(0, 0, 51, 0);
        _moved(0, 0, -51, 0);
    }

    function test_theTickBeforeIsNearTheFreshMean() external {
        _moved(100, 0, 55, 0);
        _moved(-100, 0, -55, 0);
    }

    function test_aTickThatStandsIsItsOwnPast() external {
        _ring(_told, 0, 0, 60, 0);
        _refused(true, PriceGuard.MarketMoved.selector);
        policy.limits.numbers.settle = 12;
        _limit(true, 10);
    }

    // ---- an independent price ----

    function test_theStartAgreesWithTheSecondPool() external {
        _withSecond();
        _ring(_told, 0, 0, 0, 45);
        _refused(false, IndependentPrice.PricesDisagree.selector);
        _refused(true, IndependentPrice.PricesDisagree.selector);
    }

    function test_theFreshMeanAgreesWithTheSecondPool() external {
        _withSecond();
        _ring(_told, 40, 40, 0, 0);
        _refused(false, IndependentPrice.PricesDisagree.selector);
    }

    function test_theSecondPoolHasItsLiquidity() external {
        _withSecond();
        require(engine.plan(_input(false)).steps.length == 1);
        _second.tell(1 << 96, 0, 4, 5, DEPTH / 2);
        _refused(false, PriceGuard.TooLittleLiquidity.selector);
    }

    function test_exposureIsReckonedAtTheDearerPrice() external {
        ToldFeed feed = new ToldFeed();
        policy.parts.assets[1].feed = Feed(address(feed), 8, 3600, 1, 1e10);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
        policy.limits.exposures[0].most = 50_200e18;
        feed.tell(1.005e8, 1, block.timestamp);
        require(engine.plan(_input(true)).reason == PolicyEngine.Reason.EXPOSURE, "the feed's");
        feed.tell(0.995e8, 1, block.timestamp);
        require(engine.plan(_input(true)).steps[0].notional == 200e18, "the pool's");
        feed.tell(1e8, 1, block.timestamp);
        policy.limits.exposures[0].most = 90_000e18;
        require(engine.plan(_input(true)).steps[0].notional > 600e18);
    }

    /// A feed that has never answered, where any age will do; a sequencer that has been down for long.
    function test_neverIsNotLongAgo() external {
        ToldFeed feed = new ToldFeed();
        policy.parts.assets[1].feed = Feed(address(feed), 8, type(uint32).max, 1, 1e10);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
        feed.tell(1e8, 1, 1);
        require(engine.plan(_input(true)).steps.length == 1);
        feed.tell(1e8, 1, 0);
        _refused(true, IndependentPrice.OracleStale.selector);
        feed.tell(1e8, 1, block.timestamp);
        PolicyEngine sequenced = PolicyEngine(Deployed.ours("PolicyEngine", abi.encode(feed, engine.loans())));
        feed.tell(1, block.timestamp - 7200, block.timestamp);
        policy.parts.assets[1].feed.proxy = address(0);
        (bool planned, bytes memory reason) =
            address(sequenced).staticcall(abi.encodeCall(sequenced.plan, (_input(true))));
        require(!planned && bytes4(reason) == IndependentPrice.SequencerDown.selector);
        feed.tell(0, block.timestamp - 7200, block.timestamp);
        require(sequenced.plan(_input(true)).steps.length == 1);
    }

    // ---- sizes, and why none ----

    function test_everyReasonHasItsName() external {
        PolicyEngine.PlanInput memory input = _input(true);
        (input.books[0], input.books[1]) = (20_005e18, 80_000e18);
        require(engine.plan(input).reason == PolicyEngine.Reason.AT_TARGET, "at target");
        input = _input(true);
        (input.books[0], input.books[1], input.books[2]) = (9e18, 10_000e18, 50_000e18);
        require(engine.plan(input).reason == PolicyEngine.Reason.FUNDS, "funds");
        input = _input(true);
        input.turnoverLeft = 9e18;
        require(engine.plan(input).reason == PolicyEngine.Reason.ALLOWANCE, "allowance");
        input.outputs[0] = int256(uint256(KEEP));
        require(engine.plan(input).reason == PolicyEngine.Reason.HOLD, "hold");
    }

    /// However often a route goes through a pool.
    function test_aPoolIsNotUsedMoreThanUp() external {
        policy.parts.assets[1].route.push(Hop(0, true));
        policy.parts.assets[1].route.push(Hop(0, false));
        (policy.model.targets[4], policy.model.targets[5]) = (0, 5000);
        // What is sold uses the pool up, and what is bought waits.
        PolicyEngine.Plan memory found = engine.plan(_input(true));
        require(found.steps.length == 1 && found.steps[0].sell, "more than a sale");
    }

    function test_outputsAreWeights() external {
        delete policy.model.targets;
        delete policy.model.directions;
        policy.model.weightStepBps = 100;
        PolicyEngine.PlanInput memory input = _input(true);
        input.outputs = new int256[](1);
        _refused(input, PolicyEngine.WrongOutputs.selector);
        input.outputs = new int256[](2);
        // Far beyond all is all; twice all is shared alike, and of base there is half already.
        (input.outputs[0], input.outputs[1]) = (int256(1e30), int256(100));
        PolicyEngine.Plan memory found = engine.plan(input);
        require(found.steps.length == 1 && !found.steps[0].sell && found.steps[0].asset == 2, "all");
        // Below nothing is nothing.
        (input.outputs[0], input.outputs[1]) = (int256(50), -5);
        require(engine.plan(input).steps.length == 0, "at target");
    }

    function test_hintsAndPoliciesAreWhatTheyMustBe() external {
        PolicyEngine.PlanInput memory input = _input(true);
        input.hints = bytes.concat(input.hints, hex"00");
        _refused(input, PolicyEngine.WrongHintLength.selector);
        input = _input(true);
        input.policy = address(7);
        _refused(input, PolicyEngine.NotAPolicy.selector);
    }

    // ---- observations ----

    function test_whereToLookIsChecked() external {
        _alone();
        // For asOf, a window before it, a window ago: at ages 60, 360, 300.
        _hinted(2, 0, 1, 0);
        _hinted(1, 0, 0, 0);
        _hinted(3, 0, 1, Observations.ObservationTooLate.selector);
        _hinted(0, 0, 1, Observations.ObservationTooEarly.selector);
        _hinted(2, 1, 1, Observations.ObservationTooLate.selector);
        _hinted(2, 0, 2, Observations.ObservationTooLate.selector);
        // Beyond the ring, even if something is there.
        _told.observed(5, uint32(block.timestamp - 100), 0, 0, true);
        _told.observed(6, uint32(block.timestamp - 24), 0, 0, true);
        _hinted(5, 0, 1, Observations.ObservationMissing.selector);
    }

    function test_aRingWithHolesIsRefused() external {
        _alone();
        _told.tell(1 << 96, 0, 4, 8, DEPTH);
        _told.observed(6, uint32(block.timestamp - 100), 0, 0, false);
        _told.observed(7, uint32(block.timestamp - 24), 0, 0, true);
        _hinted(6, 0, 1, Observations.ObservationMissing.selector);
        // The place after the named one is empty, or holds an older one.
        _told.observed(3, uint32(block.timestamp - 24), 0, 0, false);
        _hinted(2, 0, 1, Observations.ObservationMissing.selector);
        _told.observed(3, uint32(block.timestamp - 400), 0, 0, true);
        _hinted(2, 0, 1, Observations.ObservationMissing.selector);
    }

    /// From an older observation than the one before the window the reader walks on, but over no hole.
    function test_aHoleIsNotWalkedOver() external {
        _alone();
        uint32[8] memory ages = [uint32(360), 330, 305, 290, 100, 50, 12, 0];
        for (uint256 i = 0; i < 7; i++) {
            _told.observed(i, uint32(block.timestamp) - ages[i], 0, _per(360 - ages[i]), true);
        }
        _told.tell(1 << 96, 0, 6, 7, DEPTH);
        _hinted(4, 0, 0, 0);
        _told.observed(2, uint32(block.timestamp) - ages[2], 0, _per(360 - ages[2]), false);
        _hinted(4, 0, 0, Observations.ObservationMissing.selector);
    }

    function test_theStartOfABlockNeedsThreeObservations() external {
        _alone();
        uint256 id = VM.snapshotState();
        // Two places are too few, however old.
        _told.observed(0, uint32(block.timestamp - 1000), 0, 0, true);
        _told.observed(1, uint32(block.timestamp - 500), 0, _per(500), true);
        _told.tell(1 << 96, 0, 1, 2, DEPTH);
        _hinted(1, 1, 1, Observations.NoBlockStart.selector);
        // The one before the newest is empty.
        _told.observed(0, uint32(block.timestamp - 1000), 0, 0, false);
        _told.tell(1 << 96, 0, 1, 3, DEPTH);
        _hinted(1, 1, 1, Observations.NoBlockStart.selector);
        // The newest is.
        require(VM.revertToState(id));
        _told.observed(5, uint32(block.timestamp - 6), 0, _per(354), false);
        _told.tell(1 << 96, 0, 5, 6, DEPTH);
        _hinted(2, 0, 1, Observations.NoBlockStart.selector);
        // Both are of one second.
        require(VM.revertToState(id));
        _told.observed(3, uint32(block.timestamp - 12), 0, _per(348), true);
        _hinted(2, 0, 1, Observations.NoBlockStart.selector);
        // The newest is of this very second, and the third is empty, or no older than the second.
        require(VM.revertToState(id));
        _told.observed(5, uint32(block.timestamp), 0, _per(360), true);
        _told.tell(1 << 96, 0, 5, 6, DEPTH);
        _hinted(1, 0, 1, 0);
        _told.observed(3, uint32(block.timestamp - 24), 0, _per(336), false);
        _hinted(1, 0, 1, Observations.NoBlockStart.selector);
        _told.observed(3, uint32(block.timestamp - 12), 0, _per(348), true);
        _hinted(1, 0, 1, Observations.NoBlockStart.selector);
    }

    /// The other pool, which has another ring, prices nothing.
    function _alone() private {
        delete policy.parts.assets[2].route;
        policy.parts.assets[2].route.push(Hop(0, false));
    }

    function test_whatIsNoPoolIsNamed() external {
        policy.parts.pools[0].pool = address(quote);
        _refused(false, Observations.NotAPool.selector);
        policy.parts.pools[0].pool = address(new ToldPool(address(base), address(quote), 500));
        _refused(false, Observations.NotAPool.selector);
        policy.parts.pools[0].pool = address(new HalfAPool());
        _refused(false, Observations.NotAPool.selector);
    }

    function test_historyMustReachBack() external {
        address place = _stored();
        (bool done, bytes memory reason) =
            address(engine).staticcall(abi.encodeCall(engine.locate, (place, uint32(block.timestamp - 61))));
        require(!done && bytes4(reason) == Observations.HistoryTooShort.selector);
        require(bytes6(engine.locate(place, uint32(block.timestamp - 60))) == bytes6(abi.encodePacked(uint16(2), uint16(0), uint16(1))));
        // Rings that have grown, and are not filled.
        _told.tell(1 << 96, 0, 4, 8, DEPTH);
        _second.tell(1 << 96, 0, 4, 8, DEPTH);
        require(bytes6(engine.locate(place, uint32(block.timestamp - 60))) == bytes6(abi.encodePacked(uint16(2), uint16(0), uint16(1))));
        (done, reason) =
            address(engine).staticcall(abi.encodeCall(engine.locate, (place, uint32(block.timestamp - 61))));
        require(!done && bytes4(reason) == Observations.HistoryTooShort.selector, "places that are not filled");
        (done, reason) =
            address(engine).staticcall(abi.encodeCall(engine.locate, (place, uint32(block.timestamp + 1))));
        require(!done && bytes4(reason) == Observations.InFuture.selector);
    }

    // ---- how ----

    /// See the contract's own words. The liquidity was DEPTH throughout.
    function _ring(ToldPool pool, int24 x, int24 y, int24 prior, int24 start) private {
        uint32[6] memory ages = [uint32(360), 300, 60, 24, 12, 0];
        int24[5] memory ticks = [x, y, y, prior, start];
        int56 sum;
        uint160 per;
        for (uint256 i = 0; i < 5; i++) {
            pool.observed(i, uint32(block.timestamp) - ages[i], sum, per, true);
            int56 passed = int56(uint56(ages[i] - ages[i + 1]));
            sum += ticks[i] * passed;
            per += _per(uint56(passed));
        }
        pool.tell(uint160(PriceMath.sqrtRatioX96(start)), start, 4, 5, DEPTH);
    }

    function _per(uint256 passed) private pure returns (uint160) {
        return uint160((passed << 128) / DEPTH);
    }

    function _input(bool buy) private returns (PolicyEngine.PlanInput memory input) {
        (input.policy, input.asOf, input.slippageBps) = (_stored(), uint32(block.timestamp - 60), 50);
        input.outputs = new int256[](1);
        input.outputs[0] = int256(uint256(buy ? BUY : SELL));
        input.books = new uint256[](3);
        (input.books[0], input.books[1], input.turnoverLeft) = (50_000e18, 50_000e18, 50_000e18);
        input.hints = abi.encodePacked(uint16(2), uint16(0), uint16(1), uint16(2), uint16(0), uint16(1));
    }

    /// The policy as it is now, as the code of a contract.
    function _stored() private returns (address place) {
        bytes memory blob = abi.encode(policy);
        bytes memory creation = abi.encodePacked(hex"61", uint16(blob.length + 1), hex"80600a5f395ff3", hex"00", blob);
        assembly ("memory-safe") {
            place := create(0, add(creation, 0x20), mload(creation))
        }
    }

    function _spot(int256 tick) private {
        _told.tell(uint160(PriceMath.sqrtRatioX96(tick)), 0, 4, 5, DEPTH);
    }

    function _withSecond() private {
        policy.parts.assets[1].secondPool = 2;
        policy.limits.numbers.maxDeviationBps = 30;
    }

    function _limit(bool buy, int256 tick) private {
        PolicyEngine.Plan memory found = engine.plan(_input(buy));
        require(found.steps.length == 1 && found.steps[0].sell != buy, "another step");
        require(found.steps[0].limitX96 == PriceMath.sqrtRatioX96(tick), "another limit");
        require(found.steps[0].worstX96 == PriceMath.sqrtRatioX96(buy ? tick + 6 : tick - 6), "another worst price");
    }

    function _moved(int24 x, int24 y, int24 prior, int24 start) private {
        _ring(_told, x, y, prior, start);
        // The way in which the limit is not beyond the price already.
        bool buy = start < 0 || prior > 0;
        _refused(buy, PriceGuard.MarketMoved.selector);
        policy.limits.numbers.maxDrift = 60;
        (bool planned,) = _planned(_input(buy));
        require(planned, "more than one refuses");
        policy.limits.numbers.maxDrift = 50;
    }

    function _hinted(uint16 asOf, uint16 before, uint16 ago, bytes4 why) private {
        PolicyEngine.PlanInput memory input = _input(false);
        input.hints = abi.encodePacked(asOf, before, ago, asOf, before, ago);
        if (why == 0) engine.plan(input);
        else _refused(input, why);
    }

    function _refused(bool buy, bytes4 why) private {
        _refused(_input(buy), why);
    }

    function _refused(PolicyEngine.PlanInput memory input, bytes4 why) private view {
        (bool planned, bytes memory reason) = _planned(input);
        require(!planned, "planned");
        require(bytes4(reason) == why, string.concat("another reason: ", VM.toString(reason)));
    }

    function _planned(PolicyEngine.PlanInput memory input) private view returns (bool, bytes memory) {
        return address(engine).staticcall(abi.encodeCall(engine.plan, (input)));
    }
}

/// Answers what it is now, and nothing of what it was.
contract HalfAPool {
    function slot0() external pure returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (1 << 96, 0, 4, 5, 5, 0, true);
    }
}
