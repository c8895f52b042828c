// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {
    ASK_BORROW, ASK_LIQUID, ASK_REPAY, ASK_SUPPLY, ASK_WORTH, Loan, ReserveState
} from "vault/ILendingDesk.sol";
import {LoanAsk, LoanEngine, LoanStep, Lent} from "vault/LoanEngine.sol";
import {HOLD, Policy, Reserve, ReserveLimits} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {Deployed} from "./Deployed.sol";
import {Borrower} from "./LoansAccount.t.sol";
import {VM} from "./Vm.sol";

interface Etch {
    function etch(address place, bytes calldata code) external;
}

/// No more of a state than was asked for.
function onlyAsked(ReserveState[] memory known, ReserveState[] memory states, uint256 asks) pure returns (ReserveState[] memory) {
    for (uint256 r = 0; r < states.length; r++) {
        uint256 ask = asks >> 8 * r;
        if (ask & ASK_LIQUID != 0) known[r].liquid = states[r].liquid;
        if (ask & ASK_SUPPLY != 0) known[r].supplyRoom = states[r].supplyRoom;
        if (ask & ASK_BORROW != 0) known[r].borrowRoom = states[r].borrowRoom;
        if (ask & ASK_REPAY != 0) known[r].repayable = states[r].repayable;
        if (ask & ASK_WORTH == 0) continue;
        known[r].price = states[r].price;
        (known[r].thresholdBps, known[r].ltvBps) = (states[r].thresholdBps, states[r].ltvBps);
    }
    return known;
}

function onlyOwned(ReserveState[] memory states) pure returns (ReserveState[] memory known) {
    known = new ReserveState[](states.length);
    for (uint256 r = 0; r < states.length; r++) {
        (known[r].supplied, known[r].owed) = (states[r].supplied, states[r].owed);
    }
}

/// A lending market in the state that it is told.
contract ScriptedDesk {
    ReserveState[] private _states;

    function tell(ReserveState[] calldata states) external {
        delete _states;
        for (uint256 r = 0; r < states.length; r++) {
            _states.push(states[r]);
        }
    }

    function owned(address, address, address[] calldata) external view returns (address, ReserveState[] memory) {
        return (address(this), onlyOwned(_states));
    }

    function asked(address, address, address[] calldata, ReserveState[] memory known, uint256 asks)
        external
        view
        returns (ReserveState[] memory)
    {
        return onlyAsked(known, _states, asks);
    }
}

/// Loans of two reserves, QUOTE, the numeraire, and BASE, at a reference price of one.
abstract contract Loans is Borrower {
    uint256 internal constant FLOOR = 12_500;
    address internal constant PLACE = address(0xb10b);
    LoanEngine internal engine = LoanEngine(Deployed.ours("LoanEngine", ""));
    Policy internal policy;

    constructor() {
        policy.limits.numbers.minTrade = 10e18;
        policy.limits.healthFloorBps = uint32(FLOOR);
        policy.model.directions = [13];
        policy.limits.numbers.maxAction = type(uint128).max;
        policy.model.lendingTargets = [HOLD, HOLD, HOLD, HOLD];
        policy.parts.lending.desk = address(desk);
        policy.parts.lending.pool = address(pool);
        for (uint256 i = 0; i < 2; i++) {
            policy.parts.assets.push();
            policy.parts.assets[i].token = tokens[i];
            policy.parts.assets[i].decimals = 18;
            policy.parts.lending.reserves.push(Reserve(uint8(i), true));
            policy.limits.reserves.push(ReserveLimits(1_000_000e18, 1_000_000e18));
        }
    }

    function _ask(uint256 freeQuote, uint256 freeBase, uint256 weight) internal returns (LoanAsk memory ask) {
        Etch(address(VM)).etch(PLACE, bytes.concat(hex"00", abi.encode(policy)));
        (ask.policy, ask.vault, ask.sells) = (PLACE, address(this), true);
        (ask.outputs, ask.refs) = (new int256[](1), new int24[](2));
        (ask.books, ask.weights) = (new uint256[](2), new uint256[](2));
        (ask.books[0], ask.books[1], ask.weights[1]) = (freeQuote, freeBase, weight);
    }

    function _targets(uint16 supplyQuote, uint16 oweQuote, uint16 supplyBase, uint16 oweBase) internal {
        policy.model.lendingTargets = [supplyQuote, oweQuote, supplyBase, oweBase];
    }

    function _sold(uint256 ofQuote, uint256 ofBase) internal pure returns (uint256[] memory sold) {
        sold = new uint256[](2);
        (sold[0], sold[1]) = (ofQuote, ofBase);
    }
}

/// What the engine gives, a real market takes.
contract LoansMeetAave is Loans {
    struct Case {
        uint64 quote;
        uint64 base;
        uint16 lentQuote;
        uint16 lentBase;
        uint16 owed;
        uint16 price;
        uint16[4] targets;
        uint16 weight;
        bool owesQuote;
    }

    /// forge-config: default.fuzz.runs = 96
    function test_whatisplannedisdone(Case memory c) external {
        uint256 freeQuote = uint256(c.quote) % 100_000 * 1e18 + uint256(c.quote) % 1e18;
        uint256 freeBase = uint256(c.base) % 100_000 * 1e18 + uint256(c.base) % 1e18;
        _position(c);
        market.oracle().tell(address(base), 0.7e8 + uint256(c.price) % 6000 * 1e4);
        _targets(_part(c.targets[0]), _part(c.targets[1]), _part(c.targets[2]), _part(c.targets[3]));
        uint256 weight = _part(c.weight);
        if (weight < HOLD && weight > 10_000) weight = 10_000;
        Lent memory lent = engine.opened(_ask(freeQuote, freeBase, weight));
        (uint256 amount, uint256 value) = (0, 0);
        uint256 target = weight == HOLD ? lent.values[1] : lent.total * weight / 10_000;
        if (target + 10e18 <= lent.values[1]) {
            value = lent.values[1] - target;
            amount = lent.held[1] * value / lent.values[1];
            if (amount > lent.available[1]) amount = lent.available[1];
        }
        try engine.closed(lent, _sold(0, amount), amount == 0 ? 0 : 1) returns (
            LoanStep[] memory before, LoanStep[] memory later, PolicyEngine.Reason
        ) {
            bool whole = _repays(later) == (lent.lines[0].repay == 0 ? 0 : 1) + (lent.lines[1].repay == 0 ? 0 : 1);
            _carriedOut(before, later, freeQuote, freeBase, amount, whole);
        } catch (bytes memory reason) {
            require(bytes4(reason) == LoanEngine.LoanHindered.selector, VM.toString(reason));
        }
    }

    function _part(uint16 seed) private pure returns (uint16) {
        return seed % 4 == 0 ? HOLD : seed % 4 == 1 ? 0 : seed % 10_001;
    }

    function _position(Case memory c) private {
        uint256 lentQuote = uint256(c.lentQuote) * 1e18;
        uint256 lentBase = uint256(c.lentBase) * 1e18;
        if (lentQuote != 0) _move(Loan.SUPPLY, quote, lentQuote);
        if (lentBase != 0) _move(Loan.SUPPLY, base, lentBase);
        uint256 owed = (lentQuote + lentBase) * (uint256(c.owed) % 7400) / 10_000;
        if (owed != 0) _move(Loan.BORROW, c.owesQuote ? quote : base, owed);
        VM.warp(block.timestamp + 90 days);
    }

    function _repays(LoanStep[] memory later) private pure returns (uint256 count) {
        for (uint256 s = 0; s < later.length; s++) {
            if (later[s].loan == Loan.REPAY) count++;
        }
    }

    /// The market takes every step. The floor holds, unless what was to be repaid is not there: then the vault refuses.
    function _carriedOut(
        LoanStep[] memory before,
        LoanStep[] memory later,
        uint256 ofQuote,
        uint256 ofBase,
        uint256 sold,
        bool whole
    ) private {
        uint256[2] memory free = [ofQuote, ofBase];
        uint256 health = desk.health(address(account));
        bool cut = !whole;
        for (uint256 s = 0; s < before.length; s++) {
            _move(before[s].loan, _token(before[s]), before[s].amount);
            free[before[s].asset] += before[s].amount;
        }
        require(free[1] >= sold, "more sold than there is");
        (free[0], free[1]) = (free[0] + sold, free[1] - sold);
        for (uint256 s = 0; s < later.length; s++) {
            uint256 amount = later[s].amount;
            uint256 there = free[later[s].asset];
            if (later[s].loan == Loan.REPAY && there < amount) cut = true;
            // As the vault lowers it.
            if (there < amount) amount = there;
            if (amount != 0) _move(later[s].loan, _token(later[s]), amount);
            free[later[s].asset] -= amount;
        }
        if (before.length == 0 || cut) return;
        uint256 now_ = desk.health(address(account));
        require(now_ >= FLOOR * 1e14 || now_ > health, string.concat(VM.toString(health), " ", VM.toString(now_)));
    }

    function _token(LoanStep memory step) private view returns (TestToken) {
        return TestToken(tokens[step.asset]);
    }
}

/// One line of the arithmetic after the other, at a market that is as it is told.
contract LoansSized is Loans {
    ScriptedDesk private immutable _told = new ScriptedDesk();
    ReserveState private _ofQuote;
    ReserveState private _ofBase;

    constructor() {
        policy.parts.lending.desk = address(_told);
        _ofQuote = _ofBase = ReserveState(0, 0, 1e24, 1e24, 1e24, true, 1e8, 8000, 7500);
    }

    function _opened(uint256 freeQuote, uint256 freeBase, uint256 weight) private returns (Lent memory) {
        ReserveState[] memory states = new ReserveState[](2);
        (states[0], states[1]) = (_ofQuote, _ofBase);
        _told.tell(states);
        return engine.opened(_ask(freeQuote, freeBase, weight));
    }

    /// The only step, or none, of a plan that trades nothing.
    function _only(uint256 freeQuote, uint256 freeBase) private returns (LoanStep memory only, PolicyEngine.Reason reason) {
        LoanStep[] memory before;
        LoanStep[] memory later;
        (before, later, reason) = engine.closed(_opened(freeQuote, freeBase, HOLD), _sold(0, 0), 0);
        require(before.length + later.length < 2, "more than one");
        if (before.length == 1) only = before[0];
        if (later.length == 1) only = later[0];
    }

    function _does(uint256 freeQuote, uint256 freeBase, uint256 asset, Loan loan, uint256 amount) private {
        (LoanStep memory only,) = _only(freeQuote, freeBase);
        require(only.asset == asset && only.loan == loan && only.amount == amount, VM.toString(only.amount));
    }

    function _rests(uint256 freeQuote, uint256 freeBase, PolicyEngine.Reason why) private {
        (LoanStep memory only, PolicyEngine.Reason reason) = _only(freeQuote, freeBase);
        require(only.amount == 0 && reason == why, VM.toString(uint256(reason)));
    }

    function _hindered(uint256 freeQuote, uint256 freeBase, address token, Loan loan) private {
        Lent memory lent = _opened(freeQuote, freeBase, HOLD);
        _refuses(
            address(engine),
            abi.encodeCall(engine.closed, (lent, _sold(0, 0), 0)),
            abi.encodeWithSelector(LoanEngine.LoanHindered.selector, token, loan)
        );
        // Where something else is done, what could not be is left.
        engine.closed(lent, _sold(0, 1), 1);
    }

    function test_withdrawing() external {
        _targets(HOLD, HOLD, 0, HOLD);
        (_ofBase.supplied, _ofBase.liquid) = (1000e18, 10e18 - 1);
        _hindered(0, 0, address(base), Loan.WITHDRAW);
        _ofBase.liquid = 10e18;
        _does(0, 0, 1, Loan.WITHDRAW, 10e18);
        _ofBase.liquid = 1e24;
        _does(0, 0, 1, Loan.WITHDRAW, 1000e18);
        // 100 are owed: 1000 * 0.7999 - 100 * 1.25 may go.
        _ofQuote.owed = 100e18;
        _does(0, 0, 1, Loan.WITHDRAW, uint256(1000e8 * 7999 - 100e8 * 12_500) / 7999 * 1e10);
        _ofBase.price = 0;
        _hindered(0, 0, address(base), Loan.WITHDRAW);
        // What is no collateral may all go.
        (_ofBase.price, _ofBase.thresholdBps) = (1e8, 0);
        _does(0, 0, 1, Loan.WITHDRAW, 1000e18);
    }

    function test_borrowing() external {
        _targets(HOLD, HOLD, HOLD, 5000);
        (_ofQuote.supplied, _ofBase.borrowRoom) = (1000e18, 10e18 - 1);
        _hindered(0, 0, address(base), Loan.BORROW);
        _ofBase.borrowRoom = 20e18;
        _does(0, 0, 1, Loan.BORROW, 20e18);
        _ofBase.borrowRoom = 1e24;
        _does(0, 0, 1, Loan.BORROW, 500e18);
        policy.limits.reserves[1].mostBorrowed = 40e18;
        _does(0, 0, 1, Loan.BORROW, 40e18);
        policy.limits.reserves[1].mostBorrowed = 1_000_000e18;
        policy.parts.lending.reserves[1].borrowable = false;
        _rests(0, 0, PolicyEngine.Reason.AT_TARGET);
        policy.parts.lending.reserves[1].borrowable = true;
        // By the floor: 1000 * 0.7999 / 1.25, and a little less.
        _targets(HOLD, HOLD, HOLD, 7500);
        _does(0, 0, 1, Loan.BORROW, 639_856_008e12);
        // By what can be borrowed on.
        _ofQuote.ltvBps = 201;
        _does(0, 0, 1, Loan.BORROW, 19_998e15);
    }

    function test_repaying() external {
        _targets(HOLD, 0, HOLD, HOLD);
        _ofQuote.owed = 5;
        _does(1, 0, 0, Loan.REPAY, 5);
        _rests(0, 0, PolicyEngine.Reason.FUNDS);
        _ofQuote.repayable = false;
        _hindered(1, 0, address(quote), Loan.REPAY);
        (_ofQuote.repayable, _ofQuote.owed, _ofBase.supplied) = (true, 500e18, 1000e18);
        _targets(HOLD, 3000, HOLD, HOLD);
        _does(1, 0, 0, Loan.REPAY, 200e18);
        _targets(HOLD, 4901, HOLD, HOLD);
        _rests(1, 0, PolicyEngine.Reason.AT_TARGET);
        policy.model.directions = [7];
        _targets(HOLD, 3000, HOLD, HOLD);
        _rests(1, 0, PolicyEngine.Reason.DIRECTION);
    }

    function test_supplying() external {
        _targets(HOLD, HOLD, 5000, HOLD);
        _does(0, 100e18, 1, Loan.SUPPLY, 50e18);
        _ofBase.supplyRoom = 10e18 - 1;
        _hindered(0, 100e18, address(base), Loan.SUPPLY);
        _ofBase.supplyRoom = 10e18;
        _does(0, 100e18, 1, Loan.SUPPLY, 10e18);
        policy.limits.reserves[1].mostSupplied = 9e18;
        _rests(0, 100e18, PolicyEngine.Reason.EXPOSURE);
        policy.limits.reserves[1].mostSupplied = 30e18;
        _ofBase.supplyRoom = 1e24;
        _does(0, 100e18, 1, Loan.SUPPLY, 30e18);
        policy.model.directions = [7];
        _rests(0, 100e18, PolicyEngine.Reason.DIRECTION);
        policy.model.directions = [15];
        _rests(0, 19e18, PolicyEngine.Reason.AT_TARGET);
        _targets(HOLD, HOLD, HOLD, HOLD);
        _rests(0, 100e18, PolicyEngine.Reason.HOLD);
        // What is sold is not supplied.
        _targets(HOLD, HOLD, 10_000, HOLD);
        (, LoanStep[] memory later,) = engine.closed(_opened(0, 100e18, 0), _sold(0, 95e18), 1);
        require(later.length == 0);
    }

    /// What the weights sell is not there to repay with: nothing may go on its account.
    function test_whatissoldrepaysnothing() external {
        policy.limits.numbers.maxAction = type(uint128).max;
        (_ofBase.supplied, _ofBase.owed, _ofQuote.supplied) = (1000e18, 500e18, 0);
        _targets(HOLD, HOLD, HOLD, 0);
        Lent memory lent = _opened(0, 0, 0);
        require(lent.available[1] < 1000e18 - 600e18, "as if it were repaid");
        // In the numeraire it is.
        (_ofBase.owed, _ofQuote.owed) = (0, 500e18);
        _targets(HOLD, 0, HOLD, HOLD);
        lent = _opened(0, 0, 0);
        require(lent.available[1] > 350e18, VM.toString(lent.available[1]));
        require(lent.available[1] < 1000e18);
    }
}
