// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DataAsCode} from "vault/DataAsCode.sol";
import {
    Asset, Exposure, Feature, Feed, Hop, Limits, Model, Numbers, Parts, Policy, PoolLimits, PoolPart, Reserve,
    ReserveLimits, Venue
} from "vault/Policy.sol";
import {AssetAt, PolicyBlob} from "vault/PolicyBlob.sol";

/// A policy read where it lies is the one that was written.
contract Blob {
    using PolicyBlob for bytes;

    uint256 private _seed;

    function testFuzz_readingIsDecoding(uint256 seed) external {
        _seed = seed;
        Policy memory policy = Policy(_limits(), _model(), _parts());
        bytes memory blob = abi.encode(policy);
        require(keccak256(abi.encode(blob.numbers())) == keccak256(abi.encode(policy.limits.numbers)), "numbers");
        _sameLimits(blob, policy.limits);
        _sameModel(blob, policy.model);
        _sameParts(blob, policy.parts);
    }

    function test_whatIsStoredIsRead() external {
        uint256[5] memory lengths = [uint256(1), 31, 32, 33, 24_575];
        for (uint256 i = 0; i < lengths.length; i++) {
            bytes memory data = new bytes(lengths[i]);
            data[lengths[i] - 1] = 0x07;
            address place = DataAsCode.store(data);
            require(place.code.length == lengths[i] + 1 && place.code[0] == 0);
            bytes memory read = DataAsCode.read(place);
            // What is allocated next lies behind it.
            bytes memory next = new bytes(32);
            next[0] = 0xff;
            require(keccak256(read) == keccak256(data));
        }
        require(DataAsCode.store(new bytes(24_576)) == address(0) && DataAsCode.store(new bytes(65_536)) == address(0));
        require(DataAsCode.read(address(7)).length == 0);
    }

    // ---- the same ----

    function _sameLimits(bytes memory blob, Limits memory limits) private pure {
        for (uint256 i = 0; i < limits.exposures.length; i++) {
            (uint256 most, uint256 mostBps) = blob.exposure(i + 1);
            require(most == limits.exposures[i].most && mostBps == limits.exposures[i].mostBps, "exposure");
        }
        for (uint256 i = 0; i < limits.pools.length; i++) {
            (uint256 floor, uint256 counted) = blob.poolLimits(i);
            require(floor == limits.pools[i].minLiquidity && counted == limits.pools[i].countedLiquidity, "liquidity");
        }
        for (uint256 i = 0; i < limits.venues.length; i++) {
            (uint256 floor, uint256 counted) = blob.venueLimits(i);
            require(floor == limits.venues[i].minLiquidity && counted == limits.venues[i].countedLiquidity, "venues");
        }
        for (uint256 i = 0; i < limits.reserves.length; i++) {
            (uint256 supplied, uint256 borrowed) = blob.reserveLimits(i);
            ReserveLimits memory reserve = limits.reserves[i];
            require(supplied == reserve.mostSupplied && borrowed == reserve.mostBorrowed, "reserves");
        }
        require(blob.healthFloorBps() == limits.healthFloorBps, "health");
    }

    function _sameModel(bytes memory blob, Model memory model) private pure {
        require(blob.modelDigest() == model.digest && blob.modelCode() == model.code && blob.agent() == model.agent);
        require(keccak256(abi.encode(blob.targets())) == keccak256(abi.encode(model.targets)), "targets");
        require(keccak256(abi.encode(blob.directions())) == keccak256(abi.encode(model.directions)), "directions");
        require(blob.weightStepBps() == model.weightStepBps && blob.features() == model.program.length, "model");
        require(keccak256(abi.encode(blob.lendingTargets())) == keccak256(abi.encode(model.lendingTargets)), "lending");
        for (uint256 i = 0; i < model.program.length; i++) {
            Feature memory feature = model.program[i];
            (address source, uint256 width, bytes memory parameters) = blob.feature(i);
            require(source == feature.source && width == feature.width, "feature");
            require(keccak256(parameters) == keccak256(feature.parameters), "parameters");
        }
    }

    function _sameParts(bytes memory blob, Parts memory parts) private pure {
        require(blob.assets() == parts.assets.length && blob.pools() == parts.pools.length, "parts");
        require(blob.action() == parts.action, "action");
        for (uint256 i = 0; i < parts.pools.length; i++) {
            (address place, uint256 fee) = blob.pool(i);
            require(place == parts.pools[i].pool && fee == parts.pools[i].fee, "pool");
        }
        for (uint256 i = 0; i < parts.assets.length; i++) {
            _sameAsset(blob.asset(i), parts.assets[i]);
        }
        require(blob.venues() == parts.venues.length && blob.reserves() == parts.lending.reserves.length, "counts");
        for (uint256 i = 0; i < parts.venues.length; i++) {
            (uint256 asset, address action, uint256 fee, bytes memory parameters) = blob.venue(i);
            Venue memory venue = parts.venues[i];
            require(asset == venue.asset && action == venue.action && fee == venue.fee, "venue");
            require(keccak256(parameters) == keccak256(venue.parameters), "way");
        }
        require(blob.desk() == parts.lending.desk && blob.lendingPool() == parts.lending.pool, "lending");
        require(blob.eMode() == parts.lending.eMode, "category");
        for (uint256 i = 0; i < parts.lending.reserves.length; i++) {
            (uint256 asset, bool borrowable) = blob.reserve(i);
            Reserve memory reserve = parts.lending.reserves[i];
            require(asset == reserve.asset && borrowable == reserve.borrowable, "reserve");
        }
        address[] memory tokens = blob.reserveTokens();
        for (uint256 i = 0; i < tokens.length; i++) {
            require(tokens[i] == parts.assets[parts.lending.reserves[i].asset].token, "tokens");
        }
    }

    function _sameAsset(AssetAt read, Asset memory asset) private pure {
        require(read.token() == asset.token && read.decimals() == asset.decimals && read.sellOnly() == asset.sellOnly, "asset");
        require(keccak256(abi.encode(read.feed())) == keccak256(abi.encode(asset.feed)), "feed");
        require(read.proxy() == asset.feed.proxy && read.feedInNumeraire() == asset.feedInNumeraire, "proxy");
        require(read.secondPool() == asset.secondPool && read.secondInverted() == asset.secondInverted, "second pool");
        require(read.hops() == asset.route.length, "route");
        for (uint256 h = 0; h < asset.route.length; h++) {
            (uint256 pool, bool inverted) = read.hop(h);
            require(pool == asset.route[h].pool && inverted == asset.route[h].inverted, "hop");
        }
    }

    // ---- any policy ----

    function _limits() private returns (Limits memory limits) {
        limits.numbers = Numbers(
            uint32(_any()), uint32(_any()), uint32(_any()), uint32(_any()), uint32(_any()), uint16(_any()),
            uint16(_any()), uint16(_any()), uint16(_any()), uint16(_any()), uint16(_any()), uint32(_any()),
            uint128(_any()), uint128(_any()), uint128(_any()), uint32(_any()), uint96(_any()), uint96(_any()),
            uint96(_any())
        );
        limits.exposures = new Exposure[](_any() % 8);
        for (uint256 i = 0; i < limits.exposures.length; i++) {
            limits.exposures[i] = Exposure(uint128(_any()), uint16(_any()));
        }
        limits.pools = new PoolLimits[](_any() % 13);
        for (uint256 i = 0; i < limits.pools.length; i++) {
            limits.pools[i] = PoolLimits(uint128(_any()), uint128(_any()));
        }
        limits.venues = new PoolLimits[](_any() % 17);
        for (uint256 i = 0; i < limits.venues.length; i++) {
            limits.venues[i] = PoolLimits(uint128(_any()), uint128(_any()));
        }
        limits.reserves = new ReserveLimits[](_any() % 5);
        for (uint256 i = 0; i < limits.reserves.length; i++) {
            limits.reserves[i] = ReserveLimits(uint128(_any()), uint128(_any()));
        }
        limits.healthFloorBps = uint32(_any());
    }

    function _model() private returns (Model memory model) {
        (model.digest, model.code, model.agent) = (bytes32(_any()), _place(), _place());
        model.targets = new uint16[](_any() % 20);
        for (uint256 i = 0; i < model.targets.length; i++) {
            model.targets[i] = uint16(_any());
        }
        model.directions = new uint8[](_any() % 17);
        for (uint256 i = 0; i < model.directions.length; i++) {
            model.directions[i] = uint8(_any());
        }
        model.weightStepBps = uint16(_any());
        model.lendingTargets = new uint16[](_any() % 20);
        for (uint256 i = 0; i < model.lendingTargets.length; i++) {
            model.lendingTargets[i] = uint16(_any());
        }
        model.program = new Feature[](_any() % 9);
        for (uint256 i = 0; i < model.program.length; i++) {
            model.program[i] = Feature(_place(), uint16(_any()), _bytes());
        }
    }

    function _parts() private returns (Parts memory parts) {
        parts.assets = new Asset[](_any() % 9);
        for (uint256 i = 0; i < parts.assets.length; i++) {
            Asset memory asset = parts.assets[i];
            (asset.token, asset.decimals, asset.sellOnly) = (_place(), uint8(_any()), _any() & 1 != 0);
            asset.route = new Hop[](_any() % 4);
            for (uint256 h = 0; h < asset.route.length; h++) {
                asset.route[h] = Hop(uint8(_any()), _any() & 1 != 0);
            }
            asset.feed = Feed(_place(), uint8(_any()), uint32(_any()), uint128(_any()), uint128(_any()));
            (asset.feedInNumeraire, asset.secondPool, asset.secondInverted) =
                (_any() & 1 != 0, uint8(_any()), _any() & 1 != 0);
        }
        parts.pools = new PoolPart[](_any() % 13);
        for (uint256 i = 0; i < parts.pools.length; i++) {
            parts.pools[i] = PoolPart(_place(), uint24(_any()));
        }
        parts.action = _place();
        parts.venues = new Venue[](_any() % 17);
        for (uint256 i = 0; i < parts.venues.length; i++) {
            parts.venues[i] = Venue(uint8(_any()), _place(), uint24(_any()), _bytes());
        }
        (parts.lending.desk, parts.lending.pool, parts.lending.eMode) = (_place(), _place(), uint8(_any()));
        parts.lending.reserves = new Reserve[](parts.assets.length == 0 ? 0 : _any() % 5);
        for (uint256 i = 0; i < parts.lending.reserves.length; i++) {
            parts.lending.reserves[i] = Reserve(uint8(_any() % parts.assets.length), _any() & 1 != 0);
        }
    }

    function _bytes() private returns (bytes memory made) {
        made = new bytes(_any() % 100);
        for (uint256 i = 0; i < made.length; i++) {
            made[i] = bytes1(uint8(_any()));
        }
    }

    function _any() private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed;
    }

    function _place() private returns (address) {
        return address(uint160(_any()));
    }
}
