// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Bounds} from "./Bounds.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {HOLD, Numbers, Policy} from "./Policy.sol";
import {AssetAt, PolicyBlob} from "./PolicyBlob.sol";
import {Observations} from "./Observations.sol";
import {PriceGuard} from "./PriceGuard.sol";
import {PriceMath} from "./PriceMath.sol";
import {IndependentPrice} from "./IndependentPrice.sol";

/// What a decision comes to under a policy, now: which steps, how large, at which worst prices; or why none.
///
/// Only a view: it holds nothing, moves nothing and calls no vault. What depends on the market or the clock *reverts*,
/// since a later block may answer otherwise; what follows from the decision, the policy and the books alone gives no
/// step and a reason, to be recorded.
contract PolicyEngine {
    using PolicyBlob for bytes;

    /// Why a decision leads to no step.
    enum Reason {
        NONE,
        /// The model says so.
        HOLD,
        /// What there is to trade is less than the smallest trade.
        AT_TARGET,
        /// The policy lets this decision not trade this way, or this asset not be bought.
        DIRECTION,
        /// The allowance's rest is less than the smallest trade.
        ALLOWANCE,
        /// As much of the asset as the policy allows is held.
        EXPOSURE,
        /// There is no numeraire to buy with.
        FUNDS
    }

    struct PlanInput {
        /// Where the policy's blob lies as code.
        address policy;
        uint32 asOf;
        uint16 slippageBps;
        int256[] outputs;
        /// What the vault has of each asset.
        uint256[] books;
        uint256 turnoverLeft;
        /// Three big-endian uint16 for each of the policy's pools: the observations at or before asOf, asOf - window and
        /// now - window.
        bytes hints;
    }

    struct PlanStep {
        uint8 asset;
        bool sell;
        uint256 amountIn;
        /// Value at the reference.
        uint256 notional;
        /// For the one pool of a route of one: the square root of the worst marginal price. 0 for longer routes.
        uint160 limitX96;
        /// The square root of the worst mean price, fees included: numeraire for one unit of the asset.
        uint256 worstX96;
        /// Numeraire for one unit of the asset, times 2^96: what losses are measured with.
        uint256 priceX96;
        /// What the policy's action is told: the pools, in the order of the swaps.
        bytes parameters;
    }

    struct Plan {
        /// Sells first, then buys, each by ascending asset.
        PlanStep[] steps;
        /// Reference ticks by asset, 0 for the numeraire: of all assets, whatever is held and decided, since the vault's
        /// own features have them, and no feature may depend on the decision.
        int24[] refs;
        Reason reason;
    }

    /// The model gave something that its policy gives no meaning to.
    error UnknownDecision(int256 output, uint256 decisions);
    error WrongOutputs(uint256 expected, uint256 given);
    error WrongHintLength(uint256 expectedBytes, uint256 givenBytes);
    /// What the counted depth of a route bears is less than the smallest trade, and there is no step before it.
    error TooLargeForDepth(uint256 bears, uint256 minTrade);
    /// No policy lies there.
    error NotAPolicy(address policy);

    uint256 private constant BPS = Bounds.BPS;

    /// The sequencer's uptime feed of this chain, or 0.
    address public immutable sequencer;

    /// @param sequencer_ the chain's uptime feed (Chainlink's, on L2s), or 0 where there is none
    constructor(address sequencer_) {
        sequencer = sequencer_;
    }

    // What `plan` works with, in memory.
    struct Work {
        /// The policy, read where it lies.
        bytes policy;
        Numbers limits;
        /// By their index in the policy. Those that nobody has looked at yet are not there: see `seen`, a bit for each.
        PriceGuard.PoolState[] pools;
        uint256 seen;
        /// By asset; none for the numeraire.
        PriceGuard.Route[] routes;
        uint256[] weights;
        uint256[] values;
        int24[] refs;
        /// What losses are measured with, by asset; 0 where not asked yet.
        uint256[] pricesX96;
        uint256 total;
        bool sells;
        bool buys;
        uint256 left;
        /// The numeraire, with what the sells should bring.
        uint256 funds;
    }

    /// Outputs, sizes, caps, guard, in this order.
    function plan(PlanInput calldata input) external view returns (Plan memory made) {
        Work memory work;
        work.policy = _blobAt(input.policy);
        work.limits = work.policy.numbers();
        uint256 pools = work.policy.pools();
        if (input.hints.length != 6 * pools) revert WrongHintLength(6 * pools, input.hints.length);
        work.left = input.turnoverLeft;
        _wanted(work, input.outputs);
        _valued(work, input);
        made.refs = work.refs;
        (made.steps, made.reason) = _steps(work, input);
    }

    /// The policy whose blob lies at `place`.
    function policyAt(address place) external view returns (Policy memory) {
        return abi.decode(_blobAt(place), (Policy));
    }

    /// What `plan` wants to be told as of a moment, if it is asked now or soon: for calls that no transaction pays for.
    function locate(address place, uint32 asOf) external view returns (bytes memory hints) {
        bytes memory policy = _blobAt(place);
        uint32 window = policy.numbers().window;
        uint32[] memory moments = new uint32[](3);
        unchecked {
            (moments[0], moments[1], moments[2]) = (asOf, asOf - window, uint32(block.timestamp) - window);
        }
        for (uint256 i = 0; i < policy.pools(); i++) {
            (address pool,) = policy.pool(i);
            hints = bytes.concat(hints, Observations.locate(pool, moments));
        }
    }

    function _blobAt(address place) private view returns (bytes memory policy) {
        policy = DataAsCode.read(place);
        if (policy.length == 0) revert NotAPolicy(place);
    }

    // ------------------------------------------------------------------------------------------- what the model wants

    /// Weights by asset, HOLD where an asset is to be left as it is. Index 0, the numeraire, has the rest.
    function _wanted(Work memory work, int256[] calldata outputs) private pure {
        uint256 others = work.policy.assets() - 1;
        uint256 unit = work.policy.weightStepBps();
        uint256[] memory weights = new uint256[](others + 1);
        work.weights = weights;
        if (unit == 0) {
            uint8[] memory directions = work.policy.directions();
            uint16[] memory targets = work.policy.targets();
            if (outputs.length != 1) revert WrongOutputs(1, outputs.length);
            uint256 decisions = directions.length;
            if (outputs[0] < 0 || uint256(outputs[0]) >= decisions) revert UnknownDecision(outputs[0], decisions);
            uint256 decision = uint256(outputs[0]);
            for (uint256 i = 0; i < others; i++) {
                weights[i + 1] = targets[decision * others + i];
            }
            (work.sells, work.buys) = (directions[decision] & 1 != 0, directions[decision] & 2 != 0);
            return;
        }
        if (outputs.length != others) revert WrongOutputs(others, outputs.length);
        uint256 sum;
        uint256 most = BPS / unit;
        for (uint256 i = 0; i < others; i++) {
            uint256 steps = outputs[i] < 0 ? 0 : uint256(outputs[i]);
            weights[i + 1] = (steps > most ? most : steps) * unit;
            sum += weights[i + 1];
        }
        // A refusal would silence an honest model for ever.
        for (uint256 i = 1; sum > BPS && i <= others; i++) {
            weights[i] = BPS * weights[i] / sum;
        }
        (work.sells, work.buys) = (true, true);
    }

    // ------------------------------------------------------------------------------------------------- what there is

    function _valued(Work memory work, PlanInput calldata input) private view {
        uint256[] calldata books = input.books;
        uint256 assets = work.weights.length;
        work.routes = _routesOf(assets);
        work.pools = _poolsOf(work.policy.pools());
        work.values = new uint256[](assets);
        work.pricesX96 = new uint256[](assets);
        work.refs = new int24[](assets);
        work.total = work.values[0] = work.funds = books[0];
        for (uint256 i = 1; i < assets; i++) {
            PriceGuard.Route memory route = _route(work, input.hints, i);
            int256 ref = PriceGuard.referenceOf(route, input.asOf, work.limits.window);
            uint256 value = PriceMath.valueAt(books[i], PriceMath.sqrtRatioX96(ref));
            work.routes[i] = route;
            (work.values[i], work.refs[i]) = (value, int24(ref));
            work.total += value;
        }
    }

    /// An asset's way to the numeraire.
    function _route(Work memory work, bytes calldata hints, uint256 i)
        private
        view
        returns (PriceGuard.Route memory route)
    {
        AssetAt asset = work.policy.asset(i);
        uint256 hops = asset.hops();
        (route.pools, route.inverted) = (_poolsOf(hops), new bool[](hops));
        for (uint256 h = 0; h < hops; h++) {
            uint256 index;
            (index, route.inverted[h]) = asset.hop(h);
            _look(work, hints, index);
            route.pools[h] = work.pools[index];
        }
    }

    /// Looks, once, at a pool as it is now.
    function _look(Work memory work, bytes calldata hints, uint256 index) private view {
        if (work.seen & (1 << index) != 0) return;
        PriceGuard.PoolState memory pool;
        address place;
        (place, pool.fee) = work.policy.pool(index);
        Observations.look(place, pool.now);
        uint256 packed;
        assembly ("memory-safe") {
            packed := shr(208, calldataload(add(hints.offset, mul(6, index))))
        }
        (pool.atAsOf, pool.atWindow, pool.atFresh) = (packed >> 32, uint16(packed >> 16), uint16(packed));
        (pool.minLiquidity, pool.countedLiquidity) = work.policy.poolLimits(index);
        work.pools[index] = pool;
        work.seen |= 1 << index;
    }

    // Places for so many, with nothing in them, where `new` would make one for each. None is read before it was filled.

    function _poolsOf(uint256 count) private pure returns (PriceGuard.PoolState[] memory places) {
        uint256 here = _places(count);
        assembly ("memory-safe") {
            places := here
        }
    }

    function _routesOf(uint256 count) private pure returns (PriceGuard.Route[] memory places) {
        uint256 here = _places(count);
        assembly ("memory-safe") {
            places := here
        }
    }

    function _stepsOf(uint256 count) private pure returns (PlanStep[] memory places) {
        uint256 here = _places(count);
        assembly ("memory-safe") {
            places := here
        }
    }

    function _places(uint256 count) private pure returns (uint256 here) {
        assembly ("memory-safe") {
            here := mload(0x40)
            mstore(here, count)
            mstore(0x40, add(here, add(0x20, shl(5, count))))
        }
    }

    // --------------------------------------------------------------------------------------------------------- steps

    function _steps(Work memory work, PlanInput calldata input)
        private
        view
        returns (PlanStep[] memory steps, Reason reason)
    {
        uint256 count;
        reason = Reason.HOLD;
        steps = _stepsOf(work.weights.length - 1);
        for (uint256 pass = 0; pass < 2; pass++) {
            for (uint256 i = 1; i < work.weights.length; i++) {
                if (work.weights[i] == HOLD) continue;
                uint256 target = work.total * work.weights[i] / BPS;
                uint256 value = work.values[i];
                bool sell = target < value;
                if (sell != (pass == 0)) continue;
                (Reason why, uint256 notional, uint256 amountIn) =
                    _sized(work, input, i, sell, sell ? value - target : target - value);
                if (why == Reason.NONE) steps[count++] = PlanStep(uint8(i), sell, amountIn, notional, 0, 0, 0, "");
                else if (reason < why) reason = why;
            }
        }
        assembly ("memory-safe") {
            mstore(steps, count)
        }
        if (count == 0) return (steps, reason);
        reason = Reason.NONE;
        if (sequencer != address(0)) IndependentPrice.checkSequencer(sequencer, work.limits.sequencerGrace);
        for (uint256 i = 0; i < count; i++) {
            _guarded(work, input, steps[i]);
        }
    }

    /// Caps shrink a step.
    function _sized(Work memory work, PlanInput calldata input, uint256 i, bool sell, uint256 notional)
        private
        view
        returns (Reason, uint256, uint256 amountIn)
    {
        Numbers memory limits = work.limits;
        if (notional < limits.minTrade) return (Reason.AT_TARGET, 0, 0);
        if (sell ? !work.sells : !work.buys || work.policy.asset(i).sellOnly()) return (Reason.DIRECTION, 0, 0);
        if (notional > limits.maxAction) notional = limits.maxAction;
        if (notional > work.left) notional = work.left;
        if (notional < limits.minTrade) return (Reason.ALLOWANCE, 0, 0);
        PriceGuard.Route memory route = work.routes[i];
        if (!sell) {
            if (work.funds < limits.minTrade) return (Reason.FUNDS, 0, 0);
            notional = _exposed(work, input, i, notional);
            if (notional < limits.minTrade) return (Reason.EXPOSURE, 0, 0);
        }
        amountIn = sell ? Math.mulDiv(input.books[i], notional, work.values[i]) : notional;
        uint256 bears = PriceGuard.depth(route, sell, limits);
        if (amountIn > bears) {
            notional = sell ? Math.mulDiv(notional, bears, amountIn) : bears;
            if (notional < limits.minTrade) {
                // What steps before it took of a pool that both need is no reason to refuse them.
                if (work.left < input.turnoverLeft) return (Reason.ALLOWANCE, 0, 0);
                revert TooLargeForDepth(notional, limits.minTrade);
            }
            amountIn = bears;
        }
        PriceGuard.use(route, sell, amountIn, limits);
        work.left -= notional;
        if (sell) work.funds += notional;
        return (Reason.NONE, notional, amountIn);
    }

    /// What may still be bought of an asset: at the larger of its fresh and its independent price, against all at the
    /// reference.
    function _exposed(Work memory work, PlanInput calldata input, uint256 i, uint256 notional)
        private
        view
        returns (uint256)
    {
        (uint256 most, uint256 mostBps) = work.policy.exposure(i);
        most = Math.min(most, Math.mulDiv(work.total, mostBps, BPS));
        (uint256 priceX96, uint256 freshX96) = _prices(work, input.hints, i);
        uint256 held = Math.mulDiv(input.books[i], Math.max(priceX96, freshX96), 1 << 96, Math.Rounding.Ceil);
        uint256 room = held >= most ? 0 : most - held;
        return notional < room ? notional : room;
    }

    function _guarded(Work memory work, PlanInput calldata input, PlanStep memory step) private view {
        PriceGuard.Route memory route = work.routes[step.asset];
        uint256 slippage = Math.min(work.limits.maxSlippageBps, input.slippageBps);
        PriceGuard.Guarded memory found =
            PriceGuard.check(route, step.sell, work.refs[step.asset], slippage, work.limits);
        (step.limitX96, step.worstX96) = (found.limitX96, found.worstX96);
        if (work.pricesX96[step.asset] == 0) _prices(work, input.hints, step.asset);
        step.priceX96 = work.pricesX96[step.asset];
        uint256 hops = route.pools.length;
        address[] memory pools = new address[](hops);
        for (uint256 h = 0; h < hops; h++) {
            pools[step.sell ? h : hops - 1 - h] = route.pools[h].now.place;
        }
        step.parameters = abi.encode(pools);
    }

    /// @return priceX96 what losses are measured with: the independent price where there is one, else the fresh one
    /// @return freshX96 the fresh mean
    function _prices(Work memory work, bytes calldata hints, uint256 i)
        private
        view
        returns (uint256 priceX96, uint256 freshX96)
    {
        PriceGuard.Route memory route = work.routes[i];
        uint256 root = PriceMath.sqrtRatioX96(PriceGuard.freshOf(route, work.limits.window));
        priceX96 = freshX96 = PriceGuard.squared(root);
        AssetAt asset = work.policy.asset(i);
        if (asset.proxy() != address(0) || asset.secondPool() != 0) {
            uint256 unit = 10 ** (9 + asset.decimals());
            uint256 other = _independent(work, hints, asset, unit);
            _agrees(work, asset, PriceMath.valueAt(unit, root), other);
            root = PriceMath.sqrtRatioX96(PriceGuard.startOf(route, work.limits.settle));
            _agrees(work, asset, PriceMath.valueAt(unit, root), other);
            priceX96 = Math.mulDiv(other, 1 << 96, unit);
        }
        work.pricesX96[i] = priceX96;
    }

    function _agrees(Work memory work, AssetAt asset, uint256 poolValue, uint256 otherValue) private pure {
        IndependentPrice.agrees(asset.token(), poolValue, otherValue, work.limits.maxDeviationBps);
    }

    /// The value of so much of an asset by its feed, or by its second pool.
    function _independent(Work memory work, bytes calldata hints, AssetAt asset, uint256 unit)
        private
        view
        returns (uint256)
    {
        if (asset.proxy() != address(0)) return IndependentPrice.value(work.policy.asset(0), asset);
        uint256 index = asset.secondPool() - 1;
        _look(work, hints, index);
        int256 tick = PriceGuard.freshTick(work.pools[index], work.limits.window);
        return PriceMath.valueAt(unit, PriceMath.sqrtRatioX96(asset.secondInverted() ? -tick : tick));
    }
}
