// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Feed, Numbers} from "./Policy.sol";

/// Where an asset's words begin, in memory.
type AssetAt is uint256;

using PolicyBlob for AssetAt global;

/// Reads a policy where it lies, in the bytes of `abi.encode(Policy)`, without decoding it: a decision looks at a few of
/// its words, and decoding touches all of them.
///
/// A dynamic part is where its offset says, counted from the beginning of the tuple that holds the offset; a static one
/// lies within its tuple. So `Numbers` and `Feed`, and arrays of small numbers, have the very layout that Solidity gives
/// them in memory, and are handed out as such: as views, which nobody may write to. Nothing is checked, neither offsets
/// nor indices: the bytes are ones that `PolicyRules.validate` took, which lets a policy be written in one way only.
///
/// Positions in bytes, [n] for offsets:
///
///     blob       the word 32, then: [0] limits, [32] model, [64] parts
///     limits     0 numbers (19 words), [608] exposures, [640] pools, [672] venues, [704] reserves, 736 healthFloorBps
///     model      0 digest, 32 code, 64 agent, [96] targets, [128] directions, 160 weightStepBps, [192] program,
///                [224] lendingTargets
///     feature    0 source, 32 width, [64] parameters
///     parts      [0] assets, [32] pools, 64 action, [96] venues, [128] lending
///     venue      0 asset, 32 action, 64 fee, [96] parameters
///     lending    0 desk, 32 pool, 64 eMode, [96] reserves (2 words each: asset, borrowable)
///     asset      0 token, 32 decimals, 64 sellOnly, [96] route, 128 feed (5 words), 288 feedInNumeraire,
///                320 secondPool, 352 secondInverted
library PolicyBlob {
    // ---- limits: the first part, right behind the three offsets

    function numbers(bytes memory blob) internal pure returns (Numbers memory found) {
        assembly ("memory-safe") {
            found := add(blob, 0xa0)
        }
    }

    /// Of an asset; they begin with asset 1.
    function exposure(bytes memory blob, uint256 asset_) internal pure returns (uint256 most, uint256 mostBps) {
        assembly ("memory-safe") {
            let limits := add(blob, 0xa0)
            let here := add(add(limits, mload(add(limits, 608))), sub(shl(6, asset_), 0x20))
            most := mload(here)
            mostBps := mload(add(here, 0x20))
        }
    }

    function poolLimits(bytes memory blob, uint256 pool_)
        internal
        pure
        returns (uint256 minLiquidity, uint256 countedLiquidity)
    {
        return _pair(blob, 640, pool_);
    }

    function venueLimits(bytes memory blob, uint256 venue_)
        internal
        pure
        returns (uint256 minLiquidity, uint256 countedLiquidity)
    {
        return _pair(blob, 672, venue_);
    }

    function reserveLimits(bytes memory blob, uint256 reserve_)
        internal
        pure
        returns (uint256 mostSupplied, uint256 mostBorrowed)
    {
        return _pair(blob, 704, reserve_);
    }

    function healthFloorBps(bytes memory blob) internal pure returns (uint256 found) {
        assembly ("memory-safe") {
            found := mload(add(blob, 0x380))
        }
    }

    /// Two words of an array of such pairs among the limits.
    function _pair(bytes memory blob, uint256 within, uint256 i) private pure returns (uint256 first, uint256 second) {
        assembly ("memory-safe") {
            let limits := add(blob, 0xa0)
            let here := add(add(limits, mload(add(limits, within))), add(shl(6, i), 0x20))
            first := mload(here)
            second := mload(add(here, 0x20))
        }
    }

    // ---- model

    function modelDigest(bytes memory blob) internal pure returns (bytes32) {
        return bytes32(_field(_model(blob), 0));
    }

    function modelCode(bytes memory blob) internal pure returns (address) {
        return address(uint160(_field(_model(blob), 32)));
    }

    function agent(bytes memory blob) internal pure returns (address) {
        return address(uint160(_field(_model(blob), 64)));
    }

    function targets(bytes memory blob) internal pure returns (uint16[] memory found) {
        uint256 here = _follow(_model(blob), 96);
        assembly ("memory-safe") {
            found := here
        }
    }

    function directions(bytes memory blob) internal pure returns (uint8[] memory found) {
        uint256 here = _follow(_model(blob), 128);
        assembly ("memory-safe") {
            found := here
        }
    }

    function weightStepBps(bytes memory blob) internal pure returns (uint256) {
        return _field(_model(blob), 160);
    }

    /// How many entries the program has.
    function features(bytes memory blob) internal pure returns (uint256) {
        return _field(_follow(_model(blob), 192), 0);
    }

    function feature(bytes memory blob, uint256 i)
        internal
        pure
        returns (address source, uint256 width, bytes memory parameters)
    {
        uint256 here = _element(_follow(_model(blob), 192), i);
        assembly ("memory-safe") {
            source := mload(here)
            width := mload(add(here, 0x20))
            parameters := add(here, mload(add(here, 0x40)))
        }
    }

    function lendingTargets(bytes memory blob) internal pure returns (uint16[] memory found) {
        uint256 here = _follow(_model(blob), 224);
        assembly ("memory-safe") {
            found := here
        }
    }

    // ---- parts

    /// How many assets there are.
    function assets(bytes memory blob) internal pure returns (uint256) {
        return _field(_follow(_parts(blob), 0), 0);
    }

    function asset(bytes memory blob, uint256 i) internal pure returns (AssetAt) {
        return AssetAt.wrap(_element(_follow(_parts(blob), 0), i));
    }

    /// Whether both list the same tokens in the same places.
    function sameAssets(bytes memory blob, bytes memory other) internal pure returns (bool) {
        uint256 count = assets(blob);
        if (assets(other) != count) return false;
        for (uint256 i = 0; i < count; i++) {
            if (token(asset(blob, i)) != token(asset(other, i))) return false;
        }
        return true;
    }

    /// How many pools there are.
    function pools(bytes memory blob) internal pure returns (uint256) {
        return _field(_follow(_parts(blob), 32), 0);
    }

    function pool(bytes memory blob, uint256 i) internal pure returns (address place, uint256 fee) {
        uint256 list = _follow(_parts(blob), 32);
        assembly ("memory-safe") {
            let here := add(list, add(shl(6, i), 0x20))
            place := mload(here)
            fee := mload(add(here, 0x20))
        }
    }

    function action(bytes memory blob) internal pure returns (address) {
        return address(uint160(_field(_parts(blob), 64)));
    }

    // ---- venues

    /// How many venues there are beside the routes.
    function venues(bytes memory blob) internal pure returns (uint256) {
        return _field(_follow(_parts(blob), 96), 0);
    }

    function venue(bytes memory blob, uint256 i)
        internal
        pure
        returns (uint256 asset_, address action_, uint256 fee, bytes memory parameters)
    {
        uint256 here = _element(_follow(_parts(blob), 96), i);
        assembly ("memory-safe") {
            asset_ := mload(here)
            action_ := mload(add(here, 0x20))
            fee := mload(add(here, 0x40))
            parameters := add(here, mload(add(here, 0x60)))
        }
    }

    // ---- lending

    /// The desk's address, 0 for no lending.
    function desk(bytes memory blob) internal pure returns (address) {
        return address(uint160(_field(_lending(blob), 0)));
    }

    function lendingPool(bytes memory blob) internal pure returns (address) {
        return address(uint160(_field(_lending(blob), 32)));
    }

    function eMode(bytes memory blob) internal pure returns (uint256) {
        return _field(_lending(blob), 64);
    }

    /// How many reserves there are.
    function reserves(bytes memory blob) internal pure returns (uint256) {
        return _field(_follow(_lending(blob), 96), 0);
    }

    function reserve(bytes memory blob, uint256 i) internal pure returns (uint256 asset_, bool borrowable) {
        uint256 list = _follow(_lending(blob), 96);
        assembly ("memory-safe") {
            let here := add(list, add(shl(6, i), 0x20))
            asset_ := mload(here)
            borrowable := mload(add(here, 0x20))
        }
    }

    /// The reserves' tokens, in their order.
    function reserveTokens(bytes memory blob) internal pure returns (address[] memory tokens) {
        tokens = new address[](reserves(blob));
        for (uint256 i = 0; i < tokens.length; i++) {
            (uint256 place,) = reserve(blob, i);
            tokens[i] = token(asset(blob, place));
        }
    }

    function _lending(bytes memory blob) private pure returns (uint256) {
        return _follow(_parts(blob), 128);
    }

    // ---- an asset

    function token(AssetAt here) internal pure returns (address) {
        return address(uint160(_field(AssetAt.unwrap(here), 0)));
    }

    function decimals(AssetAt here) internal pure returns (uint256) {
        return _field(AssetAt.unwrap(here), 32);
    }

    function sellOnly(AssetAt here) internal pure returns (bool) {
        return _field(AssetAt.unwrap(here), 64) != 0;
    }

    /// How many pools its route has.
    function hops(AssetAt here) internal pure returns (uint256) {
        return _field(_follow(AssetAt.unwrap(here), 96), 0);
    }

    function hop(AssetAt here, uint256 h) internal pure returns (uint256 pool_, bool inverted) {
        uint256 route = _follow(AssetAt.unwrap(here), 96);
        assembly ("memory-safe") {
            let place := add(route, add(shl(6, h), 0x20))
            pool_ := mload(place)
            inverted := mload(add(place, 0x20))
        }
    }

    /// The feed's address, 0 for none.
    function proxy(AssetAt here) internal pure returns (address) {
        return address(uint160(_field(AssetAt.unwrap(here), 128)));
    }

    function feed(AssetAt here) internal pure returns (Feed memory found) {
        assembly ("memory-safe") {
            found := add(here, 128)
        }
    }

    function feedInNumeraire(AssetAt here) internal pure returns (bool) {
        return _field(AssetAt.unwrap(here), 288) != 0;
    }

    function secondPool(AssetAt here) internal pure returns (uint256) {
        return _field(AssetAt.unwrap(here), 320);
    }

    function secondInverted(AssetAt here) internal pure returns (bool) {
        return _field(AssetAt.unwrap(here), 352) != 0;
    }

    // ---- how

    function _model(bytes memory blob) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(add(blob, 0x40), mload(add(blob, 0x60)))
        }
    }

    function _parts(bytes memory blob) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(add(blob, 0x40), mload(add(blob, 0x80)))
        }
    }

    function _field(uint256 tuple, uint256 within) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(tuple, within))
        }
    }

    /// Where the dynamic part lies whose offset is so far within the tuple.
    function _follow(uint256 tuple, uint256 within) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := add(tuple, mload(add(tuple, within)))
        }
    }

    /// Where an element of an array of dynamic tuples lies.
    function _element(uint256 list, uint256 i) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            let heads := add(list, 0x20)
            here := add(heads, mload(add(heads, shl(5, i))))
        }
    }
}
