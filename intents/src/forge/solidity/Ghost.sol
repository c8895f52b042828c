// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {TestToken} from "chain/TestToken.sol";
import {HOLD, Numbers} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Vault} from "vault/Vault.sol";
import {ToldFeed, TrickToken} from "./Doubles.sol";
import {World} from "./World.sol";
import {VM, Vm} from "./Vm.sol";

/// Uniswap's own reading of its history.
interface Observing {
    function observe(uint32[] calldata agos) external view returns (int56[] memory, uint160[] memory);
}

/// What a vault must hold, must have traded and may trade, kept from what is done to it and what it tells of itself,
/// by other means than its own: means and liquidity from the pools' `observe`, books from a list of all changes.
abstract contract Ghost is World(2_500_000) {
    uint256 internal constant BPS = 10_000;
    /// Of one side of the near pool, while all of it is there.
    uint128 internal constant DEPTH = 2_500_000e18;
    /// What roundings may come to, in units of 10^-18.
    uint256 internal constant CRUMBS = 1000;

    struct Change {
        uint256 time;
        /// What was booked before it.
        uint256 before;
    }

    struct Trade {
        uint256 time;
        uint256 turned;
        uint256 lost;
    }

    /// One asset's part of a decision.
    struct Fill {
        uint256 asset;
        bool sell;
        uint256 ofAsset;
        uint256 ofNumeraire;
        uint256 turned;
        uint256 lost;
    }

    /// What was so just before an execution.
    struct Before {
        Vault.State state;
        uint256[3] told;
        uint256[3] held;
        int256[3] ref;
        int256[3] fresh;
        int256[3] start;
        /// In range of the near pool now, and its harmonic mean.
        uint256 liquidity;
        uint256 liquidityOver;
    }

    /// Of quote, base and far: what is booked by what was told, and what is held beyond.
    uint256[3] internal told;
    int256[3] internal beyond;
    uint256[3] internal handedOut;
    Change[][3] internal changes;
    Trade[] internal trades;
    /// The first trade under the policy of now.
    uint256 internal regime;
    uint256 internal nonces;
    uint32 internal lastAsOf;
    uint32 internal lastTradeAsOf;
    uint256 internal lastTradeTime;
    bool internal paused;
    bool internal lying;
    /// What an independent feed says of base, with eight digits, where the policy asks one.
    ToldFeed internal feed = new ToldFeed();
    uint256 internal answer;
    uint256 private _answeredAt;

    /// The widest allowances that any policy gave.
    uint256 private _turnoverMost;
    uint256 private _turnoverRate;
    uint256 private _lossMost;
    uint256 private _lossRate;
    uint256 private _lossOfOne;
    int256 private _startNear;
    int256 private _startDistant;

    constructor() {
        (told[0], told[1]) = (50_000e18, 50_000e18);
        lastAsOf = vault.state().lastAsOf;
        newBlock(block.timestamp);
    }

    function _base() internal override returns (TestToken) {
        return TestToken(address(new TrickToken()));
    }

    function token(uint256 i) internal view returns (TestToken) {
        return i == 0 ? quote : i == 1 ? base : far;
    }

    /// A new block.
    function newBlock(uint256 time) internal {
        VM.warp(time);
        (, int24 tick,,,,,) = near.slot0();
        _startNear = near.token0() == address(base) ? int256(tick) : -int256(tick);
        (, tick,,,,,) = distant.slot0();
        _startDistant = distant.token0() == address(far) ? int256(tick) : -int256(tick);
    }

    /// The feed says what the pool does, and so many basis points more.
    function report(int256 bps) internal {
        answer = uint256(int256(valueAt(1e8, _startNear)) * (10_000 + bps) / 10_000);
        _answeredAt = block.timestamp;
        feed.tell(int256(answer), 1, block.timestamp);
    }

    function _asks(uint256 i) private view returns (bool) {
        return policy.parts.assets[i].feed.proxy != address(0);
    }

    // ---- what is told ----

    function toldOf(uint256 i, uint256 amount) internal {
        changes[i].push(Change(block.timestamp, told[i]));
        told[i] = amount;
    }

    /// What was booked before the first change at a moment or after it.
    function toldAsOf(uint256 i, uint256 moment) internal view returns (uint256 amount) {
        amount = told[i];
        for (uint256 c = changes[i].length; c > 0 && changes[i][c - 1].time >= moment; c--) {
            amount = changes[i][c - 1].before;
        }
    }

    /// A policy is in force: the buckets keep what is in them.
    function newRegime() internal {
        regime = trades.length;
        lastAsOf = uint32(block.timestamp);
        Numbers memory n = policy.limits.numbers;
        _turnoverMost = Math.max(_turnoverMost, n.turnover);
        _turnoverRate = Math.max(_turnoverRate, Math.ceilDiv(uint256(n.turnover) << 32, n.turnoverWindow));
        _lossMost = Math.max(_lossMost, n.dayLoss);
        _lossRate = Math.max(_lossRate, Math.ceilDiv(uint256(n.dayLoss) << 32, 1 days));
        _lossOfOne = Math.max(_lossOfOne, n.maxLossPerAction);
    }

    // ---- before and after ----

    function look(uint32 asOf) internal view returns (Before memory found) {
        found.state = vault.state();
        found.told = told;
        for (uint256 i = 0; i < 3; i++) {
            found.held[i] = token(i).balanceOf(address(vault));
        }
        uint32 window = policy.limits.numbers.window;
        (found.ref[1], found.ref[2]) = _means(uint32(block.timestamp) - asOf, window);
        (found.fresh[1], found.fresh[2]) = _means(0, window);
        (found.start[1], found.start[2]) = (_startNear, _startDistant + _startNear);
        (found.liquidity, found.liquidityOver) = (near.liquidity(), _liquidityOver(address(near), window));
    }

    function _means(uint32 ago, uint32 window) private view returns (int256 ofBase, int256 ofFar) {
        int256 tick = _mean(address(near), ago, window);
        ofBase = near.token0() == address(base) ? tick : -tick;
        tick = _mean(address(distant), ago, window);
        ofFar = (distant.token0() == address(far) ? tick : -tick) + ofBase;
    }

    function _mean(address pool, uint32 ago, uint32 window) private view returns (int256 tick) {
        (int56[] memory ticks,) = Observing(pool).observe(_agos(ago, window));
        int256 moved = ticks[1] - ticks[0];
        tick = moved / int256(uint256(window));
        if (moved < 0 && moved % int256(uint256(window)) != 0) tick--;
    }

    /// The harmonic mean of a pool's liquidity up to now.
    function _liquidityOver(address pool, uint32 window) private view returns (uint256) {
        (, uint160[] memory passed) = Observing(pool).observe(_agos(0, window));
        unchecked {
            uint256 delta = uint160(passed[1] - passed[0]);
            return delta == 0 ? 0 : (uint256(window) << 128) / delta;
        }
    }

    function _agos(uint32 ago, uint32 window) private pure returns (uint32[] memory agos) {
        agos = new uint32[](2);
        (agos[0], agos[1]) = (ago + window, ago);
    }

    function valueAt(uint256 amount, int256 tick) internal pure returns (uint256) {
        return PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(tick));
    }

    /// A decision was carried out: all that its policy says of it, seen from outside.
    function executed(Before memory before, Vault.Decision memory d, Vm.Log[] memory logs) internal {
        Numbers memory n = policy.limits.numbers;
        require(!paused, "executed while paused");
        require(d.asOf % n.step == 0 && d.asOf > lastAsOf, "executed out of order");
        require(d.asOf <= block.timestamp && d.asOf + n.maxAge >= block.timestamp, "executed too old");
        require(block.timestamp <= d.deadline && d.nonce == before.state.nonce, "executed late or twice");
        Vault.State memory state = vault.state();
        require(state.nonce == before.state.nonce + 1 && state.lastAsOf == d.asOf, "no step forward");
        (nonces, lastAsOf) = (nonces + 1, d.asOf);

        (int256[] memory deltas, int24[] memory refs, PolicyEngine.Reason reason, uint256 used, uint256 dayLoss) = _read(logs);
        uint256 moved;
        for (uint256 i = 0; i < 3; i++) {
            require(int256(token(i).balanceOf(address(vault))) - int256(before.held[i]) == deltas[i], "told another delta");
            if (deltas[i] != 0) {
                toldOf(i, uint256(int256(told[i]) + deltas[i]));
                if (i != 0) moved |= i;
            }
            require(i == 0 || refs[i] == 0 || refs[i] == before.ref[i], "another reference than the pool's");
        }
        if (reason != PolicyEngine.Reason.NONE) {
            require(deltas[0] == 0 && moved == 0, "a reason for no step, and a step");
            return;
        }
        require(n.minInterval + lastTradeTime <= block.timestamp, "two trades within the interval");
        require(before.state.dayLoss < n.dayLoss && before.state.monthLoss < n.monthLoss, "traded beyond the losses");
        (lastTradeAsOf, lastTradeTime) = (d.asOf, block.timestamp);
        uint256 turned = used - before.state.turnoverUsed;
        uint256 lost = dayLoss - before.state.dayLoss;
        if (moved == 1 || moved == 2) {
            (int256 ofAsset, int256 ofNumeraire) = (deltas[moved], deltas[0]);
            _single(before, d, Fill(moved, ofAsset < 0, _size(ofAsset), _size(ofNumeraire), turned, lost));
        }
        _pools(before);
        _bounded(turned, lost);
    }

    function _read(Vm.Log[] memory logs)
        private
        view
        returns (int256[] memory deltas, int24[] memory refs, PolicyEngine.Reason reason, uint256 used, uint256 dayLoss)
    {
        bool found;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(vault)) continue;
            if (logs[i].topics[0] == Vault.LimitsUsed.selector) {
                (used, dayLoss,) = abi.decode(logs[i].data, (uint256, uint256, uint256));
            } else if (logs[i].topics[0] == Vault.DecisionExecuted.selector) {
                (,, deltas, refs, reason) =
                    abi.decode(logs[i].data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
                found = true;
            }
        }
        require(found, "carried out, and not told");
    }

    /// One asset was traded: at which price, how much, to where.
    function _single(Before memory before, Vault.Decision memory d, Fill memory f) private view {
        _priced(before, d, f);
        _sized(before, f);
        _toTarget(before, d, f);
        if (!f.sell) _exposed(before, f);
        if (f.asset == 1) _borne(before.start[1], f.sell, f.sell ? f.ofAsset : f.ofNumeraire);
    }

    function _priced(Before memory before, Vault.Decision memory d, Fill memory f) private view {
        uint16 most = policy.limits.numbers.maxSlippageBps;
        int256 slippage = int256(uint256(d.maxSlippageBps < most ? d.maxSlippageBps : most));
        (int256 ref, int256 fresh, int256 start) = (before.ref[f.asset], before.fresh[f.asset], before.start[f.asset]);
        _notWorse(f, ref, slippage, "slipped from the reference");
        _notWorse(f, fresh, slippage, "slipped from the fresh mean");
        (int256 impact, int256 fees) = roomOf(f.asset);
        _notWorse(f, start, impact + fees, "slipped from the block's start");
        _near(start, ref);
        _near(start, fresh);
        if (!_asks(f.asset)) return;
        require(_answeredAt + policy.parts.assets[f.asset].feed.heartbeat >= block.timestamp, "believed an old answer");
        uint256 apart_ = answer * policy.limits.numbers.maxDeviationBps / BPS + 2;
        require(apart(valueAt(1e8, start), answer) <= apart_, "the start and the feed disagree");
        require(apart(valueAt(1e8, fresh), answer) <= apart_, "the fresh mean and the feed disagree");
    }

    function _notWorse(Fill memory f, int256 tick, int256 room, string memory what) private pure {
        if (f.sell) require(f.ofNumeraire + CRUMBS >= valueAt(f.ofAsset, tick - room), what);
        else require(f.ofNumeraire <= valueAt(f.ofAsset, tick + room) + CRUMBS, what);
    }

    function _sized(Before memory before, Fill memory f) private view {
        Numbers memory n = policy.limits.numbers;
        uint256 counted = f.sell ? valueAt(f.ofAsset, before.ref[f.asset]) : f.ofNumeraire;
        require(apart(counted, f.turned) <= CRUMBS, "counted another turnover");
        require(f.turned <= uint256(n.maxAction) + CRUMBS, "more than an action may be");
        require(f.turned + CRUMBS >= n.minTrade, "less than is worth a decision");
        uint256 worth = _asks(f.asset) ? f.ofAsset * answer / 1e8 : valueAt(f.ofAsset, before.fresh[f.asset]);
        (uint256 given, uint256 got) = f.sell ? (worth, f.ofNumeraire) : (f.ofNumeraire, worth);
        require(apart(given > got ? given - got : 0, f.lost) <= CRUMBS, "counted another loss");
        require(f.lost <= n.maxLossPerAction, "lost more than an action may");
    }

    function _near(int256 tick, int256 mean) private view {
        int256 most = int256(uint256(policy.limits.numbers.maxDrift));
        require(tick - mean <= most && mean - tick <= most, "traded in a market that moved");
    }

    function _size(int256 amount) private pure returns (uint256) {
        return uint256(amount < 0 ? -amount : amount);
    }

    function apart(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    /// Ticks that a trade of an asset may move its route, and that its fees come to.
    function roomOf(uint256 i) internal view returns (int256 impact, int256 fees) {
        Numbers memory n = policy.limits.numbers;
        for (uint256 h = 0; h < policy.parts.assets[i].route.length; h++) {
            uint256 fee = policy.parts.pools[policy.parts.assets[i].route[h].pool].fee;
            impact += int256(Math.ceilDiv(2 * uint256(n.depthShareBps) * fee, 1e6) + n.impactMargin);
            fees += int256((fee + 99) / 100 + 1);
        }
    }

    function _toTarget(Before memory before, Vault.Decision memory d, Fill memory f) private view {
        uint256 weight = policy.model.targets[uint256(d.outputs[0]) * 2 + f.asset - 1];
        require(weight != HOLD, "traded what was to be left");
        uint256 target = _total(before) * weight / BPS;
        uint256 value = valueAt(before.told[f.asset], before.ref[f.asset]);
        require(f.sell == (target < value), "traded away from the target");
        require(f.turned <= apart(target, value) + CRUMBS, "traded past the target");
    }

    function _total(Before memory before) private pure returns (uint256) {
        return before.told[0] + valueAt(before.told[1], before.ref[1]) + valueAt(before.told[2], before.ref[2]);
    }

    function _exposed(Before memory before, Fill memory f) private view {
        uint256 i = f.asset;
        uint256 relative = _total(before) * policy.limits.exposures[i - 1].mostBps / BPS;
        uint256 most = Math.min(policy.limits.exposures[i - 1].most, relative);
        uint256 held = valueAt(before.told[i], before.fresh[i]);
        if (_asks(i)) held = Math.max(held, before.told[i] * answer / 1e8);
        require(held + f.turned <= most + CRUMBS, "bought beyond the exposure");
    }

    /// A share of the fee times the depth that the policy counts on.
    function _borne(int256 start, bool sell, uint256 given) private view {
        uint256 root = PriceMath.sqrtRatioX96(start);
        uint256 counted = policy.limits.pools[0].countedLiquidity;
        uint256 side = sell ? Math.mulDiv(counted, 1 << 96, root) : Math.mulDiv(counted, root, 1 << 96);
        uint256 most = side * 500 * policy.limits.numbers.depthShareBps / 1e10;
        // The side of a pool whose tokens are ordered the other way round is reckoned from the inverse root.
        require(given <= most + most / 1e12 + CRUMBS, "more than the pool bears");
    }

    function _pools(Before memory before) private view {
        uint256 floor = policy.limits.pools[0].minLiquidity;
        require(before.liquidity >= floor, "traded in a drained pool");
        require(before.liquidityOver >= floor, "traded in a pool just filled");
    }

    /// In any time t at most capacity * (1 + t / window), under one policy, and under all of them at the widest.
    function _bounded(uint256 turned, uint256 lost) private {
        Numbers memory n = policy.limits.numbers;
        trades.push(Trade(block.timestamp, turned, lost));
        (turned, lost) = (0, 0);
        for (uint256 k = trades.length; k > 0; k--) {
            turned += trades[k - 1].turned;
            lost += trades[k - 1].lost;
            uint256 t = block.timestamp - trades[k - 1].time;
            // Each step rounds what leaks down.
            uint256 crumbs = CRUMBS * (trades.length - k + 1);
            require(turned <= _turnoverMost + (_turnoverRate * t >> 32) + crumbs, "turned over more than any policy lets");
            require(lost <= _lossMost + (_lossRate * t >> 32) + _lossOfOne + crumbs, "lost more than any policy lets");
            if (k <= regime) continue;
            uint256 most = uint256(n.turnover) + uint256(n.turnover) * t / n.turnoverWindow;
            require(turned <= most + crumbs, "turned over more than the allowance");
            most = uint256(n.dayLoss) + uint256(n.dayLoss) * t / 1 days + n.maxLossPerAction;
            require(lost <= most + crumbs, "lost more than a day may");
            most = uint256(n.monthLoss) + uint256(n.monthLoss) * t / 30 days + n.maxLossPerAction;
            require(lost <= most + crumbs, "lost more than a month may");
        }
    }

    /// What the vault says of itself in a decision's features is what was so at its moment.
    function remembered(int256[] memory x, uint32 asOf, int24[] memory refs) internal view {
        uint256[3] memory values;
        uint256 total;
        for (uint256 i = 0; i < 3; i++) {
            values[i] = i == 0 ? toldAsOf(0, asOf) : valueAt(toldAsOf(i, asOf), refs[i]);
            total += values[i];
        }
        for (uint256 i = 1; i < 3; i++) {
            int256 weight = total == 0 ? int256(0) : int256(values[i] * BPS / total);
            require(x[15 + i] == weight - 5000, "remembers another book");
        }
        uint256 minutes_ = lastTradeAsOf == 0 ? 1440 : Math.min((asOf - lastTradeAsOf) / 60, 1440);
        require(x[20] == int256(minutes_), "remembers another trade");
        require(x[21] >= 0 && x[21] <= int256(BPS), "an allowance beyond all");
    }

    // ---- always ----

    /// Books are what was told, and the vault holds them and what is beyond; what left went to the recipient; nothing of
    /// it lies anywhere else, and nobody may take any.
    function holds() external view {
        address action = policy.parts.action;
        for (uint256 i = 0; i < 3; i++) {
            TestToken t = token(i);
            (uint256 amount,,) = vault.book(address(t));
            require(amount == told[i], "books are not what was told");
            require(int256(t.balanceOf(address(vault))) == int256(amount) + beyond[i], "books are not held");
            require(t.balanceOf(RECIPIENT) == handedOut[i], "something left by another way");
            require(t.allowance(address(vault), action) == 0, "an approval was left standing");
            require(
                t.balanceOf(action) == 0 && t.balanceOf(address(engine)) == 0 && t.balanceOf(address(rules)) == 0
                    && t.balanceOf(address(source)) == 0,
                "a part holds tokens"
            );
        }
        Vault.State memory state = vault.state();
        require(state.nonce == nonces, "the nonce is not what was done");
        require(state.lastAsOf == lastAsOf, "another last decision");
        require(state.paused == paused, "paused by nobody");
        require(state.policyHash == keccak256(abi.encode(policy)), "another policy");
    }
}
