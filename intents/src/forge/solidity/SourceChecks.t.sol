// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ChainlinkReturns} from "vault/ChainlinkReturns.sol";
import {Observations} from "vault/Observations.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {SignedReport} from "vault/SignedReport.sol";
import {TwapReturns} from "vault/TwapReturns.sol";
import {Deployed} from "./Deployed.sol";
import {ToldPool} from "./Odd.sol";
import {VM} from "./Vm.sol";

/// Rounds that are what they are told to be.
contract ToldRounds {
    struct Round {
        int256 answer;
        uint256 updatedAt;
        bool missing;
    }

    uint80 private _latest;
    mapping(uint80 => Round) private _rounds;

    function tell(uint80 round, int256 answer, uint256 updatedAt, bool missing) external {
        if (round > _latest) _latest = round;
        _rounds[round] = Round(answer, updatedAt, missing);
    }

    function latest(uint80 round) external {
        _latest = round;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory r = _rounds[_latest];
        return (_latest, r.answer, r.updatedAt, r.updatedAt, _latest);
    }

    function getRoundData(uint80 round) external view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory r = _rounds[round];
        require(!r.missing);
        return (round, r.answer, r.updatedAt, r.updatedAt, round);
    }
}

/// Refuses everything, in words that look like a pool's answer.
contract Eloquent {
    fallback() external {
        assembly {
            mstore(0x00, shl(96, 1))
            mstore(0x20, 0)
            mstore(0x40, 1)
            mstore(0x60, 3)
            revert(0x00, 0x80)
        }
    }
}

/// What sources refuse besides, each where it alone does.
contract SourceChecks {
    uint256 private constant BEGIN = 1_750_000_200;
    TwapReturns private immutable _twap = TwapReturns(Deployed.ours("TwapReturns", ""));
    ChainlinkReturns private immutable _rounds = ChainlinkReturns(Deployed.ours("ChainlinkReturns", ""));
    SignedReport private immutable _reports = SignedReport(Deployed.ours("SignedReport", ""));
    ToldPool private immutable _pool = new ToldPool(address(1), address(2), 500);
    ToldRounds private immutable _feed = new ToldRounds();

    constructor() {
        VM.warp(BEGIN);
        // Half of the time 6,000 ticks up, then back.
        _pool.observed(0, uint32(BEGIN - 600), 0, 0, true);
        _pool.observed(1, uint32(BEGIN - 300), 300 * 6000, 0, true);
        _pool.tell(1 << 96, 0, 1, 3, 1);
        _feed.tell(1, 100, BEGIN - 600, false);
        _feed.tell(2, 40, BEGIN - 300, false);
        _feed.tell(3, 160, BEGIN - 1, false);
    }

    // ---- returns of a pool ----

    function test_horizonsOfAPoolGrow() external {
        _width(address(_twap), _twapParameters(_list(300, 600)), 0);
        _width(address(_twap), _twapParameters(_list(600, 600)), TwapReturns.HorizonsNotGrowing.selector);
        uint32[] memory one = new uint32[](1);
        one[0] = 300;
        _width(address(_twap), _twapParameters(one), TwapReturns.HorizonsNotGrowing.selector);
        uint32[] memory many = new uint32[](65);
        for (uint32 i = 0; i < 65; i++) {
            many[i] = i + 1;
        }
        _width(address(_twap), _twapParameters(many), TwapReturns.HorizonsNotGrowing.selector);
        bytes memory parameters = abi.encode(address(this), false, _list(300, 600));
        _width(address(_twap), parameters, Observations.NotAPool.selector);
        parameters = abi.encode(address(new Eloquent()), false, _list(300, 600));
        _width(address(_twap), parameters, Observations.NotAPool.selector);
        _features(address(_twap), _twapParameters(_list(300, 600)), BEGIN, hex"00", TwapReturns.WrongHintLength.selector);
    }

    function test_aReturnOfAPoolHasItsBounds() external view {
        bytes memory hints = abi.encodePacked(uint16(1), uint16(1), uint16(0));
        require(_twap.features(_twapParameters(_list(300, 600)), uint32(BEGIN), hints)[0] == -4095);
        bytes memory inverted = abi.encode(address(_pool), true, _list(300, 600));
        require(_twap.features(inverted, uint32(BEGIN), hints)[0] == 4095);
    }

    function test_nothingIsKnownOfTheFuture() external view {
        bytes memory hints = abi.encodePacked(uint16(1), uint16(1), uint16(0));
        bytes memory parameters = _twapParameters(_list(300, 600));
        _features(address(_twap), parameters, BEGIN + 1, hints, Observations.InFuture.selector);
    }

    // ---- returns of a feed ----

    function test_horizonsOfAFeedGrow() external view {
        _width(address(_rounds), _feedParameters(_list(300, 600)), 0);
        _width(address(_rounds), _feedParameters(_list(600, 600)), ChainlinkReturns.HorizonsNotGrowing.selector);
        _width(address(_rounds), _feedParameters(new uint32[](0)), ChainlinkReturns.HorizonsNotGrowing.selector);
        uint32[] memory many = new uint32[](33);
        for (uint32 i = 0; i < 33; i++) {
            many[i] = i + 1;
        }
        _width(address(_rounds), _feedParameters(many), ChainlinkReturns.HorizonsNotGrowing.selector);
        (bool done,) =
            address(_rounds).staticcall(abi.encodeCall(_rounds.width, (abi.encode(address(_pool), _list(300, 600)))));
        require(!done, "a feed that is none");
    }

    function test_aReturnOfAFeedHasItsBounds() external view {
        int256[] memory values =
            _rounds.features(_feedParameters(_list(299, 599)), uint32(BEGIN), _rounded(3, 2, 1));
        require(values[0] == 4095 && values[1] == 4095);
        values = _rounds.features(_feedParameters(_list(100, 400)), uint32(BEGIN - 100), _rounded(2, 2, 1));
        require(values[0] == 0 && values[1] == -4095);
    }

    function test_roundsAreThereAndPositive() external {
        bytes memory parameters = _feedParameters(_list(299, 599));
        bytes memory hints = _rounded(3, 2, 1);
        _feed.tell(1, 0, BEGIN - 600, false);
        _features(address(_rounds), parameters, BEGIN, hints, ChainlinkReturns.AnswerNotPositive.selector);
        _feed.tell(1, 100, 0, false);
        _features(address(_rounds), parameters, BEGIN, hints, ChainlinkReturns.RoundMissing.selector);
        _feed.tell(1, 100, BEGIN - 600, true);
        _features(address(_rounds), parameters, BEGIN, hints, ChainlinkReturns.RoundMissing.selector);
        _feed.tell(1, 100, BEGIN - 600, false);
        // A round that the feed answers for, and says that it is not there yet.
        _feed.tell(4, 100, BEGIN - 1, false);
        _feed.tell(5, 100, BEGIN, false);
        _feed.latest(3);
        hints = _rounded(4, 2, 1);
        _features(address(_rounds), parameters, BEGIN, hints, ChainlinkReturns.RoundMissing.selector);
    }

    // ---- reports ----

    function test_whoSignsIsNamedInOrder() external view {
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (address(1), address(2));
        _terms(signers, 2, 64, 0);
        _terms(signers, 0, 1, SignedReport.ThresholdOutOfRange.selector);
        _terms(signers, 3, 1, SignedReport.ThresholdOutOfRange.selector);
        _terms(signers, 1, 0, SignedReport.WidthOutOfRange.selector);
        _terms(signers, 1, 65, SignedReport.WidthOutOfRange.selector);
        signers[1] = address(1);
        _terms(signers, 1, 1, SignedReport.SignersNotAscending.selector);
        _terms(new address[](0), 0, 1, SignedReport.SignersNotAscending.selector);
        signers = new address[](17);
        for (uint160 i = 0; i < 17; i++) {
            signers[i] = address(i + 1);
        }
        _terms(signers, 1, 1, SignedReport.SignersNotAscending.selector);
    }

    function test_aReportHasItsWidth() external view {
        address[] memory signers = new address[](1);
        signers[0] = VM.addr(11);
        bytes memory parameters = abi.encode(SignedReport.Terms(signers, 1, "schema", 2));
        _features(address(_reports), parameters, 600, _report(3), SignedReport.WrongWidth.selector);
        _features(address(_reports), parameters, 600, _report(2), 0);
    }

    function _report(uint256 width) private view returns (bytes memory) {
        int256[] memory values = new int256[](width);
        bytes[] memory signatures = new bytes[](1);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(11, _reports.reportDigest("schema", 600, values));
        signatures[0] = abi.encodePacked(r, s, v);
        return abi.encode(uint32(600), values, signatures);
    }

    // ---- prices ----

    function test_ticksAndValuesHaveTheirBounds() external view {
        this.root(887_272);
        this.root(-887_272);
        _maths(abi.encodeCall(this.root, (887_273)), PriceMath.TickOutOfRange.selector);
        _maths(abi.encodeCall(this.root, (-887_273)), PriceMath.TickOutOfRange.selector);
        require(this.valued((1 << 128) - 1, 1 << 96) == (1 << 128) - 1);
        _maths(abi.encodeCall(this.valued, ((1 << 128) - 1, (1 << 96) + (1 << 60))), PriceMath.ValueOverflow.selector);
        _maths(abi.encodeCall(this.valued, (1 << 200, 1 << 159)), PriceMath.ValueOverflow.selector);
    }

    function root(int256 tick) external pure returns (uint256) {
        return PriceMath.sqrtRatioX96(tick);
    }

    function valued(uint256 amount, uint256 sqrtX96) external pure returns (uint256) {
        return PriceMath.valueAt(amount, sqrtX96);
    }

    // ---- how ----

    function _list(uint32 a, uint32 b) private pure returns (uint32[] memory list) {
        list = new uint32[](2);
        (list[0], list[1]) = (a, b);
    }

    function _twapParameters(uint32[] memory horizons) private view returns (bytes memory) {
        return abi.encode(address(_pool), false, horizons);
    }

    function _feedParameters(uint32[] memory horizons) private view returns (bytes memory) {
        return abi.encode(address(_feed), horizons);
    }

    function _rounded(uint80 a, uint80 b, uint80 c) private pure returns (bytes memory) {
        return abi.encodePacked(a, b, c);
    }

    function _terms(address[] memory signers, uint256 threshold, uint256 width, bytes4 why) private view {
        _width(address(_reports), abi.encode(SignedReport.Terms(signers, threshold, "schema", width)), why);
    }

    function _width(address source, bytes memory parameters, bytes4 why) private view {
        _asked(source, abi.encodeCall(TwapReturns.width, (parameters)), why);
    }

    function _features(address source, bytes memory parameters, uint256 asOf, bytes memory hints, bytes4 why) private view {
        _asked(source, abi.encodeCall(TwapReturns.features, (parameters, uint32(asOf), hints)), why);
    }

    function _maths(bytes memory asked, bytes4 why) private view {
        _asked(address(this), asked, why);
    }

    function _asked(address who, bytes memory asked, bytes4 why) private view {
        (bool done, bytes memory reason) = who.staticcall(asked);
        require(done == (why == 0) && (done || bytes4(reason) == why), VM.toString(reason));
    }
}
