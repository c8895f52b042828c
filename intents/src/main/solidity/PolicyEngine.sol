// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Bounds} from "./Bounds.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {IVenue} from "./IVenue.sol";
import {Lent, LoanAsk, LoanEngine, LoanStep} from "./LoanEngine.sol";
import {HOLD, Numbers} from "./Policy.sol";
import {AssetAt, PolicyBlob} from "./PolicyBlob.sol";
import {Observations} from "./Observations.sol";
import {PriceGuard} from "./PriceGuard.sol";
import {PriceMath} from "./PriceMath.sol";
import {IndependentPrice} from "./IndependentPrice.sol";

/// What a decision comes to under a policy, now: which steps, how large, at which worst prices; or why none.
///
/// Only a view: it holds nothing, moves nothing and calls no vault. What depends on the market or the clock *reverts*,
/// since a later block may answer otherwise; what follows from the decision, the policy and the books alone gives no
/// step and a reason, to be recorded. What it comes to in loans, its `LoanEngine` says.
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
        /// There is no numeraire to buy with, or nothing to sell that the lending market gives back.
        FUNDS
    }

    struct PlanInput {
        /// Where the policy's blob lies as code.
        address policy;
        uint32 asOf;
        uint16 slippageBps;
        int256[] outputs;
        /// What the vault has of each asset, without what it lent.
        uint256[] books;
        uint256 turnoverLeft;
        /// Three big-endian uint16 for each of the policy's pools: the observations at or before asOf, asOf - window and
        /// now - window. Then, if the policy has venues, a byte for each asset but the numeraire: where it is to be traded, 0
        /// for its route, or the venue's index and 1. Nobody proves that choice: wherever it is, the worst price holds.
        bytes hints;
        address vault;
    }

    struct PlanStep {
        uint8 asset;
        bool sell;
        uint256 amountIn;
        /// Value at the reference.
        uint256 notional;
        /// For the one pool of a route of one: the square root of the worst marginal price. 0 for longer routes and venues.
        uint160 limitX96;
        /// The square root of the worst mean price, fees included: numeraire for one unit of the asset.
        uint256 worstX96;
        /// Numeraire for one unit of the asset, times 2^96: what losses are measured with.
        uint256 priceX96;
        /// What the action is told: of a route the pools, in the order of the swaps; of a venue its own parameters.
        bytes parameters;
        address action;
        /// 0 for the route, or the venue's index and 1.
        uint8 venue;
    }

    struct Plan {
        /// Sells first, then buys, each by ascending asset.
        PlanStep[] steps;
        /// Reference ticks by asset, 0 for the numeraire: of all assets, whatever is held and decided, since the vault's
        /// own features have them, and no feature may depend on the decision.
        int24[] refs;
        /// NONE where there is a step or a loan.
        Reason reason;
        /// Loans before the steps, and after them.
        LoanStep[] before;
        LoanStep[] later;
        /// The vault's account with the lending market; 0 without one.
        address account;
    }

    /// The model gave something that its policy gives no meaning to.
    error UnknownDecision(int256 output, uint256 decisions);
    error WrongOutputs(uint256 expected, uint256 given);
    error WrongHintLength(uint256 expectedBytes, uint256 givenBytes);
    /// The policy has no such venue for this asset.
    /// @param venue its index and 1
    error NotAVenueOf(uint256 asset, uint256 venue);
    /// What the counted depth of a route, or of a venue, bears is less than the smallest trade, and there is no step before it.
    error TooLargeForDepth(uint256 bears, uint256 minTrade);
    /// No policy lies there.
    error NotAPolicy(address policy);

    uint256 private constant BPS = Bounds.BPS;

    /// The sequencer's uptime feed of this chain, or 0.
    address public immutable sequencer;
    LoanEngine public immutable loans;

    /// @param sequencer_ the chain's uptime feed (Chainlink's, on L2s), or 0 where there is none
    constructor(address sequencer_, LoanEngine loans_) {
        (sequencer, loans) = (sequencer_, loans_);
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
        /// What is held of each asset, what is lent included, and its value.
        uint256[] held;
        uint256[] values;
        /// The most that a sell may give: what is free, and what the lending market gives back.
        uint256[] available;
        int24[] refs;
        /// What losses are measured with, by asset; 0 where not asked yet.
        uint256[] pricesX96;
        uint256 total;
        bool sells;
        bool buys;
        uint256 left;
        /// The numeraire, with what the sells should bring.
        uint256 funds;
        /// Whether the policy has venues.
        bool choosing;
        /// What there is to trade with loans; without, nothing of it is read.
        Lent lent;
    }

    /// Outputs, sizes, caps, guard, in this order.
    function plan(PlanInput calldata input) external view returns (Plan memory made) {
        Work memory work;
        work.policy = _blobAt(input.policy);
        work.limits = work.policy.numbers();
        _choices(work, input.hints);
        work.left = input.turnoverLeft;
        uint256 reserves = work.policy.reserves();
        _wanted(work, input.outputs, reserves);
        _looked(work, input);
        made.refs = work.refs;
        if (reserves == 0) {
            _valued(work, input);
            (made.steps, made.reason) = _steps(work, input);
        } else {
            _lent(work, input);
            (made.steps, made.reason) = _steps(work, input);
            _closed(work, made);
        }
    }

    /// What `plan` wants to be told as of a moment, if it is asked now or soon: for calls that no transaction pays for. Each
    /// asset is to be traded along its route.
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
        if (policy.venues() != 0) hints = bytes.concat(hints, new bytes(policy.assets() - 1));
    }

    function _blobAt(address place) private view returns (bytes memory policy) {
        policy = DataAsCode.read(place);
        if (policy.length == 0) revert NotAPolicy(place);
    }

    /// Whether the hints are as long as they must be, and choose what there is.
    function _choices(Work memory work, bytes calldata hints) private pure {
        uint256 own = 6 * work.policy.pools();
        uint256 venues = work.policy.venues();
        uint256 expected = own;
        if (venues != 0) expected += work.policy.assets() - 1;
        if (hints.length != expected) revert WrongHintLength(expected, hints.length);
        if (venues == 0) return;
        work.choosing = true;
        for (uint256 i = 1; i <= expected - own; i++) {
            uint256 choice = uint8(hints[own + i - 1]);
            if (choice == 0) continue;
            if (choice > venues) revert NotAVenueOf(i, choice);
            (uint256 asset,,,) = work.policy.venue(choice - 1);
            if (asset != i) revert NotAVenueOf(i, choice);
        }
    }

    /// Where an asset is to be traded: 0 for its route, or the venue's index and 1.
    function _choice(Work memory work, bytes calldata hints, uint256 i) private pure returns (uint256 choice) {
        if (!work.choosing) return 0;
        uint256 last = work.weights.length - 1;
        assembly ("memory-safe") {
            choice := byte(0, calldataload(add(hints.offset, sub(add(hints.length, sub(i, 1)), last))))
        }
    }

    // ------------------------------------------------------------------------------------------- what the model wants

    /// Weights by asset, HOLD where an asset is to be left as it is. Index 0, the numeraire, has the rest. What is wanted of
    /// loans, the LoanEngine reads.
    function _wanted(Work memory work, int256[] calldata outputs, uint256 reserves) private pure {
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
        uint256 expected = others + 2 * reserves;
        if (outputs.length != expected) revert WrongOutputs(expected, outputs.length);
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

    /// The references of all assets.
    function _looked(Work memory work, PlanInput calldata input) private view {
        uint256 assets = work.weights.length;
        work.routes = _routesOf(assets);
        work.pools = _poolsOf(work.policy.pools());
        work.pricesX96 = new uint256[](assets);
        work.refs = new int24[](assets);
        for (uint256 i = 1; i < assets; i++) {
            PriceGuard.Route memory route = _route(work, input.hints, i);
            work.routes[i] = route;
            work.refs[i] = int24(PriceGuard.referenceOf(route, input.asOf, work.limits.window));
        }
    }

    function _valued(Work memory work, PlanInput calldata input) private pure {
        uint256[] memory books = input.books;
        uint256[] memory values = new uint256[](work.weights.length);
        uint256 total = values[0] = books[0];
        for (uint256 i = 1; i < values.length; i++) {
            total += values[i] = PriceMath.valueAt(books[i], PriceMath.sqrtRatioX96(work.refs[i]));
        }
        (work.held, work.available, work.values) = (books, books, values);
        (work.total, work.funds) = (total, books[0]);
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

    // --------------------------------------------------------------------------------------------------------- loans

    /// What is lent is held, too, as far as the market gives it back.
    function _lent(Work memory work, PlanInput calldata input) private view {
        Lent memory lent = loans.opened(
            LoanAsk(input.policy, input.vault, work.sells, input.outputs, input.books, work.refs, work.weights)
        );
        (work.held, work.available, work.values) = (lent.held, lent.available, lent.values);
        (work.total, work.funds, work.lent) = (lent.total, lent.funds, lent);
    }

    /// What becomes of the loans, once the trades are known.
    function _closed(Work memory work, Plan memory made) private view {
        uint256[] memory sold = new uint256[](work.weights.length);
        uint256 bought;
        for (uint256 s = 0; s < made.steps.length; s++) {
            PlanStep memory step = made.steps[s];
            sold[step.sell ? step.asset : 0] += step.amountIn;
            bought |= step.sell ? 1 : 1 << step.asset;
        }
        Reason reason;
        (made.before, made.later, reason) = loans.closed(work.lent, sold, bought);
        made.account = work.lent.account;
        if (made.steps.length + made.before.length + made.later.length != 0) made.reason = Reason.NONE;
        else if (made.reason < reason) made.reason = reason;
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
                (uint256 value, uint256 target) = (work.values[i], _target(work, i));
                bool sell = target < value;
                if (sell != (pass == 0)) continue;
                PlanStep memory step;
                (step.asset, step.sell) = (uint8(i), sell);
                step.venue = uint8(_choice(work, input.hints, i));
                step.notional = sell ? value - target : target - value;
                Reason why = _sized(work, input, step);
                if (why == Reason.NONE) steps[count++] = step;
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

    function _target(Work memory work, uint256 i) private pure returns (uint256) {
        return work.total * work.weights[i] / BPS;
    }

    /// Caps shrink a step, from what the model wants on.
    function _sized(Work memory work, PlanInput calldata input, PlanStep memory step) private view returns (Reason) {
        Numbers memory limits = work.limits;
        (uint256 i, bool sell, uint256 notional) = (step.asset, step.sell, step.notional);
        if (notional < limits.minTrade) return Reason.AT_TARGET;
        if (sell ? !work.sells : !work.buys || work.policy.asset(i).sellOnly()) return Reason.DIRECTION;
        if (notional > limits.maxAction) notional = limits.maxAction;
        if (notional > work.left) notional = work.left;
        if (notional < limits.minTrade) return Reason.ALLOWANCE;
        uint256 amountIn;
        if (sell) {
            amountIn = Math.mulDiv(work.held[i], notional, work.values[i]);
            uint256 available = work.available[i];
            if (amountIn > available) {
                (notional, amountIn) = (Math.mulDiv(notional, available, amountIn), available);
                if (notional < limits.minTrade) return Reason.FUNDS;
            }
        } else {
            if (work.funds < limits.minTrade) return Reason.FUNDS;
            amountIn = notional = _exposed(work, input, i, notional);
            if (notional < limits.minTrade) return Reason.EXPOSURE;
        }
        PriceGuard.Route memory route = work.routes[i];
        uint256 bears = step.venue == 0
            ? PriceGuard.depth(route, sell, limits)
            : _venueBears(work, route, sell, step.venue - 1);
        if (amountIn > bears) {
            notional = sell ? Math.mulDiv(notional, bears, amountIn) : bears;
            if (notional < limits.minTrade) {
                // What steps before it took of a pool that both need is no reason to refuse them.
                if (work.left < input.turnoverLeft) return Reason.ALLOWANCE;
                revert TooLargeForDepth(notional, limits.minTrade);
            }
            amountIn = bears;
        }
        // A venue is of one asset, so no two steps share it.
        if (step.venue == 0) PriceGuard.use(route, sell, amountIn, limits);
        work.left -= notional;
        if (sell) work.funds += notional;
        (step.notional, step.amountIn) = (notional, amountIn);
        return Reason.NONE;
    }

    function _venueBears(Work memory work, PriceGuard.Route memory route, bool sell, uint256 venue)
        private
        view
        returns (uint256)
    {
        (,, uint256 fee,) = work.policy.venue(venue);
        (, uint256 countedLiquidity) = work.policy.venueLimits(venue);
        return PriceGuard.depthAt(route, sell, countedLiquidity, fee, work.limits);
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
        uint256 held = Math.mulDiv(work.held[i], Math.max(priceX96, freshX96), 1 << 96, Math.Rounding.Ceil);
        uint256 room = held >= most ? 0 : most - held;
        return notional < room ? notional : room;
    }

    function _guarded(Work memory work, PlanInput calldata input, PlanStep memory step) private view {
        PriceGuard.Route memory route = work.routes[step.asset];
        uint256 slippage = Math.min(work.limits.maxSlippageBps, input.slippageBps);
        uint256 venueFee;
        if (step.venue == 0) step.action = work.policy.action();
        else (, step.action, venueFee, step.parameters) = work.policy.venue(step.venue - 1);
        PriceGuard.Guarded memory found =
            PriceGuard.check(route, step.sell, work.refs[step.asset], slippage, venueFee, work.limits);
        (step.limitX96, step.worstX96) = (found.limitX96, found.worstX96);
        if (work.pricesX96[step.asset] == 0) _prices(work, input.hints, step.asset);
        step.priceX96 = work.pricesX96[step.asset];
        if (step.venue != 0) {
            _requireLiquid(work, step);
            return;
        }
        uint256 hops = route.pools.length;
        address[] memory pools = new address[](hops);
        for (uint256 h = 0; h < hops; h++) {
            pools[step.sell ? h : hops - 1 - h] = route.pools[h].now.place;
        }
        step.parameters = abi.encode(pools);
    }

    /// What a venue has now may be anybody's, so nothing is reckoned with it.
    function _requireLiquid(Work memory work, PlanStep memory step) private view {
        (uint256 floor,) = work.policy.venueLimits(step.venue - 1);
        uint256 liquidity =
            IVenue(step.action).liquidity(step.parameters, work.policy.asset(step.asset).token());
        if (liquidity < floor) revert PriceGuard.TooLittleLiquidity(step.action, liquidity, floor);
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
