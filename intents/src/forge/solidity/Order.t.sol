// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Asset, Feed, Hop, Limits, Model, Numbers, Parts, Policy, PoolLimits, PoolPart} from "vault/Policy.sol";
import {Exposure, Feature} from "vault/Policy.sol";
import {Part, PolicyOrder} from "vault/PolicyOrder.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// What is tighter: each field alone, by one, either way. None of these policies need be one that a vault would take.
contract Order {
    int8 private constant FALLS = -1;
    int8 private constant RISES = 1;
    int8 private constant EQUAL = 0;

    PolicyOrder private order = PolicyOrder(Deployed.ours("PolicyOrder", ""));

    // ---- limits

    function test_eachNumberGoesOneWayOrNone() external view {
        bytes32[19] memory names = [
            bytes32("step"), "maxAge", "minInterval", "window", "settle", "maxSlippageBps", "maxDrift", "impactMargin",
            "depthShareBps", "minFillBps", "maxDeviationBps", "sequencerGrace", "minTrade", "maxAction", "turnover",
            "turnoverWindow", "dayLoss", "monthLoss", "maxLossPerAction"
        ];
        int8[19] memory ways = [
            EQUAL, FALLS, RISES, EQUAL, EQUAL, FALLS, FALLS, FALLS, FALLS, EQUAL, FALLS, RISES, EQUAL, FALLS, FALLS, RISES,
            FALLS, FALLS, FALLS
        ];
        Numbers memory none;
        require(abi.encode(none).length == 32 * names.length, "a number that no row is of");
        Policy memory p = _policy();
        for (uint256 i = 0; i < names.length; i++) {
            _ways(Part.LIMITS, p, _word(p.limits.numbers, i), names[i], ways[i]);
        }
    }

    function test_exposuresFall() external view {
        Policy memory p = _policy();
        Exposure memory e = p.limits.exposures[1];
        require(abi.encode(e).length == 32 * 2, "a field that no row is of");
        _ways(Part.LIMITS, p, _word(e, 0), "exposures.most", FALLS);
        _ways(Part.LIMITS, p, _word(e, 1), "exposures.mostBps", FALLS);
        p.limits.exposures = new Exposure[](1);
        _wrong(Part.LIMITS, p, "exposures");
        p.limits.exposures = new Exposure[](3);
        _wrong(Part.LIMITS, p, "exposures");
    }

    function test_aPoolsFloorRisesAndWhatCountsFalls() external view {
        Policy memory p = _policy();
        PoolLimits memory l = p.limits.pools[1];
        require(abi.encode(l).length == 32 * 2, "a field that no row is of");
        _ways(Part.LIMITS, p, _word(l, 0), "minLiquidity", RISES);
        _ways(Part.LIMITS, p, _word(l, 1), "countedLiquidity", FALLS);
        p.limits.pools = new PoolLimits[](1);
        _wrong(Part.LIMITS, p, "limits.pools");
        p.limits.pools = new PoolLimits[](3);
        _wrong(Part.LIMITS, p, "limits.pools");
    }

    // ---- parts

    function test_anAssetIsSoldOnlyAndItsFeedSaysLess() external view {
        Policy memory p = _policy();
        Asset memory a = p.parts.assets[1];
        _ways(Part.PARTS, p, _word(a.feed, 2), "feed.heartbeat", FALLS);
        _ways(Part.PARTS, p, _word(a.feed, 3), "feed.least", RISES);
        _ways(Part.PARTS, p, _word(a.feed, 4), "feed.most", FALLS);
        a.sellOnly = true;
        _right(Part.PARTS, p);
        Policy memory back = _policy();
        (bool done, bytes memory reason) = _asked(p, back, Part.PARTS);
        require(!done && keccak256(reason) == keccak256(_words("sellOnly")), "bought again");
    }

    /// Token, decimals, route, proxy, the feed's decimals and unit, second pool and its side; how many assets there are.
    function test_anAssetIsElseWhatItWas() external view {
        Asset memory none;
        Feed memory noFeed;
        // Each field is one word, but for the route's offset and length, with its own offset before, and the feed's five.
        require(abi.encode(noFeed).length == 32 * 5 && abi.encode(none).length == 32 * (1 + 7 + 5 + 1), "a field more");
        Policy memory p = _policy();
        Asset memory a = p.parts.assets[1];
        _ways(Part.PARTS, p, _word(a, 0), "assets", EQUAL);
        _ways(Part.PARTS, p, _word(a, 1), "assets", EQUAL);
        _ways(Part.PARTS, p, _word(a.feed, 0), "assets", EQUAL);
        _ways(Part.PARTS, p, _word(a.feed, 1), "assets", EQUAL);
        _ways(Part.PARTS, p, _word(a, 6), "assets", EQUAL);
        _ways(Part.PARTS, p, _word(a.route[1], 0), "assets", EQUAL);
        a.route[1].inverted = true;
        _wrong(Part.PARTS, p, "assets");
        (a.route[1].inverted, a.feedInNumeraire) = (false, true);
        _wrong(Part.PARTS, p, "assets");
        (a.feedInNumeraire, a.secondInverted) = (false, true);
        _wrong(Part.PARTS, p, "assets");
        a.secondInverted = false;
        _right(Part.PARTS, p);
        a.route = new Hop[](1);
        _wrong(Part.PARTS, p, "assets");
        p = _policy();
        p.parts.assets = new Asset[](1);
        _wrong(Part.PARTS, p, "assets");
        p.parts.assets = new Asset[](3);
        _wrong(Part.PARTS, p, "assets");
    }

    function test_poolsAndActionAreWhatTheyWere() external view {
        Policy memory p = _policy();
        PoolPart memory pool = p.parts.pools[1];
        require(abi.encode(pool).length == 32 * 2, "a field that no row is of");
        _ways(Part.PARTS, p, _word(pool, 0), "pools", EQUAL);
        _ways(Part.PARTS, p, _word(pool, 1), "pools", EQUAL);
        _ways(Part.PARTS, p, _word(p.parts, 2), "action", EQUAL);
        p.parts.pools = new PoolPart[](1);
        _wrong(Part.PARTS, p, "pools");
    }

    // ---- what no part of the order is about

    function test_aModelHasNoOrder() external view {
        _wrong(Part.MODEL, _policy(), "model");
    }

    function test_theOtherPartsAreWhatTheyWere() external view {
        Policy memory p = _policy();
        p.model.agent = address(1);
        _wrong(Part.LIMITS, p, "model");
        _wrong(Part.PARTS, p, "model");
        p = _policy();
        p.limits.numbers.maxAction--;
        _wrong(Part.PARTS, p, "limits");
        p = _policy();
        p.parts.assets[1].sellOnly = true;
        _wrong(Part.LIMITS, p, "parts");
    }

    /// One part of it, and nothing else.
    function test_aPartIsReplaced() external view {
        Policy memory p = _policy();
        Policy memory q = _policy();
        q.limits.numbers.maxAction++;
        q.model.agent = address(1);
        q.parts.action = address(2);
        bytes[3] memory with = [abi.encode(q.limits), abi.encode(q.model), abi.encode(q.parts)];
        for (uint256 i = 0; i < 3; i++) {
            Policy memory made = abi.decode(order.replaced(abi.encode(p), Part(i), with[i]), (Policy));
            require(keccak256(abi.encode(made.limits)) == keccak256(abi.encode((i == 0 ? q : p).limits)));
            require(keccak256(abi.encode(made.model)) == keccak256(abi.encode((i == 1 ? q : p).model)));
            require(keccak256(abi.encode(made.parts)) == keccak256(abi.encode((i == 2 ? q : p).parts)));
        }
    }

    function test_aPartIsWrittenInOneWay() external view {
        Policy memory p = _policy();
        bytes[3] memory with = [abi.encode(p.limits), abi.encode(p.model), abi.encode(p.parts)];
        for (uint256 i = 0; i < 3; i++) {
            bytes memory more = bytes.concat(with[i], bytes32(0));
            (bool done, bytes memory reason) =
                address(order).staticcall(abi.encodeCall(order.replaced, (abi.encode(p), Part(i), more)));
            require(!done && bytes4(reason) == PolicyOrder.PartNotCanonicallyEncoded.selector, "two ways");
        }
    }

    // ---- how

    /// Where a field lies in memory: each has a word of its own there.
    function _word(Numbers memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(Exposure memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(PoolLimits memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(PoolPart memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(Feed memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(Asset memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(Hop memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    function _word(Parts memory of_, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(of_, shl(5, i))
        }
    }

    /// One more, and one less, of what stands there in a policy that else is as it was.
    function _ways(Part part, Policy memory p, uint256 here, bytes32 field, int8 way) private view {
        _add(here, 1);
        if (way == RISES) _right(part, p);
        else _wrong(part, p, field);
        _add(here, type(uint256).max - 1);
        if (way == FALLS) _right(part, p);
        else _wrong(part, p, field);
        _add(here, 1);
        _right(part, p);
    }

    function _add(uint256 here, uint256 what) private pure {
        assembly ("memory-safe") {
            mstore(here, add(mload(here), what))
        }
    }

    function _right(Part part, Policy memory p) private view {
        (bool done, bytes memory reason) = _asked(_policy(), p, part);
        require(done, string.concat("not tighter: ", VM.toString(reason)));
    }

    function _wrong(Part part, Policy memory p, bytes32 field) private view {
        (bool done, bytes memory reason) = _asked(_policy(), p, part);
        require(!done, string.concat("tighter: ", VM.toString(field)));
        require(keccak256(reason) == keccak256(_words(field)), string.concat("by another name: ", VM.toString(reason)));
    }

    function _words(bytes32 field) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PolicyOrder.NotTighter.selector, field);
    }

    function _asked(Policy memory a, Policy memory b, Part part)
        private
        view
        returns (bool done, bytes memory reason)
    {
        return address(order).staticcall(abi.encodeCall(order.requireTighter, (abi.encode(a), abi.encode(b), part)));
    }

    /// Nothing in it is 0, nor the most of its type.
    function _policy() private pure returns (Policy memory p) {
        for (uint256 i = 0; i < 19; i++) {
            _add(_word(p.limits.numbers, i), 1000 + i);
        }
        p.limits.exposures = new Exposure[](2);
        p.limits.pools = new PoolLimits[](2);
        p.parts.pools = new PoolPart[](2);
        p.parts.assets = new Asset[](2);
        for (uint256 i = 0; i < 2; i++) {
            p.limits.exposures[i] = Exposure(2000, 2001);
            p.limits.pools[i] = PoolLimits(3000, 2999);
            p.parts.pools[i] = PoolPart(address(4000), 500);
            Asset memory a = p.parts.assets[i];
            (a.token, a.decimals, a.secondPool) = (address(5000), 18, 2);
            a.route = new Hop[](2);
            (a.route[0].pool, a.route[1].pool) = (1, 2);
            a.feed = Feed(address(6000), 8, 3600, 100, 200);
        }
        p.parts.action = address(7000);
        (p.model.digest, p.model.code, p.model.agent) = (bytes32(uint256(1)), address(8000), address(9000));
        p.model.program = new Feature[](1);
    }
}
