// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Asset, Limits, Model, Numbers, Parts, Policy, PoolLimits} from "./Policy.sol";

/// The parts of a policy, each with a delay and at most one proposal of its own.
enum Part {
    LIMITS,
    MODEL,
    PARTS
}

/// When one policy is tighter than another: what may be put in force at once, by who may not loosen anything.
///
/// Tighter is equal in every field, but for those that are named here, each of which may go one way. Limits: bounds and
/// capacities fall; times to wait and floors rise. Parts: an asset is only sold from now on, an answer of a feed may be
/// less old, or must lie between narrower bounds. A model has no order.
contract PolicyOrder {
    /// @param field the first that is neither equal nor tighter, as text
    error NotTighter(bytes32 field);
    /// The part is not what `abi.encode` makes of it: whoever reads it elsewhere could read something else.
    error PartNotCanonicallyEncoded();

    /// The policy that has another part.
    /// @param policy `abi.encode(Policy)`
    /// @param with `abi.encode` of the part
    function replaced(bytes calldata policy, Part part, bytes calldata with) external pure returns (bytes memory) {
        Policy memory made = abi.decode(policy, (Policy));
        bytes memory written;
        if (part == Part.LIMITS) {
            made.limits = abi.decode(with, (Limits));
            written = abi.encode(made.limits);
        } else if (part == Part.MODEL) {
            made.model = abi.decode(with, (Model));
            written = abi.encode(made.model);
        } else {
            made.parts = abi.decode(with, (Parts));
            written = abi.encode(made.parts);
        }
        if (keccak256(written) != keccak256(with)) revert PartNotCanonicallyEncoded();
        return abi.encode(made);
    }

    /// Reverts unless `next` is tighter than `before` in this part, and equal in the others.
    function requireTighter(bytes calldata before, bytes calldata next, Part part) external pure {
        Policy memory a = abi.decode(before, (Policy));
        Policy memory b = abi.decode(next, (Policy));
        if (part == Part.MODEL) revert NotTighter("model");
        _same("model", abi.encode(a.model), abi.encode(b.model));
        if (part == Part.LIMITS) {
            _same("parts", abi.encode(a.parts), abi.encode(b.parts));
            _limits(a.limits, b.limits);
        } else {
            _same("limits", abi.encode(a.limits), abi.encode(b.limits));
            _parts(a.parts, b.parts);
        }
    }

    function _limits(Limits memory a, Limits memory b) private pure {
        _numbers(a.numbers, b.numbers);
        _equal("exposures", a.exposures.length, b.exposures.length);
        for (uint256 i = 0; i < a.exposures.length; i++) {
            _falls("exposures.most", a.exposures[i].most, b.exposures[i].most);
            _falls("exposures.mostBps", a.exposures[i].mostBps, b.exposures[i].mostBps);
        }
        _floors("limits.pools", a.pools, b.pools);
        _floors("limits.venues", a.venues, b.venues);
        _equal("limits.reserves", a.reserves.length, b.reserves.length);
        for (uint256 i = 0; i < a.reserves.length; i++) {
            _falls("mostSupplied", a.reserves[i].mostSupplied, b.reserves[i].mostSupplied);
            _falls("mostBorrowed", a.reserves[i].mostBorrowed, b.reserves[i].mostBorrowed);
        }
        _rises("healthFloorBps", a.healthFloorBps, b.healthFloorBps);
    }

    function _floors(bytes32 field, PoolLimits[] memory a, PoolLimits[] memory b) private pure {
        _equal(field, a.length, b.length);
        for (uint256 i = 0; i < a.length; i++) {
            _rises("minLiquidity", a[i].minLiquidity, b[i].minLiquidity);
            _falls("countedLiquidity", a[i].countedLiquidity, b[i].countedLiquidity);
        }
    }

    function _numbers(Numbers memory a, Numbers memory b) private pure {
        _equal("step", a.step, b.step);
        _equal("window", a.window, b.window);
        _equal("settle", a.settle, b.settle);
        _equal("minFillBps", a.minFillBps, b.minFillBps);
        _equal("minTrade", a.minTrade, b.minTrade);
        _falls("maxAge", a.maxAge, b.maxAge);
        _falls("maxSlippageBps", a.maxSlippageBps, b.maxSlippageBps);
        _falls("maxDrift", a.maxDrift, b.maxDrift);
        _falls("impactMargin", a.impactMargin, b.impactMargin);
        _falls("depthShareBps", a.depthShareBps, b.depthShareBps);
        _falls("maxDeviationBps", a.maxDeviationBps, b.maxDeviationBps);
        _falls("maxAction", a.maxAction, b.maxAction);
        _falls("turnover", a.turnover, b.turnover);
        _falls("dayLoss", a.dayLoss, b.dayLoss);
        _falls("monthLoss", a.monthLoss, b.monthLoss);
        _falls("maxLossPerAction", a.maxLossPerAction, b.maxLossPerAction);
        _rises("minInterval", a.minInterval, b.minInterval);
        _rises("sequencerGrace", a.sequencerGrace, b.sequencerGrace);
        _rises("turnoverWindow", a.turnoverWindow, b.turnoverWindow);
    }

    function _parts(Parts memory a, Parts memory b) private pure {
        _same("pools", abi.encode(a.pools), abi.encode(b.pools));
        _equal("action", uint160(a.action), uint160(b.action));
        _same("venues", abi.encode(a.venues), abi.encode(b.venues));
        _same("lending", abi.encode(a.lending), abi.encode(b.lending));
        _equal("assets", a.assets.length, b.assets.length);
        for (uint256 i = 0; i < a.assets.length; i++) {
            Asset memory was = a.assets[i];
            Asset memory is_ = b.assets[i];
            if (was.sellOnly && !is_.sellOnly) revert NotTighter("sellOnly");
            _falls("feed.heartbeat", was.feed.heartbeat, is_.feed.heartbeat);
            _rises("feed.least", was.feed.least, is_.feed.least);
            _falls("feed.most", was.feed.most, is_.feed.most);
            (is_.sellOnly, is_.feed.heartbeat) = (was.sellOnly, was.feed.heartbeat);
            (is_.feed.least, is_.feed.most) = (was.feed.least, was.feed.most);
            _same("assets", abi.encode(was), abi.encode(is_));
        }
    }

    function _falls(bytes32 field, uint256 was, uint256 is_) private pure {
        if (is_ > was) revert NotTighter(field);
    }

    function _rises(bytes32 field, uint256 was, uint256 is_) private pure {
        if (is_ < was) revert NotTighter(field);
    }

    function _equal(bytes32 field, uint256 was, uint256 is_) private pure {
        if (is_ != was) revert NotTighter(field);
    }

    function _same(bytes32 field, bytes memory was, bytes memory is_) private pure {
        if (keccak256(was) != keccak256(is_)) revert NotTighter(field);
    }
}
