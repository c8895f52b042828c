// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Bounds} from "./Bounds.sol";
import {Asset, Feature, Feed, HOLD, Hop, Limits, Model, Numbers, Parts, Policy, PoolPart} from "./Policy.sol";
import {IAggregator} from "./IndependentPrice.sol";
import {IFeatureSource} from "./IFeatureSource.sol";
import {IUniswapV3Factory, IUniswapV3Pool} from "./IUniswapV3Pool.sol";
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
        _checkLimits(policy.limits, assets - 1, parts.pools.length, second);
        _checkModel(policy.model, assets - 1);
    }

    function _checkLimits(Limits memory limits, uint256 others, uint256 pools, bool second) private view {
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
        _within("limits.pools", limits.pools.length, pools, pools);
        for (uint256 i = 0; i < pools; i++) {
            _within("minLiquidity", limits.pools[i].minLiquidity, 1, type(uint128).max);
            _within("countedLiquidity", limits.pools[i].countedLiquidity, 1, limits.pools[i].minLiquidity);
        }
    }

    function _checkModel(Model memory model, uint256 others) private view {
        address code = keys.codeOf(model.digest);
        if (code != model.code) revert NoCode("key", model.code);
        if (model.agent == address(0)) revert NoCode("agent", address(0));
        (uint256 inputs, bool linear, uint256 outputs) = keys.shapeOf(model.digest);
        if (linear) {
            _within("weightStepBps", model.weightStepBps, 1, BPS);
            if (outputs != others) revert WrongModel("outputs", others, outputs);
            _within("targets", model.targets.length + model.directions.length, 0, 0);
        } else {
            _within("weightStepBps", model.weightStepBps, 0, 0);
            _within("decisions", model.directions.length, 1, Bounds.DECISIONS);
            if (outputs != model.directions.length) revert WrongModel("outputs", model.directions.length, outputs);
            _within("targets", model.targets.length, outputs * others, outputs * others);
            for (uint256 d = 0; d < outputs; d++) {
                _within("directions", model.directions[d], 1, 3);
                uint256 sum;
                for (uint256 i = 0; i < others; i++) {
                    uint256 target = model.targets[d * others + i];
                    if (target != HOLD) sum += target;
                }
                _within("targets", sum, 0, BPS);
            }
        }
        uint256 width;
        _within("program", model.program.length, 1, Bounds.SOURCES);
        for (uint256 i = 0; i < model.program.length; i++) {
            Feature memory feature = model.program[i];
            uint256 own = 2 * others + 2;
            if (feature.source != address(0)) {
                if (feature.source.code.length == 0) revert NoCode("source", feature.source);
                own = IFeatureSource(feature.source).width(feature.parameters);
            }
            if (own != feature.width) revert WrongWidth(feature.source, feature.width, own);
            width += own;
        }
        if (width != inputs) revert WrongModel("inputs", width, inputs);
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
