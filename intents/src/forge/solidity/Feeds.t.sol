// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ChainlinkReturns} from "vault/ChainlinkReturns.sol";
import {IndependentPrice} from "vault/IndependentPrice.sol";
import {Feed} from "vault/Policy.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Vault} from "vault/Vault.sol";
import {ToldFeed} from "./Doubles.sol";
import {Deployed} from "./Deployed.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

interface Flux {
    function changeOracles(
        address[] calldata removed,
        address[] calldata added,
        address[] calldata admins,
        uint32 minSubmissions,
        uint32 maxSubmissions,
        uint32 restartDelay
    ) external;
    function submit(uint256 round, int256 answer) external;
}

interface Proxy {
    function proposeAggregator(address aggregator) external;
    function confirmAggregator(address aggregator) external;
    function latestRound() external view returns (uint256);
}

/// Chainlink's own proxy and aggregator, compiled from their sources, with one oracle who is us.
library Chainlink {
    function aggregator(uint8 decimals, uint32 minSubmissions) internal returns (Flux flux) {
        bytes memory arguments = abi.encode(
            address(0), uint128(0), uint32(600), address(0), int256(1), type(int256).max, decimals, "test"
        );
        flux = Flux(Deployed.ofChains("FluxAggregator", arguments));
        address[] memory none = new address[](0);
        address[] memory two = new address[](2);
        (two[0], two[1]) = (address(this), address(2));
        flux.changeOracles(none, two, two, minSubmissions, 2, 0);
    }

    function proxy(Flux flux) internal returns (address) {
        return Deployed.ofChains("EACAggregatorProxy", abi.encode(address(flux), address(0)));
    }
}

/// Returns of a feed, round by round.
contract FeedReturns {
    uint256 private constant BEGIN = 1_750_000_200;
    ChainlinkReturns private immutable _source = ChainlinkReturns(Deployed.ours("ChainlinkReturns", ""));
    Flux private _flux;
    address private _proxy;
    bytes private _parameters;

    /// Rounds 1 to 8, two minutes apart, each one percent dearer.
    function setUp() external {
        VM.warp(BEGIN);
        _flux = Chainlink.aggregator(8, 1);
        _proxy = Chainlink.proxy(_flux);
        for (uint256 i = 1; i <= 8; i++) {
            VM.warp(BEGIN + 120 * i);
            _flux.submit(i, int256(1e8 + 1e6 * i));
        }
        _parameters = abi.encode(_proxy, _horizons(120, 480));
        VM.warp(BEGIN + 1000);
    }

    function test_returnsAreOfTheLastRoundsBeforeTheirMoments() external {
        require(_source.width(_parameters) == 2);
        // As of 970, 850, 490: the rounds of 960, 840, 480.
        int256[] memory values = _source.features(_parameters, uint32(BEGIN + 970), _hints(8, 7, 4));
        require(values[0] == 93 && values[1] == 384);
        // A fall is rounded toward minus infinity as well: -373.8 and -96.2.
        _flux.submit(9, 1.03e8);
        VM.warp(block.timestamp + 1);
        values = _source.features(_parameters, uint32(BEGIN + 1001), _hints(9, 7, 4));
        require(values[0] == -374 && values[1] == -97);
    }

    function test_aRoundOfTheVeryMomentIsNotInIt() external {
        uint32 asOf = uint32(BEGIN + 960);
        _source.features(_parameters, asOf, _hints(7, 6, 3));
        _refuses(asOf, _hints(8, 6, 3), ChainlinkReturns.RoundTooLate.selector);
        _refuses(asOf, _hints(6, 6, 3), ChainlinkReturns.RoundTooEarly.selector);
        _refuses(asOf, _hints(7, 5, 3), ChainlinkReturns.RoundTooEarly.selector);
        _refuses(asOf, _hints(7, 6, 4), ChainlinkReturns.RoundTooLate.selector);
        // Whether another round of that second comes changes nothing.
        VM.warp(BEGIN + 960);
        _source.features(_parameters, asOf, _hints(7, 6, 3));
        _refuses(asOf + 1, _hints(8, 7, 4), ChainlinkReturns.InFuture.selector);
    }

    function test_roundsThatAreNotThereAreNamed() external view {
        _refuses(uint32(BEGIN + 970), _hints(9, 7, 4), ChainlinkReturns.RoundMissing.selector);
        _refuses(uint32(BEGIN + 970), _hints(8, 7, 0), ChainlinkReturns.RoundMissing.selector);
        _refuses(uint32(BEGIN + 970), "", ChainlinkReturns.WrongHintLength.selector);
    }

    function test_anAnswerThatIsNoPriceIsRefused() external {
        ToldFeed feed = new ToldFeed();
        feed.tell(0, 1, BEGIN);
        _parameters = abi.encode(address(feed), _horizons(120, 480));
        bytes memory hints = abi.encodePacked(uint80(1), uint80(1), uint80(1));
        _refuses(uint32(BEGIN + 970), hints, ChainlinkReturns.AnswerNotPositive.selector);
        feed.tell(-1, 1, BEGIN);
        _refuses(uint32(BEGIN + 970), hints, ChainlinkReturns.AnswerNotPositive.selector);
    }

    function test_horizonsGrow() external {
        uint32[][4] memory lists =
            [_horizons(120, 120), _horizons(0, 120), new uint32[](0), new uint32[](33)];
        uint256[4] memory at = [uint256(1), 0, 0, 33];
        for (uint256 i = 0; i < 4; i++) {
            VM.expectRevert(abi.encodeWithSelector(ChainlinkReturns.HorizonsNotGrowing.selector, at[i]));
            _source.width(abi.encode(_proxy, lists[i]));
        }
    }

    function _horizons(uint32 a, uint32 b) private pure returns (uint32[] memory list) {
        list = new uint32[](2);
        (list[0], list[1]) = (a, b);
    }

    /// Its owner switches the proxy to another aggregator between proof and execution: the source refuses until the
    /// longest horizon lies in the new phase.
    function test_anotherPhaseIsRefused() external {
        bytes memory hints = _hints(8, 7, 4);
        Flux next = Chainlink.aggregator(8, 1);
        next.submit(1, 2e8);
        Proxy(_proxy).proposeAggregator(address(next));
        Proxy(_proxy).confirmAggregator(address(next));
        _refuses(uint32(BEGIN + 970), hints, ChainlinkReturns.PhaseChanged.selector);
        for (uint256 i = 2; i <= 8; i++) {
            VM.warp(block.timestamp + 120);
            next.submit(i, 2e8);
        }
        uint256 phase = 2 << 64;
        require(Proxy(_proxy).latestRound() == phase + 8);
        hints = bytes.concat(bytes10(uint80(phase + 7)), bytes10(uint80(phase + 6)), bytes10(uint80(phase + 3)));
        int256[] memory values = _source.features(_parameters, uint32(block.timestamp), hints);
        require(values[0] == 0 && values[1] == 0);
    }

    /// A round that nobody finished has the answer of the one before, from when the next one began.
    function test_aRoundAnsweredInAnotherIsTakenAsItIs() external {
        Flux flux = Chainlink.aggregator(18, 2);
        address proxy = Chainlink.proxy(flux);
        flux.submit(1, 1e18);
        VM.prank(address(2));
        flux.submit(1, 1e18);
        VM.warp(block.timestamp + 60);
        VM.prank(address(2));
        flux.submit(2, 3e18);
        VM.warp(block.timestamp + 700);
        flux.submit(3, 2e18);
        VM.prank(address(2));
        flux.submit(3, 2e18);
        VM.warp(block.timestamp + 1);
        uint32[] memory horizons = new uint32[](1);
        horizons[0] = 120;
        uint256 phase = 1 << 64;
        bytes memory hints = bytes.concat(bytes10(uint80(phase + 3)), bytes10(uint80(phase + 1)));
        int256[] memory values = _source.features(abi.encode(proxy, horizons), uint32(block.timestamp), hints);
        // Doubled: clamped.
        require(values[0] == 4095);
    }

    function _hints(uint64 a, uint64 b, uint64 c) private pure returns (bytes memory) {
        uint256 phase = 1 << 64;
        return bytes.concat(bytes10(uint80(phase + a)), bytes10(uint80(phase + b)), bytes10(uint80(phase + c)));
    }

    function _refuses(uint32 asOf, bytes memory hints, bytes4 why) private view {
        (bool done, bytes memory reason) =
            address(_source).staticcall(abi.encodeCall(_source.features, (_parameters, asOf, hints)));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }
}

/// The same feeds as the independent price of a vault, 8 and 18 decimals.
contract FeedPrices is World(2_500_000) {
    function test_aNumeraireWithAFeedOfItsOwn() external {
        Flux ofQuote = Chainlink.aggregator(8, 1);
        Flux ofBase = Chainlink.aggregator(18, 1);
        ofQuote.submit(1, 2e8);
        ofBase.submit(1, 2e18);
        policy.parts.assets[0].feed = Feed(Chainlink.proxy(ofQuote), 8, 86_400, 1e8, 3e8);
        policy.parts.assets[1].feed = Feed(Chainlink.proxy(ofBase), 18, 86_400, 1e18, 3e18);
        policy.limits.numbers.maxDeviationBps = 80;
        revise();
        executed(proven(decision(BUY)));
        pass(1);
        ofBase.submit(2, 2.02e18);
        Vault.Decision memory d = decision(BUY);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        (bool planned, bytes memory reason) =
            address(engine).staticcall(abi.encodeCall(engine.plan, (vault.planInput(d.asOf, 50, d.outputs, hints))));
        require(!planned && bytes4(reason) == IndependentPrice.PricesDisagree.selector);
        // Both moved: nothing has.
        ofQuote.submit(2, 2.02e8);
        executed(proven(d));
        policy.parts.assets[0].feed.proxy = address(0);
        (bool taken, bytes memory why) = address(rules).staticcall(abi.encodeCall(rules.validate, (abi.encode(policy))));
        require(!taken && bytes4(why) == PolicyRules.NoCode.selector);
    }
}
