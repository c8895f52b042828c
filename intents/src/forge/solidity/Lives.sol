// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Feed, HOLD, Numbers} from "vault/Policy.sol";
import {Step} from "vault/IAction.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {UniswapV3Action} from "vault/UniswapV3Action.sol";
import {Vault} from "vault/Vault.sol";
import {VaultLens} from "vault/VaultLens.sol";
import {Deployed} from "./Deployed.sol";
import {TrickToken} from "./Doubles.sol";
import {Ghost} from "./Ghost.sol";
import {VM, Vm} from "./Vm.sol";

interface Dealing {
    function deal(address to, uint256 amount) external;
}

/// What may happen to a vault, each in an order and with numbers that forge invents: an agent that decides, whoever
/// has seen its proofs, somebody with any amount of money and liquidity, providers who come and go, a token that lies,
/// an owner, and time. No call here reverts: what the vault must refuse is asked for and seen to be refused.
contract Lives is Ghost {
    string private constant ACTS = "target/forge/acts.jsonl";
    address private constant NEXT = address(uint160(uint256(keccak256("next owner"))));
    uint256 private constant CLASSES = 5;

    /// A decision that somebody has proven, if it comes to a plan.
    struct Asked {
        Vault.Decision d;
        bytes hints;
        bytes[] sourceHints;
        bytes call;
        bool located;
        bool planned;
        /// What the engine, or a source, says against it.
        bytes refusal;
        uint256 steps;
    }

    struct Attack {
        uint256 class;
        /// How far, in ticks; upward where the vault buys.
        uint256 ticks;
        /// Seconds to the next block, if it goes over one.
        uint256 gap;
        /// What the attacker provides, and what others took away for it.
        uint128 own;
        uint128 away;
        int24 lower;
        int24 upper;
        uint160 market;
        uint256 count;
        int256 idle;
    }

    address public owner = OWNER;
    VaultLens private _lens = VaultLens(Deployed.ours("VaultLens", ""));
    bytes private _spent;
    string[] private _acts;
    mapping(string act => uint256[2]) private _counts;

    constructor() {
        key = modelKey(22, uint8(CLASSES));
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        policy.model.targets = [0, HOLD, HOLD, HOLD, 8000, HOLD, HOLD, 3000, 4500, 0];
        policy.model.directions = [3, 3, 3, 3, 3];
        (policy.limits.numbers.maxSlippageBps, policy.limits.numbers.maxDrift) = (80, 60);
        address[2] memory owners = [OWNER, NEXT];
        for (uint256 o = 0; o < 2; o++) {
            for (uint256 i = 0; i < 3; i++) {
                token(i).mint(owners[o], 1e30);
                VM.prank(owners[o]);
                token(i).approve(address(vault), type(uint256).max);
            }
        }
        _byOwner(abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        newRegime();
    }

    // ---- an agent, and who has seen its proofs ----

    function decide(uint16 wait, uint8 class, uint8 age, uint8 slippage, bool byStranger) external {
        _pass(wait % 900);
        _toMoment(age);
        string[5] memory acts = ["decide: sell", "decide: hold", "decide: buy", "decide: far", "decide: both"];
        bool done = _try(_asked(class % CLASSES, 40 + slippage % 60, address(0)), byStranger ? STRANGER : AGENT);
        _count(acts[class % CLASSES], done);
    }

    /// At any time, not only in time.
    function insist(uint16 wait, uint8 class) external {
        _pass(wait % 300);
        _count("decide at any time", _try(_asked(class % CLASSES, 80, AGENT), AGENT));
    }

    /// Decisions of one moment after the other, to and fro, until an allowance is spent.
    function press(uint16 wait, uint8 class, uint8 times, uint8 age) external {
        _pass(wait % 600);
        for (uint256 k = 0; k < 2 + times % 3; k++) {
            _toMoment(age % 64);
            _count("decide again and again", _try(_asked(class % 2 == 0 ? 2 : k % 3 * 2, 80, AGENT), AGENT));
        }
    }

    /// The market moves after the decision's moment, by about as much as it may, and the decision is carried out.
    function follow(uint16 wait, uint8 class, int8 ticks, uint8 later) external {
        _pass(wait % 600);
        _toMoment(later % 16);
        others.pushTo(_root(_tick() + int256(ticks)));
        newBlock(block.timestamp + 1 + later % 40);
        report(0);
        _count("decide after a move", _try(_asked(class % CLASSES, 40 + later % 60, AGENT), AGENT));
        if (ticks % 3 != 0) others.pushTo(_root(_tick() - int256(ticks)));
    }

    /// A call that is not one's own, with or without a word of it changed; then the agent's.
    function steal(uint16 wait, uint8 class, uint8 kind, uint32 change) external {
        _pass(wait % 600);
        _toMoment(kind);
        Asked memory asked = _asked(class % CLASSES, 70, AGENT);
        _refuses(STRANGER, asked.call);
        Vault.Decision memory d = abi.decode(abi.encode(asked.d), (Vault.Decision));
        uint256 by = 1 + uint256(change);
        if (kind % 7 == 0) d.nonce += by;
        else if (kind % 7 == 1) d.deadline += 1_000_000 + by;
        else if (kind % 7 == 2) d.asOf -= policy.limits.numbers.step * uint32(1 + change % 100);
        else if (kind % 7 == 3) d.executor = STRANGER;
        else if (kind % 7 == 4) d.maxSlippageBps++;
        else if (kind % 7 == 5) d.outputs[0] = int256((uint256(d.outputs[0]) + 1 + change % 10) % 11);
        else d.model = bytes32(uint256(d.model) ^ by);
        _refuses(kind % 7 == 3 ? STRANGER : AGENT, abi.encodeCall(vault.execute, (d, asked.hints, asked.sourceHints, "")));
        _count("never: a stolen decision", false);
        _count("decide after a theft", _try(asked, AGENT));
    }

    function replay(uint16 wait) external {
        _pass(wait % 600);
        if (_spent.length == 0) return;
        _refuses(STRANGER, _spent);
        _refuses(AGENT, _spent);
        _count("never: a spent decision", false);
    }

    // ---- the market, and money ----

    /// To a price that the vault may or may not trade at.
    function market(uint16 wait, int8 ticks, bool shock) external {
        _pass(wait % 600);
        int256 next = _tick() + (shock ? int256(ticks) * 8 : int256(ticks) / 4);
        others.pushTo(_root(next > 2000 ? int256(2000) : next < -2000 ? -2000 : next));
        _count("move the market", true);
        _pass(wait % 60);
        if (ticks % 4 != 0) report(int256(ticks) / 16);
    }

    function rest(uint32 wait) external {
        newBlock(block.timestamp + 1 + wait % 3 days);
        if (wait % 4 != 0) report(0);
        _count("wait", true);
    }

    /// An independent price, near the pool's or not.
    function say(uint16 wait, int8 bps) external {
        _pass(wait % 600);
        report(bps % 2 == 0 ? int256(bps) : int256(bps) / 8);
        _count("say a price", true);
    }

    /// One transaction around the vault's, with borrowed money alone.
    function sandwich(uint16 wait, uint8 class, uint8 ticks, uint8 age) external {
        _pass(wait % 600);
        Attack memory a;
        (a.class, a.ticks) = (class % CLASSES, 1 + ticks % 40);
        _count("sandwich", _attack(a, age));
    }

    /// The same by somebody who has liquidity there: his own besides, or in the place of others'.
    function squeeze(uint16 wait, uint8 class, uint8 ticks, uint16 share, uint8 width, bool instead) external {
        _pass(wait % 600);
        Attack memory a;
        (a.class, a.ticks) = (class % 3, 1 + ticks % 40);
        _lend(a, share, width, instead);
        _count(instead ? "sandwich by an owner of the pool" : "sandwich with lent liquidity", _attack(a, ticks));
    }

    /// The price is moved at the end of one block, and moved back in the next, after the trade.
    function overTwoBlocks(uint16 wait, uint8 class, uint8 ticks, uint16 share, uint8 width, uint8 gap) external {
        _pass(wait % 600);
        Attack memory a;
        (a.class, a.ticks, a.gap) = (class % CLASSES, 1 + ticks % 60, 1 + gap % 24);
        if (share % 3 != 0) _lend(a, share, width, share % 3 == 1);
        _count("sandwich over two blocks", _attack(a, gap));
    }

    /// Providers of nearly all depth go, and come back.
    function drain(uint16 wait, uint8 class, uint16 part, uint16 gone) external {
        _pass(wait % 600);
        uint128 away = DEPTH * (200 + part % 9700) / 10_000;
        others.depart(-FULL, FULL, away);
        _toMoment(class);
        _count("decide in a drained pool", _try(_asked(class % CLASSES, 80, AGENT), AGENT));
        newBlock(block.timestamp + 1 + gone % 300);
        others.provide(-FULL, FULL, away);
        if (gone % 4 == 0) {
            _pass(policy.limits.numbers.window);
            _toMoment(class);
        }
        _count("decide in a pool just filled", _try(_asked(class % CLASSES, 80, AGENT), AGENT));
    }

    function give(uint16 wait, uint8 which, uint96 amount) external {
        _pass(wait % 600);
        beyond[which % 3] += int256(uint256(amount));
        token(which % 3).mint(address(vault), amount);
        _count("give", true);
    }

    /// A token takes a part of what is moved, keeps the vault's from moving, or shrinks.
    function lie(uint16 wait, uint8 class, uint8 kind, uint64 amount) external {
        _pass(wait % 600);
        TrickToken trick = TrickToken(address(base));
        if (kind % 3 == 0) {
            uint256 lost = Math.min(base.balanceOf(address(vault)) / 8, uint256(amount) * 100);
            trick.shrink(address(vault), lost);
            beyond[1] -= int256(lost);
            _count("shrink", true);
            return;
        }
        _toMoment(class);
        lying = true;
        if (kind % 3 == 1) trick.take(1 + kind % 100);
        else trick.freeze(address(vault));
        bool done = _try(_asked(class % CLASSES, 80, AGENT), AGENT);
        _count(kind % 3 == 1 ? "decide while a token takes" : "decide while a token is frozen", done);
        (bool left,) = _exit(1, told[1] / 64);
        _count(kind % 3 == 1 ? "exit while a token takes" : "never: exit of a frozen token", left);
        (left,) = _exit(0, told[0] / 64);
        require(left, "a lying token keeps another");
        trick.take(0);
        trick.freeze(address(0));
        lying = false;
    }

    // ---- the owner ----

    function deposit(uint16 wait, uint8 which, uint72 amount) external {
        _pass(wait % 600);
        _byOwner(abi.encodeCall(vault.deposit, (address(token(which % 3)), amount)));
        toldOf(which % 3, told[which % 3] + amount);
        _count("deposit", true);
    }

    /// A sum, or all.
    function exit(uint16 wait, uint8 which, uint8 part) external {
        _pass(wait % 600);
        uint256 i = which % 3;
        uint256 held = token(i).balanceOf(address(vault));
        uint256 amount = part % 8 == 0 ? type(uint256).max : told[i] * (part % 32) / 64;
        (bool done, uint256 taken) = _exit(i, amount);
        require(done == (amount == type(uint256).max || amount <= held), "an exit that went another way");
        _count("exit", done);
        // So that there is something to decide about.
        if (!done || taken < 10_000e18 || i == 2) return;
        _pass(part);
        _byOwner(abi.encodeCall(vault.deposit, (address(token(i)), taken)));
        toldOf(i, told[i] + taken);
    }

    function sync(uint16 wait, uint8 which) external {
        _pass(wait % 600);
        uint256 i = which % 3;
        uint256 held = token(i).balanceOf(address(vault));
        _byOwner(abi.encodeCall(vault.sync, (address(token(i)))));
        if (held < told[i]) {
            toldOf(i, held);
            beyond[i] = 0;
        }
        _count("sync", true);
    }

    /// Gifts are handed out; nothing is while another token's books are not held.
    function sweep(uint16 wait, uint8 which) external {
        _pass(wait % 600);
        uint256 i = which % 3;
        uint256 gift = beyond[i] > 0 ? uint256(beyond[i]) : 0;
        (bool done,) = _from(owner, abi.encodeCall(vault.sweep, (address(token(i)))));
        require(done || (gift != 0 && (beyond[0] < 0 || beyond[1] < 0 || beyond[2] < 0)), "a sweep was refused");
        if (done) {
            handedOut[i] += gift;
            beyond[i] -= int256(gift);
        }
        Dealing(address(VM)).deal(address(vault), wait);
        uint256 before = RECIPIENT.balance;
        _byOwner(abi.encodeCall(vault.sweepEther, ()));
        require(RECIPIENT.balance == before + wait && address(vault).balance == 0, "ether stays behind");
        _count("sweep", done);
    }

    function pause(uint16 wait, uint8 class) external {
        _pass(wait % 600);
        _toMoment(class);
        Asked memory asked = _asked(class % CLASSES, 80, address(0));
        _byOwner(abi.encodeCall(vault.pause, ()));
        bool spent = !paused;
        if (spent) nonces++;
        paused = true;
        _refuses(AGENT, asked.call);
        if (class % 8 != 0) _unpause();
        // What was proven before is void.
        if (spent) _refuses(AGENT, asked.call);
        _count("pause", true);
    }

    function unpause(uint16 wait) external {
        _pass(wait % 600);
        _unpause();
        _count("unpause", true);
    }

    function _unpause() private {
        _byOwner(abi.encodeCall(vault.unpause, ()));
        paused = false;
    }

    function setPolicy(uint16 wait, uint256 seed) external {
        _pass(wait % 600);
        Numbers storage n = policy.limits.numbers;
        n.step = 300 * (1 + uint32(_part(seed, 0, 4)));
        n.maxAge = 60 + uint32(_part(seed, 1, n.step / 2 - 59));
        n.minInterval = uint32(_part(seed, 2, n.step - n.maxAge + 1));
        n.window = 300 + uint32(_part(seed, 3, 301));
        n.settle = 30 + uint32(_part(seed, 4, 200));
        n.maxSlippageBps = 40 + uint16(_part(seed, 5, 61));
        n.maxDrift = 20 + uint16(_part(seed, 6, 81));
        n.impactMargin = uint16(_part(seed, 7, 11));
        n.depthShareBps = 1000 + uint16(_part(seed, 8, 9001));
        n.minFillBps = 1 + uint16(_part(seed, 9, 10_000));
        n.minTrade = uint128(1e18 + _part(seed, 10, 50e18));
        n.maxAction = uint128(n.minTrade + _part(seed, 11, 2000e18));
        n.turnover = uint128(n.minTrade + _part(seed, 12, 4000e18));
        n.turnoverWindow = n.step + uint32(_part(seed, 13, 2 days));
        n.dayLoss = uint96(1e17 + _part(seed, 14, 8e18));
        n.monthLoss = uint96(n.dayLoss * (1 + _part(seed, 15, 8)));
        n.maxLossPerAction = uint96(Math.min(n.monthLoss, 3e17 + _part(seed, 16, 4e18)));
        for (uint256 i = 0; i < 2; i++) {
            policy.limits.exposures[i].most = uint128(10_000e18 + _part(seed, 17 + i, 80_000e18));
            policy.limits.exposures[i].mostBps = uint16(2000 + _part(seed, 19 + i, 8001));
            policy.limits.pools[i].minLiquidity = uint128(DEPTH / 2 + _part(seed, 21 + i, DEPTH / 2));
            uint256 floor = policy.limits.pools[i].minLiquidity;
            policy.limits.pools[i].countedLiquidity = uint128(floor / 2 + _part(seed, 23 + i, floor / 2 + 1));
        }
        policy.parts.assets[1].sellOnly = _part(seed, 25, 8) == 0;
        n.maxDeviationBps = uint16(50 + _part(seed, 26, 100));
        bool fed = _part(seed, 27, 2) == 0;
        policy.parts.assets[1].feed = Feed(fed ? address(feed) : address(0), 8, 6 hours, 1e6, 1e10);
        policy.parts.assets[1].feedInNumeraire = true;
        report(0);
        _byOwner(abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        newRegime();
        _count("set a policy", true);
    }

    function handOver(uint16 wait) external {
        _pass(wait % 600);
        address next = owner == OWNER ? NEXT : OWNER;
        _byOwner(abi.encodeCall(vault.transferOwnership, (AGENT)));
        _refuses(AGENT, abi.encodeCall(vault.acceptOwnership, ()));
        _byOwner(abi.encodeCall(vault.transferOwnership, (next)));
        _refuses(owner, abi.encodeCall(vault.acceptOwnership, ()));
        (bool done,) = _from(next, abi.encodeCall(vault.acceptOwnership, ()));
        require(done, "the next owner was refused");
        owner = next;
        _refuses(owner, abi.encodeCall(vault.renounceOwnership, ()));
        _count("hand over", true);
    }

    /// Nobody but the owner does what is the owner's, and nobody but its pool asks an action for money.
    function trespass(uint16 wait, uint8 which, uint80 amount, bool agent) external {
        _pass(wait % 60);
        address who = agent ? AGENT : owner == OWNER ? NEXT : STRANGER;
        address t = address(token(which % 3));
        _refuses(who, abi.encodeCall(vault.deposit, (t, amount)));
        _refuses(who, abi.encodeCall(vault.exit, (t, amount)));
        _refuses(who, abi.encodeCall(vault.exit, (t, type(uint256).max)));
        _refuses(who, abi.encodeCall(vault.sync, (t)));
        _refuses(who, abi.encodeCall(vault.sweep, (t)));
        _refuses(who, abi.encodeCall(vault.sweepEther, ()));
        _refuses(who, abi.encodeCall(vault.pause, ()));
        _refuses(who, abi.encodeCall(vault.unpause, ()));
        _refuses(who, abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        _refuses(who, abi.encodeCall(vault.transferOwnership, (who)));
        if (who == STRANGER) _refuses(who, abi.encodeCall(vault.acceptOwnership, ()));
        _refuses(who, abi.encodeCall(vault.renounceOwnership, ()));
        _refuses(who, abi.encodeCall(vault.offerRecipient, (who)));
        _refuses(who, abi.encodeCall(vault.acceptRecipient, ()));
        if (who != AGENT) _refuses(who, abi.encodeCall(vault.recordHolds, (new uint32[](0), new bytes32[](0))));
        UniswapV3Action action = UniswapV3Action(policy.parts.action);
        address[2] memory callers = [who, address(near)];
        for (uint256 i = 0; i < 2; i++) {
            VM.prank(callers[i]);
            (bool done,) = address(action).call(
                abi.encodeCall(action.uniswapV3SwapCallback, (int256(uint256(amount)), int256(uint256(amount)), ""))
            );
            require(!done, "an action paid somebody");
        }
        address[] memory pools = new address[](1);
        pools[0] = address(near);
        Step memory step = Step(address(base), 1 + uint256(amount), address(quote), 0);
        VM.prank(address(7));
        (bool ran,) = address(action).call(abi.encodeCall(action.run, (abi.encode(pools), step)));
        require(!ran, "an action gave what its caller does not have");
        _count("never: another than the owner", false);
    }

    /// Whatever happened, the owner can take all of it, at once.
    function takeAll(uint16 wait) external {
        _pass(wait % 600);
        uint256 id = VM.snapshotState();
        for (uint256 i = 0; i < 3; i++) {
            (bool done,) = _exit(i, type(uint256).max);
            require(done, "the owner could not leave");
        }
        for (uint256 i = 0; i < 3; i++) {
            _byOwner(abi.encodeCall(vault.sync, (address(token(i)))));
        }
        for (uint256 i = 0; i < 3; i++) {
            _byOwner(abi.encodeCall(vault.sweep, (address(token(i)))));
            require(token(i).balanceOf(address(vault)) == 0, "something stays behind");
        }
        require(VM.revertToState(id));
        _count("take all", true);
    }

    // ---- how ----

    function _part(uint256 seed, uint256 which, uint256 below) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, which))) % below;
    }

    function _pass(uint256 seconds_) private {
        newBlock(block.timestamp + 4 + seconds_);
    }

    /// To the next moment that may be decided for, and so many seconds beyond, mostly not too many.
    function _toMoment(uint256 age) private {
        Numbers memory n = policy.limits.numbers;
        newBlock(block.timestamp - block.timestamp % n.step + n.step + age % (n.maxAge + 8));
    }

    /// The tick of base in quote, and the root of a price as the pool has it.
    function _tick() private view returns (int256) {
        (, int24 tick,,,,,) = near.slot0();
        return near.token0() == address(base) ? int256(tick) : -int256(tick);
    }

    function _root(int256 tick) private view returns (uint160) {
        return uint160(PriceMath.sqrtRatioX96(near.token0() == address(base) ? tick : -tick));
    }

    function _asked(uint256 class, uint256 slippage, address executor) private returns (Asked memory asked) {
        Vault.Decision memory d = asked.d;
        Vault.State memory state = vault.state();
        (d.model, d.nonce, d.deadline) = (policy.model.digest, state.nonce, block.timestamp + 600);
        d.asOf = uint32(block.timestamp - block.timestamp % policy.limits.numbers.step);
        (d.executor, d.maxSlippageBps) = (executor, uint16(slippage));
        d.outputs = new int256[](1);
        d.outputs[0] = int256(class);
        asked.sourceHints = new bytes[](2);
        bytes memory answer;
        (asked.located, answer) = address(engine).staticcall(abi.encodeCall(engine.locate, (state.policyAt, d.asOf)));
        if (asked.located) {
            asked.hints = abi.decode(answer, (bytes));
            bytes memory parameters = policy.model.program[0].parameters;
            (asked.located, answer) = address(source).staticcall(abi.encodeCall(source.locate, (parameters, d.asOf)));
            if (asked.located) {
                asked.sourceHints[0] = abi.decode(answer, (bytes));
                _prove(asked);
            }
        }
        asked.call = abi.encodeCall(vault.execute, (d, asked.hints, asked.sourceHints, ""));
    }

    function _prove(Asked memory asked) private {
        Vault.Decision memory d = asked.d;
        PolicyEngine.PlanInput memory input = vault.planInput(d.asOf, d.maxSlippageBps, d.outputs, asked.hints);
        (asked.planned, asked.refusal) = address(engine).staticcall(abi.encodeCall(engine.plan, (input)));
        if (!asked.planned) return;
        PolicyEngine.Plan memory plan = abi.decode(asked.refusal, (PolicyEngine.Plan));
        asked.steps = plan.steps.length;
        (asked.planned, asked.refusal) =
            address(vault).staticcall(abi.encodeCall(vault.featuresAt, (d.asOf, plan.refs, asked.sourceHints)));
        if (!asked.planned) {
            // Of a moment that may still be decided for the books are always known.
            require(d.asOf <= lastAsOf, "features of a moment to come are not known");
            return;
        }
        int256[] memory x = abi.decode(asked.refusal, (int256[]));
        if (d.asOf > lastAsOf) remembered(x, d.asOf, plan.refs);
        verifier.authorise(key, x, d.outputs, vault.contextOf(d));
    }

    function _try(Asked memory asked, address from) private returns (bool done) {
        bytes memory reason;
        Before memory before;
        if (asked.planned) before = look(asked.d.asOf);
        VM.recordLogs();
        (done, reason) = _from(from, asked.call);
        Vm.Log[] memory logs = VM.getRecordedLogs();
        if (!done) {
            _explain(reason, asked, from);
            return false;
        }
        require(asked.planned, "carried out without a plan");
        executed(before, asked.d, logs);
        _spent = asked.call;
    }

    /// A refusal has its cause in what was asked, or in the market.
    function _explain(bytes memory why, Asked memory asked, address from) private view {
        Numbers memory n = policy.limits.numbers;
        bytes4 reason = bytes4(why);
        if (reason == Vault.Paused.selector) {
            require(paused, "paused by nobody");
        } else if (reason == Vault.NotExecutor.selector) {
            require(asked.d.executor != address(0) && asked.d.executor != from, "its executor was refused");
        } else if (reason == Vault.Stale.selector) {
            require(asked.d.asOf + n.maxAge < block.timestamp, "a fresh decision is stale");
        } else if (reason == Vault.OutOfOrder.selector) {
            require(asked.d.asOf <= lastAsOf, "out of order in order");
        } else if (lying) {
            return;
        } else if (!asked.planned) {
            require(!asked.located || keccak256(why) == keccak256(asked.refusal), "refused for another reason than the plan's");
        } else if (reason == Vault.TooSoon.selector) {
            require(lastTradeTime + n.minInterval > block.timestamp, "too soon in time");
        } else if (reason == Vault.DayLossReached.selector) {
            require(vault.state().dayLoss >= n.dayLoss, "a day's loss that is none");
        } else if (reason == Vault.MonthLossReached.selector) {
            require(vault.state().monthLoss >= n.monthLoss, "a month's loss that is none");
        } else {
            bool pushed = reason == Vault.SlippageExceeded.selector || reason == PolicyEngine.TooLargeForDepth.selector;
            require(
                reason == Vault.ActionLost.selector || reason == Vault.FilledTooLittle.selector || pushed
                    || asked.d.asOf + n.maxAge >= block.timestamp,
                "refused without a cause"
            );
        }
    }

    // ---- attacks ----

    /// Makes a share of the pool's liquidity the attacker's, over a whole window.
    function _lend(Attack memory a, uint256 share, uint256 width, bool instead) private {
        share = 100 + share % 9801;
        if (instead) {
            a.away = uint128(DEPTH * share / BPS);
            a.own = a.away;
            others.depart(-FULL, FULL, a.away);
        } else {
            a.own = uint128(DEPTH * share / (BPS - share + 1));
        }
        (, int24 tick,,,,,) = near.slot0();
        int24 half = int24(int256(10 * (width % 32)));
        (a.lower, a.upper) = half == 0 ? (-FULL, FULL) : (tick / 10 * 10 - half, tick / 10 * 10 + half);
        attacker.provide(a.lower, a.upper, a.own);
        _pass(policy.limits.numbers.window);
    }

    /// Pushes, lets the vault trade, pushes back and takes the liquidity out: what it gains by that over doing nothing.
    function _attack(Attack memory a, uint256 age) private returns (bool done) {
        _toMoment(age % 48);
        Asked memory asked = _asked(a.class, 80, address(0));
        (a.market,,,,,,) = near.slot0();
        a.count = trades.length;
        uint256 id = VM.snapshotState();
        if (asked.planned && asked.steps != 0) {
            if (a.gap != 0) newBlock(block.timestamp + a.gap);
            (done,) = _from(STRANGER, asked.call);
            a.idle = _after(a);
        }
        require(VM.revertToState(id));
        if (!done) {
            _after(a);
        } else {
            bool buys = a.class == 2 || a.class == 3;
            attacker.pushTo(_root(_tick() + (buys ? int256(a.ticks) : -int256(a.ticks))));
            if (a.gap != 0) newBlock(block.timestamp + a.gap);
            done = _try(asked, STRANGER) && trades.length > a.count;
            int256 gain = _after(a) - a.idle;
            if (done) require(gain <= int256(_most(a, trades[a.count].turned)), "a sandwich paid");
        }
        if (a.away != 0) others.provide(-FULL, FULL, a.away);
    }

    /// Back to the market's price; what the attacker has then, in quote.
    function _after(Attack memory a) private returns (int256) {
        attacker.pushTo(a.market);
        if (a.own != 0) attacker.depart(a.lower, a.upper, a.own);
        int256 ofBase = attacker.gain(address(base));
        uint256 amount = uint256(ofBase < 0 ? -ofBase : ofBase);
        (uint256 by, uint256 over) =
            near.token0() == address(base) ? (uint256(a.market), uint256(1 << 96)) : (uint256(1 << 96), uint256(a.market));
        amount = Math.mulDiv(Math.mulDiv(amount, by, over), by, over);
        return attacker.gain(address(quote)) + (ofBase < 0 ? -int256(amount) : int256(amount));
    }

    /// Nothing, but for a fiftieth of a basis point, where others' liquidity bears the step. Beyond, over one block the
    /// room that an honest trade of this size leaves, and a basis point: the margin where the policy counts on all that is
    /// there. Over two blocks the slippage.
    function _most(Attack memory a, uint256 traded) private view returns (uint256) {
        Numbers memory n = policy.limits.numbers;
        uint256 theirs = DEPTH - a.away;
        require(theirs + a.own >= policy.limits.pools[0].minLiquidity, "traded with too little liquidity");
        if (theirs * BPS >= uint256(policy.limits.pools[0].countedLiquidity) * n.depthShareBps) return traded / 500_000;
        if (a.gap != 0) return traded * (uint256(n.maxSlippageBps) + 1) / BPS;
        (int256 impact,) = roomOf(a.class == 3 ? 2 : 1);
        uint256 honest = 2 * traded * BPS / (theirs + a.own);
        uint256 room = uint256(impact) - Math.min(honest, uint256(impact) - n.impactMargin);
        return traded * (room + 1) / BPS;
    }

    // ---- calls ----

    function _from(address who, bytes memory asked) private returns (bool done, bytes memory reason) {
        if (bytes4(asked) != Vault.execute.selector) return _called(who, asked);
        (bool fine, bytes memory refusal) = _foretold(who, asked);
        (done, reason) = _called(who, asked);
        require(done == fine, fine ? "refused what the lens called fine" : "did what the lens said is refused");
        require(done || keccak256(reason) == keccak256(refusal), "refused in other words than the lens's");
    }

    function _called(address who, bytes memory asked) private returns (bool done, bytes memory reason) {
        VM.prank(who);
        (done, reason) = address(vault).call(asked);
    }

    /// What the lens says of an execution by whoever is about to ask for it.
    function _foretold(address who, bytes memory asked) private returns (bool fine, bytes memory refusal) {
        bytes memory arguments = new bytes(asked.length - 4);
        assembly ("memory-safe") {
            mcopy(add(arguments, 0x20), add(asked, 0x24), mload(arguments))
        }
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints, bytes memory proof) =
            abi.decode(arguments, (Vault.Decision, bytes, bytes[], bytes));
        (fine, refusal,,,) = _lens.checkIntent(vault, who, d, hints, sourceHints, proof);
    }

    function _refuses(address who, bytes memory asked) private {
        (bool done,) = _from(who, asked);
        require(!done, "the vault did what it must refuse");
    }

    function _byOwner(bytes memory asked) private {
        (bool done, bytes memory reason) = _from(owner, asked);
        require(done, string.concat("the owner was refused: ", done ? "" : VM.toString(reason)));
    }

    /// @return done whether it was not refused
    /// @return taken what left the books
    function _exit(uint256 i, uint256 amount) private returns (bool done, uint256 taken) {
        uint256 booked = told[i];
        uint256 before = token(i).balanceOf(RECIPIENT);
        taken = Math.min(amount, Math.min(booked, token(i).balanceOf(address(vault))));
        (done,) = _from(owner, abi.encodeCall(vault.exit, (address(token(i)), amount)));
        if (!done) return (false, 0);
        if (amount != type(uint256).max) taken = amount;
        toldOf(i, booked - taken);
        uint256 arrived = token(i).balanceOf(RECIPIENT) - before;
        require(lying || arrived == taken, "an exit did not arrive");
        handedOut[i] += arrived;
    }

    // ---- counting ----

    function _count(string memory act, bool done) private {
        uint256[2] storage counted = _counts[act];
        if (counted[0] == 0) _acts.push(act);
        counted[0]++;
        if (done) counted[1]++;
    }

    /// A line for this life: how often each act was tried, and how often it succeeded.
    function tell() external {
        string memory line = "{";
        for (uint256 i = 0; i < _acts.length; i++) {
            uint256[2] storage counted = _counts[_acts[i]];
            line = string.concat(line, i == 0 ? '"' : ',"', _acts[i], '":[');
            line = string.concat(line, VM.toString(counted[0]), ",", VM.toString(counted[1]), "]");
        }
        VM.writeLine(ACTS, string.concat(line, "}"));
    }
}
