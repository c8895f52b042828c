// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ChainlinkReturns} from "vault/ChainlinkReturns.sol";
import {Observations} from "vault/Observations.sol";
import {Feed, HOLD, Hop, Numbers} from "vault/Policy.sol";
import {PolicyBlob} from "vault/PolicyBlob.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {SignedReport} from "vault/SignedReport.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {ToldFeed} from "./Doubles.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// A feed whose older rounds need much gas, as one behind many proxies may.
contract ThirstyFeed {
    mapping(uint80 round => int256) private _answers;
    mapping(uint80 round => uint256) private _times;
    uint80 private _latest;

    function say(uint80 round, int256 answer, uint256 updatedAt) external {
        (_answers[round], _times[round], _latest) = (answer, updatedAt, round);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_latest);
    }

    function getRoundData(uint80 round) public view returns (uint80, int256, uint256, uint256, uint80) {
        bytes32 work;
        for (uint256 i = 0; i < uint256(round % 2) * 100; i++) {
            work = keccak256(abi.encode(work));
        }
        if (work == 0 && round % 2 == 1) revert();
        return (round, _answers[round], _times[round], _times[round], round);
    }
}

/// What a second reader of the contracts tried, and what came of it.
contract Review is World(2_500_000) {
    using PolicyBlob for bytes;

    // ---- a decision's time

    function test_aDecisionActsAtTheVeryEdgesOfItsTime() external {
        Vault.Decision memory d = decision(BUY);
        d.deadline = block.timestamp + 120;
        bytes memory asked = proven(d);
        uint256 id = VM.snapshotState();
        // In the second of its moment.
        executed(asked);
        require(VM.revertToState(id));
        // In the last second of its age and of its deadline.
        VM.warp(block.timestamp + 120);
        executed(_rehinted(d));
        require(booked(quote) < 50_000e18);
    }

    // ---- what the caller chooses

    function test_theSameProofWithOtherHintsDoesTheSame() external {
        // An observation in the second of the moment: both of its neighbours hold it.
        VM.warp(block.timestamp + 600);
        others.pushTo(uint160(PriceMath.sqrtRatioX96(3)));
        VM.warp(block.timestamp + 30);
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        uint256 id = VM.snapshotState();
        executed(asked);
        bytes32 did = _all();
        require(VM.revertToState(id));
        require(_earlier(hints, 0) && _earlier(sourceHints[0], 0), "the moment is no observation");
        // What is for the vault's own books is read by nobody.
        sourceHints[1] = "anything";
        id = VM.snapshotState();
        executed(abi.encodeCall(vault.execute, (d, hints, sourceHints, "")));
        require(_all() == did, "other hints, other trade");
        require(VM.revertToState(id));
        // One further back holds nothing.
        require(_earlier(hints, 0));
        refused(
            STRANGER, abi.encodeCall(vault.execute, (d, hints, sourceHints, "")), Observations.ObservationTooEarly.selector
        );
    }

    function test_aProofForAnyoneDoesTheSameForAnyone() external {
        bytes memory asked = proven(decision(BUY));
        uint256 id = VM.snapshotState();
        executed(asked);
        bytes32 did = _all();
        require(VM.revertToState(id));
        (bool done,) = execute(STRANGER, asked);
        require(done && _all() == did && quote.balanceOf(STRANGER) == 0 && base.balanceOf(STRANGER) == 0);
        (done,) = execute(STRANGER, asked);
        require(!done, "twice");
    }

    /// However much gas the caller gives: all of it happens, or nothing.
    function test_littleGasLooksLikeNothingElse() external {
        bytes memory asked = proven(decision(BUY));
        bytes32 before = _all();
        uint256 id = VM.snapshotState();
        executed(asked);
        bytes32 did = _all();
        require(VM.revertToState(id));
        uint256 carriedOut;
        for (uint256 gas_ = 100_000; gas_ < 1_200_000; gas_ += 13_577) {
            id = VM.snapshotState();
            VM.prank(AGENT);
            (bool done,) = address(vault).call{gas: gas_}(asked);
            require(_all() == (done ? did : before), "something in between");
            if (done) carriedOut++;
            require(VM.revertToState(id));
        }
        require(carriedOut > 5, "too few were carried out to mean something");
    }

    // ---- books as of a moment

    function test_whatChangesInTheSecondOfTheMomentIsInNoFeatureOfIt() external {
        pass(1);
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        VM.startPrank(OWNER);
        vault.deposit(address(quote), 30_000e18);
        vault.exit(address(base), 10_000e18);
        vault.deposit(address(quote), 5_000e18);
        (, uint256 before, uint32 changedAt) = vault.book(address(quote));
        require(before == 50_000e18 && changedAt == d.asOf);
        VM.stopPrank();
        VM.warp(block.timestamp + 12);
        // The proof holds, but for the deposit of the same transaction: all of a test is one.
        (bool done, bytes memory reason) = execute(AGENT, asked);
        require(!done && bytes4(reason) == Vault.DepositInThisTransaction.selector);
        // Of books alone that is so as well.
        int256[] memory x = vault.featuresAt(d.asOf, new int24[](3), _sourceHints(d.asOf));
        require(x[16] == 0 && x[17] == -5000);
    }

    /// A pause keeps no book from being remembered, and voids what was proven before.
    function test_aPauseLeavesTheBooksOfTheMoment() external {
        pass(1);
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        VM.warp(block.timestamp + 5);
        VM.startPrank(OWNER);
        vault.pause();
        vault.exit(address(quote), 20_000e18);
        vault.unpause();
        VM.stopPrank();
        refused(AGENT, asked, Vault.WrongNonce.selector);
        d.nonce++;
        int256[] memory x = vault.featuresAt(d.asOf, new int24[](3), _sourceHints(d.asOf));
        require(x[16] == 0, "books of now");
        executed(proven(d));
        // Sizes are of now: to 80 % of 80,000 are 14,000.
        require(booked(quote) < 30_000e18);
    }

    function test_aTradeAndADepositOfOneStepAreBothInTheNext() external {
        pass(1);
        executed(proven(decision(BUY)));
        uint256 left = booked(quote);
        VM.prank(OWNER);
        vault.exit(address(quote), 1_000e18);
        pass(1);
        uint256 total = left - 1_000e18 + booked(base);
        int256[] memory x =
            vault.featuresAt(uint32(block.timestamp), new int24[](3), _sourceHints(uint32(block.timestamp)));
        require(x[16] == int256(booked(base) * 10_000 / total) - 5000);
    }

    // ---- the owner's changes

    /// Of what is listed no more nothing is counted, and all of it can be taken.
    function test_whatIsListedNoMoreCountsForNothingAndLeaves() external {
        VM.startPrank(OWNER);
        far.mint(OWNER, 100e18);
        far.approve(address(vault), 100e18);
        vault.deposit(address(far), 100e18);
        VM.stopPrank();
        _withoutFar();
        executed(proven(decision(KEEP)));
        pass(1);
        int256[] memory x =
            vault.featuresAt(uint32(block.timestamp), new int24[](2), _sourceHints(uint32(block.timestamp)));
        require(x.length == 20 && x[16] == 0, "counted");
        VM.startPrank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(Vault.NotAnAsset.selector, address(far)));
        vault.deposit(address(far), 0);
        far.mint(address(vault), 7e18);
        vault.sweep(address(far));
        require(far.balanceOf(RECIPIENT) == 7e18 && booked(far) == 100e18, "swept what is booked");
        vault.exit(address(far), type(uint256).max);
        require(far.balanceOf(RECIPIENT) == 107e18 && booked(far) == 0);
        VM.stopPrank();
    }

    function test_whoIsOfferedAVaultAndBecomesItsAgentCannotAccept() external {
        VM.prank(OWNER);
        vault.transferOwnership(STRANGER);
        policy.model.agent = STRANGER;
        revise();
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(Vault.OwnerIsAgent.selector, STRANGER));
        vault.acceptOwnership();
        require(vault.owner() == OWNER);
    }

    /// The policy of before comes back: what was proven under it does not.
    function test_aPolicyThatComesBackBringsNoProofBack() external {
        bytes memory asked = proven(decision(BUY));
        bytes memory first = abi.encode(policy);
        bytes32 hash = vault.state().policyHash;
        policy.limits.numbers.maxAction = 9_000e18;
        VM.startPrank(OWNER);
        vault.setPolicy(abi.encode(policy));
        vault.setPolicy(first);
        VM.stopPrank();
        require(vault.state().policyHash == hash);
        refused(AGENT, asked, Vault.OutOfOrder.selector);
    }

    // ---- the policy where it lies

    /// What reads a policy writes nothing to it, and what is allocated after it does not reach into it.
    function test_aPolicyIsNotWrittenToByReadingIt() external view {
        bytes memory blob = abi.encode(policy);
        bytes32 hash = keccak256(blob);
        Numbers memory limits = blob.numbers();
        uint256 read = limits.step + blob.targets().length + blob.directions().length;
        for (uint256 i = 0; i < blob.assets(); i++) {
            read += blob.asset(i).feed().heartbeat + blob.asset(i).hops();
        }
        (,, bytes memory parameters) = blob.feature(0);
        bytes memory copy = abi.encode(parameters, limits, blob.targets());
        copy[31] = 0xff;
        require(read != 0 && keccak256(blob) == hash);
    }

    /// Bytes behind, a longer tail, offsets that point elsewhere: another blob is no policy.
    function test_noOtherBytesAreTheSamePolicy() external {
        bytes memory blob = abi.encode(policy);
        VM.startPrank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(PolicyRules.NotCanonicallyEncoded.selector));
        vault.setPolicy(bytes.concat(blob, bytes32(0)));
        VM.stopPrank();
        // Each word at a time made larger by one: none is both another and the same.
        uint256 taken;
        for (uint256 offset = 0; offset < blob.length; offset += 32) {
            bytes memory other = abi.encodePacked(blob);
            uint256 word;
            assembly ("memory-safe") {
                let here := add(add(other, 0x20), offset)
                word := mload(here)
                mstore(here, add(word, 0x20))
            }
            (bool done,) = address(rules).staticcall(abi.encodeCall(rules.validate, (other)));
            if (done) taken++;
            // The three offsets of the policy's parts, and those of the model's.
            if (offset < 128) require(!done, "an offset elsewhere");
        }
        require(taken != 0, "numbers may be others");
    }

    // ---- sources

    /// Seconds beyond what the pool has logged, up to the largest there are: every hint is refused.
    function test_aHorizonBeyondTheHistoryIsRefusedUnderEveryHint() external view {
        uint32[3] memory last = [uint32(1 days), uint32(block.timestamp), type(uint32).max];
        for (uint256 i = 0; i < last.length; i++) {
            uint32[] memory horizons = new uint32[](2);
            (horizons[0], horizons[1]) = (60, last[i]);
            bytes memory parameters = abi.encode(address(near), false, horizons);
            require(source.width(parameters) == 1);
            for (uint16 hint = 0; hint < 210; hint++) {
                bytes memory hints = abi.encodePacked(uint16(3), uint16(3), hint);
                (bool done,) = address(source).staticcall(
                    abi.encodeCall(source.features, (parameters, uint32(block.timestamp), hints))
                );
                require(!done, "a horizon came round");
            }
        }
    }

    /// A feed that needs much gas for one of its rounds: the answer is the one, or none.
    function test_aFeedThatRunsOutOfGasGivesNoOtherAnswer() external {
        ThirstyFeed feed = new ThirstyFeed();
        ChainlinkReturns returns_ = ChainlinkReturns(Deployed.ours("ChainlinkReturns", ""));
        uint32[] memory horizons = new uint32[](1);
        horizons[0] = 600;
        uint32 asOf = uint32(block.timestamp);
        feed.say(1, 1e8, asOf - 700);
        feed.say(2, 2e8, asOf - 600);
        feed.say(3, 3e8, asOf - 1);
        bytes memory asked = abi.encodeCall(
            returns_.features,
            (abi.encode(address(feed), horizons), asOf, abi.encodePacked(uint80(3), uint80(1)))
        );
        (bool done, bytes memory answer) = address(returns_).staticcall(asked);
        require(done && abi.decode(answer, (int256[]))[0] == 4095);
        uint256 answered;
        for (uint256 gas_ = 20_000; gas_ < 400_000; gas_ += 3_331) {
            bytes memory other;
            (done, other) = address(returns_).staticcall{gas: gas_}(asked);
            if (!done) continue;
            require(keccak256(other) == keccak256(answer), "another answer");
            answered++;
        }
        require(answered > 10);
    }

    /// A feed may keep a round back, and show it later with the time that it was made at (Chainlink's SVR feeds do). Then
    /// an answer is not settled when its moment has come: before and after, the same hint names different rounds.
    function test_aFeedThatShowsARoundLateIsNotSettled() external {
        ThirstyFeed feed = new ThirstyFeed();
        ChainlinkReturns returns_ = ChainlinkReturns(Deployed.ours("ChainlinkReturns", ""));
        uint32[] memory horizons = new uint32[](1);
        horizons[0] = 600;
        uint32 asOf = uint32(block.timestamp);
        feed.say(1, 1e8, asOf - 700);
        bytes memory parameters = abi.encode(address(feed), horizons);
        int256[] memory before = returns_.features(parameters, asOf, abi.encodePacked(uint80(1), uint80(1)));
        feed.say(2, 1.01e8, asOf - 5);
        int256[] memory later = returns_.features(parameters, asOf, abi.encodePacked(uint80(2), uint80(1)));
        // Such a feed is not for this source; no contract can tell.
        require(before[0] == 0 && later[0] == 100);
    }

    function test_aSignatureCountsOnceAndInOneForm() external {
        SignedReport reports = SignedReport(Deployed.ours("SignedReport", ""));
        (address[] memory signers, uint256[] memory keys_) = _signers();
        bytes memory parameters = abi.encode(SignedReport.Terms(signers, 2, "schema", 1));
        require(reports.width(parameters) == 1);
        int256[] memory values = new int256[](1);
        values[0] = 7;
        bytes32 digest = reports.reportDigest("schema", 1000, values);
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (_signed(keys_[0], digest, false), _signed(keys_[1], digest, false));
        require(reports.features(parameters, 1000, abi.encode(uint32(1000), values, signatures))[0] == 7);
        // The same twice.
        signatures[1] = signatures[0];
        VM.expectRevert(abi.encodeWithSelector(SignedReport.NotASigner.selector, signers[0]));
        reports.features(parameters, 1000, abi.encode(uint32(1000), values, signatures));
        // The same in its other form: the curve's order less s.
        signatures[1] = _signed(keys_[0], digest, true);
        (bool done, bytes memory reason) = address(reports).staticcall(
            abi.encodeCall(reports.features, (parameters, 1000, abi.encode(uint32(1000), values, signatures)))
        );
        require(!done && bytes4(reason) == ECDSA.ECDSAInvalidSignatureS.selector);
        // In another order.
        (signatures[0], signatures[1]) = (_signed(keys_[1], digest, false), _signed(keys_[0], digest, false));
        VM.expectRevert(abi.encodeWithSelector(SignedReport.NotASigner.selector, signers[0]));
        reports.features(parameters, 1000, abi.encode(uint32(1000), values, signatures));
    }

    // ---- found wrong, and put right

    /// Selling BASE takes all that the shared pool bears. A refusal would come at every moment, and BASE were never sold: the
    /// purchase of FAR through the same pool waits.
    function test_whatSellsTakeOfASharedPoolRefusesNoDecision() external {
        policy.model.targets = [0, 4000, HOLD, HOLD, 0, 8000];
        policy.limits.numbers.maxSlippageBps = 100;
        revise();
        for (uint256 i = 1; i <= 3; i++) {
            executed(proven(decision(BUY)));
            require(booked(base) < 50_000e18 - i * 610e18 && booked(far) == 0);
            pass(1);
        }
    }

    /// What was used and lost in units of one numeraire means nothing in units of the next; what is not changed stays.
    function test_anotherNumeraireInheritsNothingOfWhatWasUsed() external {
        executed(proven(decision(BUY)));
        uint256 used = vault.state().turnoverUsed;
        policy.limits.numbers.maxAction = 9_000e18;
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        require(used > 600e18 && vault.state().turnoverUsed == used && vault.state().lastTradeAsOf != 0);
        _inBase();
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        Vault.State memory state = vault.state();
        require(state.turnoverUsed == 0 && state.dayLoss == 0 && state.monthLoss == 0, "QUOTE counted as BASE");
        require(state.lastTradeAsOf == 0 && state.lastTradeTime != 0);
    }

    /// What is remembered of an asset's price lies under its place: another asset there is not compared with it.
    function test_noAssetIsComparedWithThePriceOfAnother() external {
        distantOthers.pushTo(uint160(PriceMath.sqrtRatioX96(200)));
        VM.warp(block.timestamp + 1 hours);
        revise();
        executed(proven(decision(SELL)));
        pass(1);
        // The same assets in another order: no price has moved.
        _swapped();
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        pass(1);
        Vault.Decision memory d = decision(KEEP);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        int24[] memory refs = engine.plan(vault.planInput(d.asOf, 50, d.outputs, hints)).refs;
        int256[] memory x = vault.featuresAt(d.asOf, refs, _sourceHints(d.asOf));
        require(refs[1] != refs[2] && x[18] == 0 && x[19] == 0 && x[20] == 1440, "FAR compared with BASE");
    }

    /// A pool that comes more than once on a route would bear each time what it bears once.
    function test_aRouteGoesThroughAPoolOnce() external {
        Hop memory there = policy.parts.assets[1].route[0];
        policy.parts.assets[1].route.push(Hop(there.pool, !there.inverted));
        policy.parts.assets[1].route.push(there);
        policy.limits.numbers.maxSlippageBps = 100;
        VM.expectRevert(abi.encodeWithSelector(PolicyRules.PoolTwice.selector, address(near)));
        rules.validate(abi.encode(policy));
    }

    // ---- found, and as it is

    /// While a feed lags, a loss is none: a churning model that sells when the feed is low and buys when it is high pays
    /// fees and impact of which no bucket knows.
    function test_aLaggingFeedHidesLosses() external {
        ToldFeed feed = new ToldFeed();
        policy.parts.assets[1].feed = Feed(address(feed), 8, 86_400, 5e7, 2e8);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
        revise();
        for (uint256 i = 0; i < 6; i++) {
            bool sell = i % 2 == 0;
            feed.tell(sell ? int256(0.995e8) : int256(1.005e8), 1, block.timestamp);
            executed(proven(decision(sell ? SELL : BUY)));
            pass(1);
        }
        uint256 lost = 100_000e18 - booked(quote) - booked(base);
        require(lost > 1.8e18 && vault.state().dayLoss == 0 && vault.state().monthLoss == 0);
    }

    /// An engine without a sequencer's feed stands beside rules with one, and the other way round: nothing compares them.
    function test_engineAndRulesMayDisagreeAboutTheSequencer() external {
        PolicyEngine other = PolicyEngine(Deployed.ours("PolicyEngine", abi.encode(new ToldFeed(), engine.loans())));
        require(other.sequencer() != rules.sequencer());
        policy.limits.numbers.sequencerGrace = 0;
        another(RECIPIENT, other);
    }

    // ---- how

    function _all() private view returns (bytes32) {
        Vault.State memory state = vault.state();
        bytes32 balances = keccak256(
            abi.encode(quote.balanceOf(address(vault)), base.balanceOf(address(vault)), far.balanceOf(address(vault)))
        );
        return keccak256(abi.encode(state, booked(quote), booked(base), booked(far), balances));
    }

    function _sourceHints(uint32 asOf) private view returns (bytes[] memory hints) {
        hints = new bytes[](2);
        hints[0] = source.locate(policy.model.program[0].parameters, asOf);
    }

    /// The call of a decision that is proven already, with the hints of now.
    function _rehinted(Vault.Decision memory d) private view returns (bytes memory) {
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        return abi.encodeCall(vault.execute, (d, hints, _sourceHints(d.asOf), ""));
    }

    /// Makes a hint one smaller.
    function _earlier(bytes memory hints, uint256 i) private pure returns (bool) {
        uint256 index = uint256(uint8(hints[2 * i])) << 8 | uint8(hints[2 * i + 1]);
        if (index == 0) return false;
        (hints[2 * i], hints[2 * i + 1]) = (bytes1(uint8((index - 1) >> 8)), bytes1(uint8(index - 1)));
        return true;
    }

    function _withoutFar() private {
        key = modelKey(20, 3);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        policy.model.targets = [0, HOLD, 8000];
        policy.model.program[1].width = 4;
        policy.parts.assets.pop();
        policy.limits.exposures.pop();
        revise();
    }

    /// BASE as the numeraire, QUOTE and FAR in pools with it.
    function _inBase() private {
        delete policy.parts.assets;
        address[3] memory tokens = [address(base), address(quote), address(far)];
        for (uint256 i = 0; i < 3; i++) {
            policy.parts.assets.push();
            (policy.parts.assets[i].token, policy.parts.assets[i].decimals) = (tokens[i], 18);
        }
        policy.parts.assets[1].route.push(Hop(0, near.token0() == address(base)));
        policy.parts.assets[2].route.push(Hop(1, distant.token0() == address(base)));
    }

    /// FAR before BASE.
    function _swapped() private {
        delete policy.parts.assets;
        address[3] memory tokens = [address(quote), address(far), address(base)];
        for (uint256 i = 0; i < 3; i++) {
            policy.parts.assets.push();
            (policy.parts.assets[i].token, policy.parts.assets[i].decimals) = (tokens[i], 18);
        }
        policy.parts.assets[1].route.push(Hop(1, distant.token0() == address(base)));
        policy.parts.assets[1].route.push(Hop(0, near.token0() == address(quote)));
        policy.parts.assets[2].route.push(Hop(0, near.token0() == address(quote)));
    }

    function _signers() private pure returns (address[] memory signers, uint256[] memory keys_) {
        (signers, keys_) = (new address[](2), new uint256[](2));
        (keys_[0], keys_[1]) = (11, 12);
        if (VM.addr(11) > VM.addr(12)) (keys_[0], keys_[1]) = (12, 11);
        (signers[0], signers[1]) = (VM.addr(keys_[0]), VM.addr(keys_[1]));
    }

    function _signed(uint256 key_, bytes32 digest, bool other) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key_, digest);
        if (other) {
            uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
            (v, s) = (v == 27 ? 28 : 27, bytes32(order - uint256(s)));
        }
        return abi.encodePacked(r, s, v);
    }
}
