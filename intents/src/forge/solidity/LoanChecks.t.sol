// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {ILendingAccount, ILendingDesk, Loan, ReserveState} from "vault/ILendingDesk.sol";
import {LoanEngine} from "vault/LoanEngine.sol";
import {Feature, HOLD, Reserve, ReserveLimits} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyOrder, Part} from "vault/PolicyOrder.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {onlyAsked, onlyOwned} from "./LoansEngine.t.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

/// A market, its desk and every vault's account in one, which has, does and says what it is told to.
contract ToldDesk is ILendingDesk, ILendingAccount {
    ReserveState[] private _states;
    uint256[] private _healths;
    mapping(address token => bool) public used;
    uint256 private _takesBps = 10_000;
    uint256 private _givesBps = 10_000;
    bytes private _refusal;
    bytes[] private _calls;
    bytes[] private _answers;
    address private _vault;
    uint256 public checkpoints;
    uint256 public synced;
    uint256 public moves;

    function has(uint256 i, ReserveState calldata state) external {
        while (_states.length <= i) {
            _states.push();
        }
        _states[i] = state;
    }

    /// The health of now, and after the next movement.
    function feels(uint256 before, uint256 after_) external {
        _healths = [before, after_];
        moves = 0;
    }

    function uses(address token, bool it) external {
        used[token] = it;
    }

    function does(uint256 takesBps, uint256 givesBps) external {
        (_takesBps, _givesBps) = (takesBps, givesBps);
    }

    function refuses(bytes calldata why) external {
        _refusal = why;
    }

    function calls(bytes[] calldata calls_) external {
        for (uint256 i = 0; i < calls_.length; i++) {
            _calls.push(calls_[i]);
        }
    }

    function carry(address target, bytes calldata call) external {
        (bool done,) = target.call(call);
        require(done);
    }

    function answers() external view returns (bytes[] memory) {
        return _answers;
    }

    // ---- the desk

    function check(address, uint256, address[] calldata, uint256[] calldata, bool[] calldata) external view {
        bytes memory why = _refusal;
        if (why.length == 0) return;
        assembly ("memory-safe") {
            revert(add(why, 0x20), mload(why))
        }
    }

    function accountOf(address, address) external view returns (address) {
        return address(this);
    }

    function open(address, uint256, uint256, address[] calldata) external returns (address) {
        _vault = msg.sender;
        return address(this);
    }

    function look(address, address, address[] calldata, uint256)
        external
        view
        returns (address account, ReserveState[] memory states)
    {
        return (address(this), _states);
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

    function health(address) external view returns (uint256) {
        require(_healths.length != 0, "nobody asks");
        return _healths[moves == 0 ? 0 : 1];
    }

    // ---- an account

    function move(Loan loan, address token, uint256 amount, uint256) external {
        moves++;
        if (amount == type(uint256).max) amount = 1e18;
        for (uint256 i = 0; i < _calls.length; i++) {
            (bool done, bytes memory answer) = _vault.call(_calls[i]);
            _answers.push(done ? bytes("") : answer);
        }
        if (loan >= Loan.REPAY) {
            require(IERC20(token).transferFrom(msg.sender, address(this), amount * _takesBps / 10_000));
        } else {
            TestToken(token).mint(msg.sender, amount * _givesBps / 10_000);
        }
    }

    function checkpoint(uint256, address[] calldata) external {
        checkpoints++;
    }

    function booked(address) external pure returns (uint256, uint256) {
        return (0, 0);
    }

    function owned(address[] calldata tokens) external pure returns (uint256[] memory, uint256[] memory) {
        return (new uint256[](tokens.length), new uint256[](tokens.length));
    }

    function sync(address, uint256) external {
        synced++;
    }

    function asOf(uint32, uint256, address[] calldata tokens)
        external
        view
        returns (
            uint256[] memory supplied,
            uint256[] memory owed,
            uint256[2][] memory rates,
            uint256[] memory thresholdBps
        )
    {
        (supplied, owed) = (new uint256[](tokens.length), new uint256[](tokens.length));
        (rates, thresholdBps) = (new uint256[2][](tokens.length), new uint256[](tokens.length));
        for (uint256 i = 0; i < tokens.length && i < _states.length; i++) {
            (supplied[i], owed[i], thresholdBps[i]) =
                (_states[i].supplied, _states[i].owed, _states[i].thresholdBps);
            rates[i] = [uint256(150), uint256(12_000)];
        }
    }
}

/// What a policy, its rules and the vault refuse of loans, each where it alone does. QUOTE may be borrowed and supplied,
/// BASE supplied. KEEP supplies four fifths of BASE, BUY borrows three tenths of what is supplied and trades nothing, SELL
/// takes all of BASE back and repays.
contract LoanChecks is World(2_500_000) {
    address private constant POOL = address(uint160(uint256(keccak256("pool"))));

    ToldDesk private _told = new ToldDesk();

    function setUp() external {
        policy.parts.lending.desk = address(_told);
        policy.parts.lending.pool = POOL;
        policy.parts.lending.reserves.push(Reserve(0, true));
        policy.parts.lending.reserves.push(Reserve(1, false));
        policy.limits.reserves.push(ReserveLimits(1e24, 1e24));
        policy.limits.reserves.push(ReserveLimits(1e24, 0));
        policy.limits.healthFloorBps = 15_000;
        policy.model.targets = [HOLD, HOLD, HOLD, HOLD, HOLD, HOLD];
        policy.model.directions = [15, 15, 15];
        policy.model.lendingTargets = [HOLD, 0, 0, HOLD, HOLD, HOLD, 8000, HOLD, HOLD, 3000, HOLD, HOLD];
        _has(0, 0, 0);
        _told.feels(2e18, 1.6e18);
        revise();
    }

    // ---- loans of a decision

    function test_loansAreCarriedOut() external {
        executed(proven(decision(KEEP)));
        require(booked(base) == 10_000e18 && base.allowance(address(vault), address(_told)) == 0);
        require(_told.checkpoints() == 1 && vault.state().lastTradeAsOf == 0);
        pass(1);
        _has(40_000e18, 0, 0);
        executed(proven(decision(BUY)));
        require(booked(quote) == 50_000e18 + 12_000e18);
        pass(1);
        _has(40_000e18, 12_000e18, 0);
        executed(proven(decision(SELL)));
        // As much as the debt of before leaves free.
        require(booked(quote) == 50_000e18 && booked(base) > 34_000e18 && booked(base) < 35_000e18);
        require(_told.checkpoints() == 3);
    }

    /// What is taken back or borrowed is there, whole.
    function test_anAccountGivesWhatItShould() external {
        _has(40_000e18, 0, 0);
        _told.does(10_000, 9_999);
        refused(AGENT, proven(decision(BUY)), Vault.GaveTooLittle.selector);
    }

    /// An account that lies has what it was given, and no approval for more.
    function test_aLiarLosesNothingButWhatItIsGiven() external {
        _told.does(10_001, 10_000);
        (bool done,) = execute(AGENT, proven(decision(KEEP)));
        require(!done && base.balanceOf(address(_told)) == 0);
        _told.does(4_000, 10_000);
        executed(proven(decision(KEEP)));
        require(base.balanceOf(address(_told)) == 16_000e18 && booked(base) == 34_000e18);
        require(base.allowance(address(vault), address(_told)) == 0);
        require(base.balanceOf(address(vault)) == booked(base) && quote.balanceOf(address(vault)) == 50_000e18);
    }

    // ---- health

    function test_healthIsAboveTheFloorOrBetterThanBefore() external {
        _has(40_000e18, 0, 0);
        _told.feels(2e18, 1.5e18 - 1);
        bytes memory asked = proven(decision(BUY));
        (bool done, bytes memory reason) = execute(AGENT, asked);
        bytes memory why = abi.encodeWithSelector(Vault.HealthTooLow.selector, 2e18, 1.5e18 - 1, 1.5e18);
        require(!done && keccak256(reason) == keccak256(why));
        _told.feels(1.2e18, 1.2e18);
        refused(AGENT, asked, Vault.HealthTooLow.selector);
        _told.feels(1.2e18, 1.2e18 + 1);
        executed(asked);
        pass(1);
        _told.feels(2e18, 1.5e18);
        executed(proven(decision(BUY)));
    }

    /// What only repays and supplies asks for no price.
    function test_supplyingAsksForNoHealth() external {
        _told.feels(0, 0);
        executed(proven(decision(KEEP)));
    }

    // ---- the owner

    function test_aPolicyKeepsWhatIsLentAndOwed() external {
        _told.uses(address(base), true);
        bytes memory same = abi.encode(policy);
        VM.prank(OWNER);
        vault.setPolicy(same);
        policy.parts.lending.pool = address(_told);
        _refusedPolicy(abi.encodeWithSelector(LoanEngine.LoanLeft.selector, address(base)));
        (policy.parts.lending.pool, policy.parts.lending.desk) = (POOL, address(new ToldDesk()));
        _refusedPolicy(abi.encodeWithSelector(LoanEngine.LoanLeft.selector, address(base)));
        policy.parts.lending.desk = address(_told);
        // Without its reserve.
        policy.parts.lending.reserves.pop();
        policy.limits.reserves.pop();
        policy.model.lendingTargets = [HOLD, 0, HOLD, HOLD, HOLD, 3000];
        _refusedPolicy(abi.encodeWithSelector(LoanEngine.LoanLeft.selector, address(base)));
        _told.uses(address(base), false);
        _told.uses(address(quote), true);
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        // Without lending.
        policy.parts.lending.reserves.pop();
        policy.limits.reserves.pop();
        delete policy.model.lendingTargets;
        policy.model.directions = [3, 3, 3];
        (policy.limits.healthFloorBps, policy.parts.lending.desk, policy.parts.lending.pool) = (0, address(0), address(0));
        _refusedPolicy(abi.encodeWithSelector(LoanEngine.LoanLeft.selector, address(quote)));
        _told.uses(address(quote), false);
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        VM.expectRevert(abi.encodeWithSelector(Vault.NoLending.selector));
        vault.poke();
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(Vault.NoLending.selector));
        vault.unwind(address(base), 1, 1);
    }

    function test_theOwnerAloneUnwindsAndWhilePausedToo() external {
        refused(
            STRANGER, abi.encodeCall(vault.unwind, (address(base), 1, 1)), Ownable.OwnableUnauthorizedAccount.selector
        );
        refused(AGENT, abi.encodeCall(vault.unwind, (address(base), 1, 1)), Ownable.OwnableUnauthorizedAccount.selector);
        VM.startPrank(OWNER);
        vault.pause();
        VM.expectRevert(
            abi.encodeWithSelector(Vault.BalanceTooLow.selector, address(base), 50_000e18, 50_000e18 + 1)
        );
        vault.unwind(address(base), 50_000e18 + 1, 0);
        _told.feels(2e18, 1.4e18);
        VM.expectRevert(abi.encodeWithSelector(Vault.HealthTooLow.selector, 2e18, 1.4e18, 1.5e18));
        vault.unwind(address(base), 0, 7e18);
        _told.feels(2e18, 1.5e18);
        vault.unwind(address(base), 3e18, 7e18);
        require(booked(base) == 50_004e18 && base.allowance(address(vault), address(_told)) == 0);
        // All that the market gives.
        vault.unwind(address(base), 0, type(uint256).max);
        require(booked(base) == 50_005e18);
        // To repay asks for no price.
        _told.feels(0, 0);
        vault.unwind(address(base), type(uint256).max, 0);
        vault.sync(address(quote));
        VM.stopPrank();
        require(booked(base) == 0 && _told.synced() == 1);
    }

    function test_anyoneMayPoke() external {
        VM.prank(STRANGER);
        vault.poke();
        require(_told.checkpoints() == 1);
    }

    /// The desk owns the vault, too.
    function test_nothingOfTheVaultCanBeEnteredWhileLoansMove() external {
        VM.prank(OWNER);
        vault.transferOwnership(address(_told));
        _told.carry(address(vault), abi.encodeCall(vault.acceptOwnership, ()));
        bytes memory asked = proven(decision(KEEP));
        bytes[] memory calls = new bytes[](8);
        calls[0] = asked;
        calls[1] = abi.encodeCall(vault.poke, ());
        calls[2] = abi.encodeCall(vault.unwind, (address(base), 1, 1));
        calls[3] = abi.encodeCall(vault.exit, (address(base), 1));
        calls[4] = abi.encodeCall(vault.sync, (address(base)));
        calls[5] = abi.encodeCall(vault.sweep, (address(base)));
        calls[6] = abi.encodeCall(vault.setPolicy, (abi.encode(policy)));
        calls[7] = abi.encodeCall(vault.state, ());
        _told.calls(calls);
        executed(asked);
        bytes[] memory answers = _told.answers();
        require(answers.length == calls.length);
        for (uint256 i = 0; i < answers.length; i++) {
            require(
                bytes4(answers[i]) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, VM.toString(i)
            );
        }
    }

    // ---- features

    function test_featuresKnowWhatIsLentAndOwed() external {
        key = modelKey(31, 3);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        policy.model.program.push(Feature(address(0), 9, hex"01"));
        revise();
        _has(150_000e18, 60_000e18, 50_000e18);
        int24[] memory refs = new int24[](3);
        bytes[] memory hints = new bytes[](3);
        uint32 asOf = uint32(block.timestamp);
        hints[0] = source.locate(policy.model.program[0].parameters, asOf);
        int256[] memory x = vault.featuresAt(asOf, refs, hints);
        // Of 300,000 BASE is 200,000, of which 150,000 is lent; QUOTE 100,000, of which 50,000.
        require(x.length == 31 && x[16] == 1666, VM.toString(x[16]));
        // 8000 bps of 200,000 against 60,000.
        require(x[22] == 266, VM.toString(x[22]));
        require(x[23] == -3334 && x[24] == -3000 && x[25] == 150 && x[26] == 9999);
        require(x[27] == 0 && x[28] == -5000 && x[29] == 150 && x[30] == 9999);
        _has(0, 0, 0);
        require(vault.featuresAt(asOf, refs, hints)[22] == 1000);
    }

    // ---- the policy

    function test_aPolicyLendsAllOrNothing() external {
        policy.parts.lending.desk = address(0);
        _refusedRules(abi.encodeWithSelector(PolicyRules.NoLending.selector, bytes32("lending.pool")));
        policy.parts.lending.pool = address(0);
        _refusedRules(abi.encodeWithSelector(PolicyRules.NoLending.selector, bytes32("lending.reserves")));
        policy.parts.lending.reserves.pop();
        policy.parts.lending.reserves.pop();
        _refusedRules(_outside("limits.reserves", 2));
        policy.limits.reserves.pop();
        policy.limits.reserves.pop();
        _refusedRules(_outside("healthFloorBps", 15_000));
        policy.limits.healthFloorBps = 0;
        _refusedRules(_outside("directions", 15));
        policy.model.directions = [3, 3, 3];
        _refusedRules(_outside("lendingTargets", 12));
        delete policy.model.lendingTargets;
        policy.parts.lending.eMode = 1;
        _refusedRules(abi.encodeWithSelector(PolicyRules.NoLending.selector, bytes32("lending.eMode")));
        policy.parts.lending.eMode = 0;
        rules.validate(abi.encode(policy));
        policy.model.program[1].parameters = hex"01";
        _refusedRules(abi.encodeWithSelector(PolicyRules.NoLending.selector, bytes32("program")));
        policy.model.program[1].parameters = hex"02";
        _refusedRules(_outside("program.parameters", 1));
        policy.model.program[1].parameters = hex"0101";
        _refusedRules(_outside("program.parameters", 2));
    }

    function test_lendingIsWithinItsBounds() external {
        policy.limits.healthFloorBps = 10_499;
        _refusedRules(_outside("healthFloorBps", 10_499));
        policy.limits.healthFloorBps = 100_001;
        _refusedRules(_outside("healthFloorBps", 100_001));
        policy.limits.healthFloorBps = 15_000;
        policy.model.directions = [15, 16, 15];
        _refusedRules(_outside("directions", 16));
        policy.model.directions = [15, 15, 15];
        policy.model.lendingTargets[3] = 10_001;
        _refusedRules(_outside("lendingTargets", 10_001));
        policy.model.lendingTargets[3] = HOLD;
        policy.model.lendingTargets.pop();
        _refusedRules(_outside("lendingTargets", 11));
        policy.model.lendingTargets.push(HOLD);
        policy.parts.lending.reserves[1].asset = 3;
        _refusedRules(_outside("reserve.asset", 3));
        policy.parts.lending.reserves[1].asset = 0;
        _refusedRules(abi.encodeWithSelector(PolicyRules.ReserveTwice.selector, 0));
        policy.parts.lending.reserves[1].asset = 1;
        policy.parts.lending.desk = STRANGER;
        _refusedRules(abi.encodeWithSelector(PolicyRules.NoCode.selector, bytes32("desk"), STRANGER));
        policy.parts.lending.desk = address(_told);
        rules.validate(abi.encode(policy));
        _told.refuses("as the market says");
        _refusedRules("as the market says");
    }

    function test_loansMayOnlyBecomeLess() external {
        PolicyOrder order = PolicyOrder(Deployed.ours("PolicyOrder", ""));
        bytes memory before = abi.encode(policy);
        policy.limits.reserves[0] = ReserveLimits(1e24 - 1, 1e24 - 1);
        policy.limits.healthFloorBps = 15_001;
        order.requireTighter(before, abi.encode(policy), Part.LIMITS);
        policy.limits.reserves[0].mostSupplied = 1e24 + 1;
        _notTighter(order, before, Part.LIMITS, "mostSupplied");
        policy.limits.reserves[0] = ReserveLimits(1e24, 1e24 + 1);
        _notTighter(order, before, Part.LIMITS, "mostBorrowed");
        policy.limits.reserves[0].mostBorrowed = 1e24;
        policy.limits.healthFloorBps = 14_999;
        _notTighter(order, before, Part.LIMITS, "healthFloorBps");
        policy.limits.reserves.pop();
        _notTighter(order, before, Part.LIMITS, "limits.reserves");
        policy.limits.reserves.push(ReserveLimits(1e24, 0));
        policy.limits.healthFloorBps = 15_000;
        policy.parts.lending.reserves[0].borrowable = false;
        _notTighter(order, before, Part.PARTS, "lending");
    }

    // ---- how

    /// @param supplied of BASE
    /// @param owed of QUOTE
    /// @param lent of QUOTE
    function _has(uint256 supplied, uint256 owed, uint256 lent) private {
        _told.has(0, ReserveState(lent, owed, 1e30, 1e30, 1e30, true, 1e8, 8000, 7500));
        _told.has(1, ReserveState(supplied, 0, 1e30, 1e30, 0, true, 1e8, 8000, 7500));
    }

    function _outside(bytes32 field, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PolicyRules.PolicyOutOfBounds.selector, field, value);
    }

    function _refusedRules(bytes memory why) private {
        bytes memory blob = abi.encode(policy);
        VM.expectRevert(why);
        rules.validate(blob);
    }

    function _refusedPolicy(bytes memory why) private {
        bytes memory blob = abi.encode(policy);
        VM.prank(OWNER);
        VM.expectRevert(why);
        vault.setPolicy(blob);
    }

    function _notTighter(PolicyOrder order, bytes memory before, Part part, bytes32 field) private {
        bytes memory next = abi.encode(policy);
        VM.expectRevert(abi.encodeWithSelector(PolicyOrder.NotTighter.selector, field));
        order.requireTighter(before, next, part);
    }
}
