// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Bounds} from "./Bounds.sol";
import {
    Asset, Feature, Feed, HOLD, Hop, Lending, Limits, Model, Numbers, Parts, Policy, PoolLimits, PoolPart, Venue
} from "./Policy.sol";
import {IAggregator} from "./IndependentPrice.sol";
import {IFeatureSource} from "./IFeatureSource.sol";
import {ILendingDesk} from "./ILendingDesk.sol";
import {IUniswapV3Factory, IUniswapV3Pool} from "./IUniswapV3Pool.sol";
import {IVenue} from "./IVenue.sol";
import {KeyStore} from "./KeyStore.sol";
import {PriceGuard} from "./PriceGuard.sol";

/// What a policy may be at all: every number within its bounds, every part of it there and what it says it is.
contract PolicyRules {
    KeyStore public immutable keys;
    IUniswapV3Factory public immutable factory;
    /// The chain's sequencer feed, or 0: with one, a policy must name a grace.
    address public immutable sequencer;

    uint256 private constant BPS = Bounds.BPS;

    /// The blob is not what `abi.encode` makes of the policy in it.
    error NotCanonicallyEncoded();
    /// @param field the policy's field, as text
    error PolicyOutOfBounds(bytes32 field, uint256 value);
    /// The model's shape is not what the policy makes of it.
    error WrongModel(bytes32 what, uint256 policy, uint256 model);
    /// The address holds no code.
    error NoCode(bytes32 what, address place);
    error WrongDecimals(address token, uint256 policy, uint256 token_);
    error TokenTwice(address token);
    /// A pool under two indices, or twice on a route, would bear twice what it bears, and agree with itself as a second
    /// opinion.
    error PoolTwice(address pool);
    /// The v3 factory knows no such pool of these tokens.
    error NotCanonical(address pool, address known);
    /// A route's pool does not trade what arrives there.
    error NotARoute(address pool, address arriving);
    /// Fewer than three observations: grow the pool's cardinality.
    error RingTooSmall(address pool, uint256 cardinality);
    error WrongWidth(address source, uint256 policy, uint256 source_);
    /// The way of a venue costs something else than the policy says.
    /// @param venue its index
    error WrongFee(uint256 venue, uint256 policy, uint256 action);
    /// A venue under two indices.
    error VenueTwice(uint256 first, uint256 second);
    /// An asset under two reserves.
    error ReserveTwice(uint256 asset);
    /// The policy lends nothing, so it has neither loans to look at nor anything else of lending.
    error NoLending(bytes32 field);

    constructor(KeyStore keys_, IUniswapV3Factory factory_, address sequencer_) {
        (keys, factory, sequencer) = (keys_, factory_, sequencer_);
    }

    /// Reverts, naming the first thing wrong.
    /// @param blob `abi.encode(Policy)`
    function validate(bytes calldata blob) external view {
        Policy memory policy = abi.decode(blob, (Policy));
        // One way to write it, so that one policy has one hash, and may be read where it lies.
        if (keccak256(abi.encode(policy)) != keccak256(blob)) revert NotCanonicallyEncoded();
        Parts memory parts = policy.parts;
        uint256 assets = parts.assets.length;
        _within("assets", assets, 2, Bounds.ASSETS);
        _within("pools", parts.pools.length, 1, Bounds.POOLS);
        if (parts.action.code.length == 0) revert NoCode("action", parts.action);
        for (uint256 i = 0; i < parts.pools.length; i++) {
            for (uint256 j = 0; j < i; j++) {
                if (parts.pools[i].pool == parts.pools[j].pool) revert PoolTwice(parts.pools[i].pool);
            }
            _checkPool(parts.pools[i].pool, parts.pools[i].fee);
        }
        bool second;
        for (uint256 i = 0; i < assets; i++) {
            for (uint256 j = 0; j < i; j++) {
                if (parts.assets[i].token == parts.assets[j].token) revert TokenTwice(parts.assets[i].token);
            }
            _checkAsset(parts, i, policy.limits.numbers.maxSlippageBps);
            if (parts.assets[i].feed.proxy != address(0) || parts.assets[i].secondPool != 0) second = true;
        }
        _within("venues", parts.venues.length, 0, Bounds.VENUES);
        for (uint256 i = 0; i < parts.venues.length; i++) {
            _checkVenue(parts, i, policy.limits.numbers.maxSlippageBps);
        }
        _checkLimits(policy.limits, assets - 1, parts, second);
        _checkModel(policy.model, assets - 1, parts.lending.reserves.length);
        _checkLending(parts);
    }

    function _checkLimits(Limits memory limits, uint256 others, Parts memory parts, bool second) private view {
        Numbers memory l = limits.numbers;
        _within("step", l.step, Bounds.STEP_LEAST, Bounds.STEP_MOST);
        _within("maxAge", l.maxAge, 1, l.step / 2);
        _within("minInterval", l.minInterval, 0, l.step - l.maxAge);
        _within("window", l.window, Bounds.WINDOW_LEAST, Bounds.WINDOW_MOST);
        _within("settle", l.settle, 1, l.window);
        _within("maxSlippageBps", l.maxSlippageBps, 1, Bounds.SLIPPAGE_MOST);
        _within("maxDrift", l.maxDrift, 1, Bounds.DRIFT_MOST);
        _within("maxSlippageBps + maxDrift", uint256(l.maxSlippageBps) + l.maxDrift, 2, Bounds.ROOM_MOST);
        _within("impactMargin", l.impactMargin, 0, Bounds.IMPACT_MARGIN_MOST);
        _within("depthShareBps", l.depthShareBps, 1, BPS);
        _within("minFillBps", l.minFillBps, 1, BPS);
        _within("maxDeviationBps", l.maxDeviationBps, second ? 1 : 0, BPS);
        if (sequencer != address(0)) {
            _within("sequencerGrace", l.sequencerGrace, Bounds.SEQUENCER_GRACE_LEAST, type(uint32).max);
        }
        _within("minTrade", l.minTrade, 1, Bounds.BOOK_MOST);
        _within("maxAction", l.maxAction, l.minTrade, Bounds.BOOK_MOST);
        _within("turnover", l.turnover, l.minTrade, Bounds.BOOK_MOST);
        _within("turnoverWindow", l.turnoverWindow, l.step, 366 days);
        _within("monthLoss", l.monthLoss, 1, Bounds.LOSS_MOST);
        _within("dayLoss", l.dayLoss, 1, l.monthLoss);
        _within("maxLossPerAction", l.maxLossPerAction, 1, l.monthLoss);
        _within("exposures", limits.exposures.length, others, others);
        for (uint256 i = 0; i < others; i++) {
            _within("exposures.mostBps", limits.exposures[i].mostBps, 0, BPS);
        }
        _checkFloors("limits.pools", limits.pools, parts.pools.length);
        _checkFloors("limits.venues", limits.venues, parts.venues.length);
        uint256 reserves = parts.lending.reserves.length;
        _within("limits.reserves", limits.reserves.length, reserves, reserves);
        if (reserves == 0) _within("healthFloorBps", limits.healthFloorBps, 0, 0);
        else _within("healthFloorBps", limits.healthFloorBps, Bounds.HEALTH_FLOOR_LEAST, Bounds.HEALTH_FLOOR_MOST);
    }

    function _checkFloors(bytes32 field, PoolLimits[] memory floors, uint256 count) private pure {
        _within(field, floors.length, count, count);
        for (uint256 i = 0; i < count; i++) {
            _within("minLiquidity", floors[i].minLiquidity, 1, type(uint128).max);
            _within("countedLiquidity", floors[i].countedLiquidity, 1, floors[i].minLiquidity);
        }
    }

    /// @param reserves 0 without lending
    function _checkModel(Model memory model, uint256 others, uint256 reserves) private view {
        address code = keys.codeOf(model.digest);
        if (code != model.code) revert NoCode("key", model.code);
        if (model.agent == address(0)) revert NoCode("agent", address(0));
        (uint256 inputs, bool linear, uint256 outputs) = keys.shapeOf(model.digest);
        if (linear) {
            _within("weightStepBps", model.weightStepBps, 1, BPS);
            uint256 wanted = others + 2 * reserves;
            if (outputs != wanted) revert WrongModel("outputs", wanted, outputs);
            _within("targets", model.targets.length + model.directions.length, 0, 0);
            _within("lendingTargets", model.lendingTargets.length, 0, 0);
        } else {
            _within("weightStepBps", model.weightStepBps, 0, 0);
            _within("decisions", model.directions.length, 1, Bounds.DECISIONS);
            if (outputs != model.directions.length) revert WrongModel("outputs", model.directions.length, outputs);
            _within("targets", model.targets.length, outputs * others, outputs * others);
            for (uint256 d = 0; d < outputs; d++) {
                _within("directions", model.directions[d], 1, reserves == 0 ? 3 : 15);
                uint256 sum;
                for (uint256 i = 0; i < others; i++) {
                    uint256 target = model.targets[d * others + i];
                    if (target != HOLD) sum += target;
                }
                _within("targets", sum, 0, BPS);
            }
            uint256 lent = 2 * outputs * reserves;
            _within("lendingTargets", model.lendingTargets.length, lent, lent);
            for (uint256 i = 0; i < lent; i++) {
                if (model.lendingTargets[i] != HOLD) _within("lendingTargets", model.lendingTargets[i], 0, BPS);
            }
        }
        uint256 width;
        _within("program", model.program.length, 1, Bounds.SOURCES);
        for (uint256 i = 0; i < model.program.length; i++) {
            Feature memory feature = model.program[i];
            uint256 own = 2 * others + 2;
            if (feature.source == address(0)) {
                if (feature.parameters.length != 0) own = _loansWidth(feature, reserves);
            } else {
                if (feature.source.code.length == 0) revert NoCode("source", feature.source);
                own = IFeatureSource(feature.source).width(feature.parameters);
            }
            if (own != feature.width) revert WrongWidth(feature.source, feature.width, own);
            width += own;
        }
        if (width != inputs) revert WrongModel("inputs", width, inputs);
    }

    /// Features of a vault's loans: one byte says so, in one way.
    function _loansWidth(Feature memory feature, uint256 reserves) private pure returns (uint256) {
        if (feature.parameters.length != 1 || feature.parameters[0] != 0x01) {
            revert PolicyOutOfBounds("program.parameters", feature.parameters.length);
        }
        if (reserves == 0) revert NoLending("program");
        return 1 + 4 * reserves;
    }

    function _checkVenue(Parts memory parts, uint256 v, uint256 slippage) private view {
        Venue memory venue = parts.venues[v];
        _within("venue.asset", venue.asset, 1, parts.assets.length - 1);
        _within("venue.fee", venue.fee, 1, Bounds.VENUE_FEE_MOST);
        if (venue.action.code.length == 0) revert NoCode("venue", venue.action);
        for (uint256 i = 0; i < v; i++) {
            Venue memory other = parts.venues[i];
            bool same = other.asset == venue.asset && other.action == venue.action
                && keccak256(other.parameters) == keccak256(venue.parameters);
            if (same) revert VenueTwice(i, v);
        }
        if (int256(slippage) <= PriceGuard.feeTicks(venue.fee)) revert PolicyOutOfBounds("maxSlippageBps", slippage);
        uint256 fee = IVenue(venue.action).feeOf(
            venue.parameters, parts.assets[venue.asset].token, parts.assets[0].token
        );
        if (fee != venue.fee) revert WrongFee(v, venue.fee, fee);
    }

    function _checkLending(Parts memory parts) private view {
        Lending memory lending = parts.lending;
        uint256 reserves = lending.reserves.length;
        if (lending.desk == address(0)) {
            if (lending.pool != address(0)) revert NoLending("lending.pool");
            if (lending.eMode != 0) revert NoLending("lending.eMode");
            if (reserves != 0) revert NoLending("lending.reserves");
            return;
        }
        if (lending.desk.code.length == 0) revert NoCode("desk", lending.desk);
        _within("reserves", reserves, 1, Bounds.RESERVES);
        address[] memory tokens = new address[](reserves);
        uint256[] memory decimals = new uint256[](reserves);
        bool[] memory borrowable = new bool[](reserves);
        for (uint256 r = 0; r < reserves; r++) {
            uint256 place = lending.reserves[r].asset;
            _within("reserve.asset", place, 0, parts.assets.length - 1);
            for (uint256 i = 0; i < r; i++) {
                if (lending.reserves[i].asset == place) revert ReserveTwice(place);
            }
            (tokens[r], decimals[r]) = (parts.assets[place].token, parts.assets[place].decimals);
            borrowable[r] = lending.reserves[r].borrowable;
        }
        ILendingDesk(lending.desk).check(lending.pool, lending.eMode, tokens, decimals, borrowable);
    }

    function _checkPool(address place, uint256 fee) private view {
        IUniswapV3Pool pool = IUniswapV3Pool(place);
        if (place.code.length == 0) revert NoCode("pool", place);
        if (pool.fee() != fee) revert PolicyOutOfBounds("pool.fee", fee);
        address known = factory.getPool(pool.token0(), pool.token1(), uint24(fee));
        if (known != place) revert NotCanonical(place, known);
        (,,, uint256 cardinality,,,) = pool.slot0();
        if (cardinality < 3) revert RingTooSmall(place, cardinality);
    }

    function _checkAsset(Parts memory parts, uint256 i, uint256 slippage) private view {
        Asset memory asset = parts.assets[i];
        if (asset.token.code.length == 0) revert NoCode("token", asset.token);
        uint256 decimals = IERC20Metadata(asset.token).decimals();
        if (decimals != asset.decimals) revert WrongDecimals(asset.token, asset.decimals, decimals);
        _within("decimals", decimals, 0, Bounds.TOKEN_DECIMALS_MOST);
        Feed memory feed = asset.feed;
        if (feed.proxy != address(0)) {
            if (feed.proxy.code.length == 0) revert NoCode("feed", feed.proxy);
            uint256 feedDecimals = IAggregator(feed.proxy).decimals();
            if (feedDecimals != feed.decimals) revert WrongDecimals(feed.proxy, feed.decimals, feedDecimals);
            _within("feed.decimals", feedDecimals, 0, Bounds.FEED_DECIMALS_MOST);
            _within("feed.heartbeat", feed.heartbeat, 1, type(uint32).max);
            _within("feed.least", feed.least, 1, feed.most);
            if (i != 0 && !asset.feedInNumeraire && parts.assets[0].feed.proxy == address(0)) {
                revert NoCode("numeraire feed", address(0));
            }
        }
        if (i == 0) {
            _within("numeraire route", asset.route.length + asset.secondPool, 0, 0);
            return;
        }
        _within("route", asset.route.length, 1, Bounds.HOPS);
        address arriving = asset.token;
        int256 fees;
        for (uint256 h = 0; h < asset.route.length; h++) {
            arriving = _across(parts, asset.route[h], arriving);
            PoolPart memory part = parts.pools[asset.route[h].pool];
            fees += PriceGuard.feeTicks(part.fee);
            for (uint256 j = 0; j < h; j++) {
                if (asset.route[j].pool == asset.route[h].pool) revert PoolTwice(part.pool);
            }
        }
        if (arriving != parts.assets[0].token) revert NotARoute(address(0), arriving);
        if (int256(slippage) <= fees) revert PolicyOutOfBounds("maxSlippageBps", slippage);
        if (asset.secondPool != 0) {
            Hop memory hop = Hop(asset.secondPool - 1, asset.secondInverted);
            for (uint256 h = 0; h < asset.route.length; h++) {
                if (asset.route[h].pool == hop.pool) revert PolicyOutOfBounds("secondPool", asset.secondPool);
            }
            arriving = _across(parts, hop, asset.token);
            if (arriving != parts.assets[0].token) revert NotARoute(parts.pools[hop.pool].pool, arriving);
        }
    }

    /// The token on the other side of a hop.
    function _across(Parts memory parts, Hop memory hop, address arriving) private view returns (address) {
        _within("route.pool", hop.pool, 0, parts.pools.length - 1);
        IUniswapV3Pool pool = IUniswapV3Pool(parts.pools[hop.pool].pool);
        (address near, address far) =
            hop.inverted ? (pool.token1(), pool.token0()) : (pool.token0(), pool.token1());
        if (near != arriving) revert NotARoute(address(pool), arriving);
        return far;
    }

    function _within(bytes32 field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert PolicyOutOfBounds(field, value);
    }
}
