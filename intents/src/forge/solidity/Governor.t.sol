// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {TestToken} from "chain/TestToken.sol";
import {Governor} from "vault/Governor.sol";
import {Policy} from "vault/Policy.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Part, PolicyOrder} from "vault/PolicyOrder.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {TrickToken} from "./Doubles.sol";
import {Roles} from "./Roles.sol";
import {VM} from "./Vm.sol";

/// Who may do what, and what becomes of it where one of them is a thief, asleep or gone.
contract GovernorTest is Roles {
    uint8 private constant O = 1;
    uint8 private constant C = 2;
    uint8 private constant S = 4;
    uint8 private constant ALL = 63;
    uint256 private constant DAYS = 1 days;
    uint128 private constant MOST = 10_000e18;

    // ---- each cell of the table: who may, and what the others are told

    function test_moneyIsTheOwners() external {
        _row(abi.encodeCall(governor.deposit, (address(quote), 1e18)), O, Governor.NotOwner.selector);
        _row(abi.encodeCall(governor.exit, (address(quote), 1e18)), O, Governor.NotOwner.selector);
        _row(abi.encodeCall(governor.exit, (address(quote), type(uint256).max)), O, Governor.NotOwner.selector);
        _row(abi.encodeCall(governor.sweep, (address(quote))), O, Governor.NotOwner.selector);
        _row(abi.encodeCall(governor.sweep, (address(0))), O, Governor.NotOwner.selector);
        _row(abi.encodeCall(governor.sync, (address(quote))), O | C | S, Governor.NotOfTheRoles.selector);
    }

    function test_rolesPauseAndTheOwnerUnpauses() external {
        _row(abi.encodeCall(governor.pause, ()), O | C | S, Governor.NotOfTheRoles.selector);
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        _row(abi.encodeCall(governor.unpause, ()), O, Governor.NotOwner.selector);
        later(7 * DAYS);
        _row(abi.encodeCall(governor.endPause, ()), ALL, 0);
    }

    function test_theCuratorProposesAndRolesVeto() external {
        bytes[3] memory contents = [limits(MOST + 1), modelOf(OTHER), parts(true)];
        uint256[3] memory waits = [2 * DAYS, 2 * DAYS, 7 * DAYS];
        for (uint256 i = 0; i < 3; i++) {
            Part which = Part(i);
            _row(abi.encodeCall(governor.propose, (which, contents[i])), C, Governor.NotCurator.selector);
            does(CURATOR, abi.encodeCall(governor.propose, (which, contents[i])));
            (bytes memory waiting, uint256 due) = governor.pending(which);
            require(keccak256(waiting) == keccak256(contents[i]) && due == block.timestamp + waits[i]);
            _row(abi.encodeCall(governor.veto, (which)), O | C | S, Governor.NotOfTheRoles.selector);
            later(waits[i]);
            _row(abi.encodeCall(governor.accept, (which)), ALL, 0);
        }
    }

    function test_curatorAndSentinelsTighten() external {
        bytes4 told = Governor.NotCuratorOrSentinel.selector;
        _row(abi.encodeCall(governor.tighten, (Part.LIMITS, limits(MOST - 1))), C | S, told);
        _row(abi.encodeCall(governor.tighten, (Part.PARTS, parts(true))), C | S, told);
    }

    function test_ownerAndCuratorAbdicateAndRolesVeto() external {
        for (uint256 i = 0; i < 3; i++) {
            Part which = Part(i);
            _row(abi.encodeCall(governor.abdicate, (which)), O | C, Governor.NotOwnerOrCurator.selector);
            does(OWNER, abi.encodeCall(governor.abdicate, (which)));
            require(governor.pendingAbdication(which) == block.timestamp + (i == 2 ? 7 : 2) * DAYS);
            _row(abi.encodeCall(governor.vetoAbdication, (which)), O | C | S, Governor.NotOfTheRoles.selector);
            later((i == 2 ? 7 : 2) * DAYS);
            _row(abi.encodeCall(governor.acceptAbdication, (which)), ALL, 0);
        }
    }

    function test_theOwnerChangesRolesAndNobodyElseStopsHim() external {
        for (uint256 i = 0; i < 7; i++) {
            Governor.Change change = Governor.Change(i);
            (address account, uint256 value) = i < 4 ? (i == 2 ? SENTINEL : OTHER, 0) : (address(0), 20 * DAYS);
            bytes4 told = Governor.NotOwner.selector;
            _row(abi.encodeCall(governor.submit, (change, account, value)), O, told);
            if (i >= 4) continue;
            submits(change, account, value);
            require(governor.pendingChange(change, account, value) == block.timestamp + (i == 2 ? 7 : 2) * DAYS);
            _row(abi.encodeCall(governor.revoke, (change, account, value)), O, told);
            if (change == Governor.Change.REMOVE_SENTINEL) submits(Governor.Change.ADD_SENTINEL, RECIPIENT, 0);
            later(7 * DAYS);
            if (change == Governor.Change.REMOVE_SENTINEL) confirms(Governor.Change.ADD_SENTINEL, RECIPIENT, 0);
            bytes memory call = abi.encodeCall(governor.confirm, (change, account, value));
            // Ownership is taken by who is to have it.
            if (change == Governor.Change.OWNER) _row(call, 0, told);
            else _row(call, ALL, 0);
            does(OWNER, abi.encodeCall(governor.revoke, (change, account, value)));
            if (change == Governor.Change.REMOVE_SENTINEL) {
                submits(change, RECIPIENT, 0);
                later(7 * DAYS);
                confirms(change, RECIPIENT, 0);
            }
        }
    }

    function test_theOwnerSeals() external {
        Governor open = _open();
        governor = open;
        submits(Governor.Change.ADD_SENTINEL, SENTINEL, 0);
        submits(Governor.Change.CURATOR, CURATOR, 0);
        _row(abi.encodeCall(open.seal, ()), O, Governor.NotOwner.selector);
    }

    /// Nobody goes round the governor.
    function test_theVaultHearsItsGovernorAlone() external {
        require(vault.owner() == address(governor) && vault.pendingOwner() == address(0));
        bytes[8] memory calls = [
            abi.encodeCall(vault.deposit, (address(quote), 1)),
            abi.encodeCall(vault.exit, (address(quote), 1)),
            abi.encodeCall(vault.sync, (address(quote))),
            abi.encodeCall(vault.sweep, (address(quote))),
            abi.encodeCall(vault.pause, ()),
            abi.encodeCall(vault.unpause, ()),
            abi.encodeCall(vault.setPolicy, (abi.encode(policy))),
            abi.encodeCall(vault.transferOwnership, (OWNER))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            for (uint256 k = 0; k < 6; k++) {
                refused(_account(k), calls[i], Ownable.OwnableUnauthorizedAccount.selector);
            }
        }
    }

    /// By its agent or by anyone, as the proof says; by no role.
    function test_aDecisionNeedsNoRole() external {
        pass(1);
        Vault.Decision memory d = decision(BUY);
        d.executor = AGENT;
        bytes memory asked_ = proven(d);
        refused(OWNER, asked_, Vault.NotExecutor.selector);
        executed(asked_);
        pass(1);
        asked_ = proven(decision(BUY));
        (bool done,) = execute(STRANGER, asked_);
        require(done, "a stranger with a proof");
    }

    // ---- how a vault comes under it

    function test_aVaultIsMadeForItsGovernor() external {
        address place = next(1);
        bytes memory arguments = abi.encode(place, RECIPIENT, verifier, engine, rules, abi.encode(policy));
        Vault made = Vault(Deployed.ours("Vault", arguments));
        require(next() == place && made.owner() == place);
        Governor its = governed(made, OWNER);
        require(address(its) == place && address(its.vault()) == address(made) && its.owner() == OWNER);
        require(its.curator() == OWNER && !its.isSealed() && its.sentinels().length == 0);
    }

    function test_aGovernorTakesNoVaultThatIsNotGivenToIt() external {
        _notMade(vault, OWNER, abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, next()));
    }

    function test_aGovernorNeedsAnOwnerWhoIsNotTheAgent() external {
        Vault made = another(RECIPIENT, engine);
        VM.prank(OWNER);
        made.transferOwnership(next());
        uint256 id = VM.snapshotState();
        _notMade(made, address(0), abi.encodeWithSelector(Governor.ZeroAddress.selector));
        require(VM.revertToState(id));
        _notMade(made, AGENT, abi.encodeWithSelector(Governor.RolesClash.selector, AGENT));
    }

    function test_exitsDoNotEndInAGovernor() external {
        Vault made = another(next(1), engine);
        _notMade(made, OWNER, abi.encodeWithSelector(Governor.GovernorIsRecipient.selector));
    }

    // ---- money

    function test_depositsArriveWholeAndNothingStays() external {
        uint256 before = booked(quote);
        quote.mint(address(governor), 7);
        does(OWNER, abi.encodeCall(governor.deposit, (address(quote), 5e18)));
        require(booked(quote) == before + 5e18 && quote.balanceOf(address(governor)) == 7, "something stayed");
        require(quote.allowance(address(governor), address(vault)) == 0);
        // What was sent here by mistake is the recipient's, as is what was sent to the vault.
        quote.mint(address(vault), 4);
        does(OWNER, abi.encodeCall(governor.sweep, (address(quote))));
        require(quote.balanceOf(RECIPIENT) == 11 && booked(quote) == before + 5e18);
        TestToken alien = _token("Alien", "ALIEN");
        alien.mint(OWNER, 1);
        VM.prank(OWNER);
        alien.approve(address(governor), 1);
        bytes memory told = abi.encodeWithSelector(Vault.NotAnAsset.selector, address(alien));
        mayNot(OWNER, abi.encodeCall(governor.deposit, (address(alien), 1)), told);
    }

    function test_aTokenThatTakesAPartOnItsWayIsBookedAsItArrives() external {
        TrickToken trick = TrickToken(address(base));
        uint256 before = booked(base);
        trick.take(1000);
        does(OWNER, abi.encodeCall(governor.deposit, (address(base), 100)));
        require(booked(base) == before + 81 && base.balanceOf(address(governor)) == 0);
    }

    function test_exitsGoToTheRecipient() external {
        uint256 held = booked(quote);
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), 3e18)));
        require(quote.balanceOf(RECIPIENT) == 3e18);
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), type(uint256).max)));
        require(quote.balanceOf(RECIPIENT) == held && booked(quote) == 0);
    }

    function test_syncLowersTheBooks() external {
        TrickToken(address(base)).shrink(address(vault), 1e18);
        uint256 before = booked(base);
        does(SENTINEL, abi.encodeCall(governor.sync, (address(base))));
        require(booked(base) == before - 1e18);
    }

    // ---- pauses

    function test_aPauseByCuratorOrSentinelEndsAfterAWeek() external {
        uint64 nonce = vault.state().nonce;
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        uint256 until = block.timestamp + 7 * DAYS;
        require(governor.isPaused() && governor.pausedUntil() == until && vault.state().nonce == nonce + 1);
        // Again, by whomever: nothing.
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        require(governor.pausedUntil() == until && vault.state().nonce == nonce + 1);
        later(7 * DAYS - 1);
        bytes memory told = abi.encodeWithSelector(Governor.NotYet.selector, until, until - 1);
        mayNot(STRANGER, abi.encodeCall(governor.endPause, ()), told);
        later(1);
        require(!governor.isPaused() && vault.state().paused);
        does(STRANGER, abi.encodeCall(governor.endPause, ()));
        require(!vault.state().paused && governor.pausedUntil() == 0);
        mayNot(STRANGER, abi.encodeCall(governor.endPause, ()), Governor.NoPauseToEnd.selector);
    }

    function test_curatorAndSentinelsShareOneCooldown() external {
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        uint256 free = block.timestamp + 14 * DAYS;
        later(7 * DAYS);
        bytes memory told = abi.encodeWithSelector(Governor.PauseCooldown.selector, free);
        // Whether somebody ended the first or not.
        mayNot(CURATOR, abi.encodeCall(governor.pause, ()), told);
        does(STRANGER, abi.encodeCall(governor.endPause, ()));
        mayNot(SENTINEL, abi.encodeCall(governor.pause, ()), told);
        later(7 * DAYS - 1);
        mayNot(CURATOR, abi.encodeCall(governor.pause, ()), told);
        later(1);
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        require(governor.isPaused());
    }

    /// One that nobody ended makes way for the next, which spends a nonce as every pause does.
    function test_aPauseThatIsOverMakesWay() external {
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        uint64 nonce = vault.state().nonce;
        later(14 * DAYS);
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        require(governor.isPaused() && governor.pausedUntil() == block.timestamp + 7 * DAYS);
        require(vault.state().nonce == nonce + 1);
        later(7 * DAYS);
        does(OWNER, abi.encodeCall(governor.pause, ()));
        require(governor.isPaused() && governor.pausedUntil() == 0 && vault.state().nonce == nonce + 2);
    }

    function test_theOwnersPauseStaysUntilHeSaysOtherwise() external {
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        does(OWNER, abi.encodeCall(governor.pause, ()));
        later(30 * DAYS);
        require(governor.isPaused());
        mayNot(STRANGER, abi.encodeCall(governor.endPause, ()), Governor.NoPauseToEnd.selector);
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        require(governor.pausedUntil() == 0, "a week in place of for ever");
        does(OWNER, abi.encodeCall(governor.unpause, ()));
        require(!vault.state().paused);
        // At any time, and again.
        does(OWNER, abi.encodeCall(governor.pause, ()));
        does(OWNER, abi.encodeCall(governor.unpause, ()));
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        does(OWNER, abi.encodeCall(governor.unpause, ()));
        require(!vault.state().paused && governor.pausedUntil() == 0);
    }

    function test_duringAPauseNothingIsAccepted() external {
        proposeLimits(MOST + 1);
        later(2 * DAYS);
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.PausedNow.selector);
        uint256 id = VM.snapshotState();
        proposeLimits(MOST + 2);
        does(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)));
        tightenLimits(MOST - 1);
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), 1)));
        require(VM.revertToState(id));
        // A pause cannot outlast the grace.
        later(7 * DAYS);
        accepts(Part.LIMITS);
        require(maxAction() == MOST + 1);
    }

    // ---- what waits

    function test_whatWaitsHasItsMomentAndItsEnd() external {
        proposeLimits(MOST + 1);
        uint256 due = block.timestamp + 2 * DAYS;
        uint256 id = VM.snapshotState();
        later(2 * DAYS - 1);
        bytes memory call = abi.encodeCall(governor.accept, (Part.LIMITS));
        mayNot(STRANGER, call, abi.encodeWithSelector(Governor.NotYet.selector, due, due - 1));
        later(1);
        accepts(Part.LIMITS);
        (bytes memory content, uint256 then) = governor.pending(Part.LIMITS);
        require(maxAction() == MOST + 1 && content.length == 0 && then == 0);
        mayNot(STRANGER, call, Governor.NothingPending.selector);
        require(VM.revertToState(id));
        VM.warp(due + 14 * DAYS + 1);
        mayNot(STRANGER, call, abi.encodeWithSelector(Governor.TooLate.selector, due + 14 * DAYS, due + 14 * DAYS + 1));
        VM.warp(due + 14 * DAYS);
        accepts(Part.LIMITS);
    }

    function test_anotherProposalTakesTheFirstsPlaceAndWaitsAnew() external {
        proposeLimits(MOST + 1);
        later(2 * DAYS - 1);
        proposeLimits(MOST + 2);
        later(1);
        (bool done,) = asked(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)));
        require(!done, "the second had the first's moment");
        later(2 * DAYS);
        accepts(Part.LIMITS);
        require(maxAction() == MOST + 2);
    }

    function test_aVetoTakesAwayWhatWaits() external {
        mayNot(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)), Governor.NothingPending.selector);
        proposeLimits(MOST + 1);
        does(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)));
        later(2 * DAYS);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.NothingPending.selector);
    }

    function test_aTighteningCancelsWhatWaitsAndIsNotUndoneByIt() external {
        proposeLimits(MOST + 1);
        later(2 * DAYS);
        tightenLimits(MOST / 2);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.NothingPending.selector);
        // Nor by what waits for another part.
        does(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(OTHER))));
        tightenLimits(MOST / 4);
        later(2 * DAYS);
        accepts(Part.MODEL);
        require(maxAction() == MOST / 4 && inForce().model.agent == OTHER);
    }

    function test_whatLoosensIsNoTightening() external {
        bytes memory told = abi.encodeWithSelector(PolicyOrder.NotTighter.selector, bytes32("maxAction"));
        mayNot(CURATOR, abi.encodeCall(governor.tighten, (Part.LIMITS, limits(MOST + 1))), told);
        mayNot(
            SENTINEL, abi.encodeCall(governor.tighten, (Part.LIMITS, limits(MOST))), Governor.NoChange.selector
        );
        told = abi.encodeWithSelector(PolicyOrder.NotTighter.selector, bytes32("model"));
        mayNot(SENTINEL, abi.encodeCall(governor.tighten, (Part.MODEL, modelOf(OTHER))), told);
    }

    function test_whatNoVaultWouldTakeIsNotProposed() external {
        bytes memory told =
            abi.encodeWithSelector(PolicyRules.PolicyOutOfBounds.selector, bytes32("maxAction"), uint256(1));
        mayNot(CURATOR, abi.encodeCall(governor.propose, (Part.LIMITS, limits(1))), told);
        bytes memory twice = bytes.concat(limits(MOST + 1), bytes32(0));
        mayNot(
            CURATOR,
            abi.encodeCall(governor.propose, (Part.LIMITS, twice)),
            PolicyOrder.PartNotCanonicallyEncoded.selector
        );
        Policy memory p = inForce();
        p.model.program[0].parameters = bytes.concat(p.model.program[0].parameters, new bytes(24_576));
        bytes memory long = abi.encode(p.model);
        told = abi.encodeWithSelector(Vault.PolicyNotStored.selector, long.length);
        mayNot(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, long)), told);
    }

    // ---- thieves

    /// The curator's key is stolen and the sentinel sleeps: the owner vetoes for as long as it takes to replace him.
    function test_aStolenCuratorAndASleepingSentinel() external {
        submits(Governor.Change.CURATOR, OTHER, 0);
        proposeLimits(MOST + 1);
        later(DAYS);
        does(OWNER, abi.encodeCall(governor.veto, (Part.LIMITS)));
        proposeLimits(MOST + 2);
        does(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(STRANGER))));
        does(CURATOR, abi.encodeCall(governor.abdicate, (Part.PARTS)));
        later(DAYS);
        confirms(Governor.Change.CURATOR, OTHER, 0);
        require(governor.curator() == OTHER);
        // Nothing of his outlives him.
        later(7 * DAYS);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.NothingPending.selector);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.MODEL)), Governor.NothingPending.selector);
        mayNot(STRANGER, abi.encodeCall(governor.acceptAbdication, (Part.PARTS)), Governor.NothingPending.selector);
        require(maxAction() == MOST);
    }

    /// A sentinel's key is stolen: it vetoes, tightens and pauses for a week in two; it cannot stay.
    function test_aStolenSentinelIsRemovedAfterAWeek() external {
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        // Both at once, though one that is the last may not go before the other has come.
        submits(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        submits(Governor.Change.ADD_SENTINEL, OTHER, 0);
        bytes memory revoked = abi.encodeCall(governor.revoke, (Governor.Change.REMOVE_SENTINEL, SENTINEL, 0));
        mayNot(SENTINEL, revoked, abi.encodeWithSelector(Governor.NotOwner.selector, SENTINEL));
        proposeLimits(MOST + 1);
        does(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)));
        later(2 * DAYS);
        confirms(Governor.Change.ADD_SENTINEL, OTHER, 0);
        later(5 * DAYS);
        does(STRANGER, abi.encodeCall(governor.endPause, ()));
        (bool done,) = asked(SENTINEL, abi.encodeCall(governor.pause, ()));
        require(!done, "paused again");
        tightenLimits(MOST / 2);
        confirms(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        require(!governor.isSentinel(SENTINEL) && governor.isSentinel(OTHER) && governor.sentinels().length == 1);
        bytes memory told = abi.encodeWithSelector(Governor.NotCuratorOrSentinel.selector, SENTINEL);
        mayNot(SENTINEL, abi.encodeCall(governor.tighten, (Part.LIMITS, limits(MOST / 4))), told);
        proposeLimits(MOST);
        later(2 * DAYS);
        accepts(Part.LIMITS);
        require(maxAction() == MOST);
    }

    /// Both work together, and the owner is awake: nothing is loosened, and in a week both are gone.
    function test_aStolenCuratorWithAStolenSentinel() external {
        submits(Governor.Change.CURATOR, OTHER, 0);
        submits(Governor.Change.ADD_SENTINEL, RECIPIENT, 0);
        submits(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        // The week's pause is for both of them.
        proposeLimits(MOST + 1);
        does(OWNER, abi.encodeCall(governor.veto, (Part.LIMITS)));
        later(2 * DAYS);
        confirms(Governor.Change.CURATOR, OTHER, 0);
        confirms(Governor.Change.ADD_SENTINEL, RECIPIENT, 0);
        mayNot(
            CURATOR,
            abi.encodeCall(governor.propose, (Part.LIMITS, limits(MOST + 1))),
            abi.encodeWithSelector(Governor.NotCurator.selector, CURATOR)
        );
        later(5 * DAYS);
        confirms(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        require(maxAction() == MOST && !governor.isPaused() && !governor.isSentinel(SENTINEL));
    }

    /// The curator's key is stolen and the owner sleeps: a sentinel says no each time.
    function test_aStolenCuratorAndASleepingOwner() external {
        for (uint256 i = 0; i < 4; i++) {
            proposeLimits(MOST + 1);
            does(CURATOR, abi.encodeCall(governor.abdicate, (Part.LIMITS)));
            later(2 * DAYS - 1);
            does(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)));
            does(SENTINEL, abi.encodeCall(governor.vetoAbdication, (Part.LIMITS)));
            later(1);
            mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.NothingPending.selector);
        }
        require(maxAction() == MOST && !governor.isAbdicated(Part.LIMITS));
    }

    /// The owner's key is stolen: money goes where it always went, and a policy of the thief's waits for the sentinel to
    /// go, and then for itself. Until then whoever else has the key takes all out.
    function test_aStolenOwnerNeedsNineDays() external {
        uint256 begun = block.timestamp;
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), 5e18)));
        require(quote.balanceOf(RECIPIENT) == 5e18);
        submits(Governor.Change.CURATOR, STRANGER, 0);
        submits(Governor.Change.ADD_SENTINEL, OTHER, 0);
        submits(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        later(2 * DAYS);
        confirms(Governor.Change.CURATOR, STRANGER, 0);
        confirms(Governor.Change.ADD_SENTINEL, OTHER, 0);
        bytes memory loose = abi.encodeCall(governor.propose, (Part.LIMITS, limits(MOST + 1)));
        bytes memory put = abi.encodeCall(governor.accept, (Part.LIMITS));
        while (block.timestamp < begun + 7 * DAYS) {
            does(STRANGER, loose);
            later(DAYS);
            does(SENTINEL, abi.encodeCall(governor.veto, (Part.LIMITS)));
            mayNot(STRANGER, put, Governor.NothingPending.selector);
        }
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        confirms(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        does(STRANGER, loose);
        does(OWNER, abi.encodeCall(governor.unpause, ()));
        later(2 * DAYS - 1);
        (bool done,) = asked(STRANGER, put);
        require(!done && maxAction() == MOST, "in less than nine days");
        uint256 left = booked(quote);
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), type(uint256).max)));
        require(quote.balanceOf(RECIPIENT) == left + 5e18 && booked(quote) == 0);
    }

    /// The agent's key is stolen: from the pause until another is in force nothing is executed.
    function test_aStolenAgentIsReplacedBeforeThePauseEnds() external {
        pass(1);
        bytes memory stolen = proven(decision(BUY));
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        refused(AGENT, stolen, Vault.Paused.selector);
        does(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(OTHER))));
        later(7 * DAYS);
        accepts(Part.MODEL);
        require(vault.state().paused && inForce().model.agent == OTHER);
        does(STRANGER, abi.encodeCall(governor.endPause, ()));
        (bool done,) = execute(AGENT, stolen);
        require(!done && !vault.state().paused);
        refused(
            AGENT,
            abi.encodeCall(vault.recordHolds, (new uint32[](0), new bytes32[](0))),
            Vault.NotAgent.selector
        );
    }

    /// Without its owner a vault is stopped, tightened and watched; nobody takes his place.
    function test_anOwnerWhoIsGone() external {
        tightenLimits(MOST / 2);
        does(CURATOR, abi.encodeCall(governor.pause, ()));
        later(14 * DAYS);
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        for (uint256 k = 1; k < 6; k++) {
            bytes memory told = abi.encodeWithSelector(Governor.NotOwner.selector, _account(k));
            mayNot(_account(k), abi.encodeCall(governor.exit, (address(quote), 1)), told);
            bytes memory call = abi.encodeCall(governor.submit, (Governor.Change.OWNER, _account(k), 0));
            mayNot(_account(k), call, told);
        }
    }

    /// What an owner's thief had waiting is void as soon as another owner has come.
    function test_nothingOfAnOwnerOutlivesHim() external {
        submits(Governor.Change.ADD_SENTINEL, STRANGER, 0);
        submits(Governor.Change.OWNER, STRANGER, 0);
        submits(Governor.Change.OWNER, OTHER, 0);
        does(OWNER, abi.encodeCall(governor.abdicate, (Part.LIMITS)));
        proposeLimits(MOST + 1);
        later(2 * DAYS);
        bytes memory taken = abi.encodeCall(governor.confirm, (Governor.Change.OWNER, OTHER, 0));
        mayNot(OWNER, taken, abi.encodeWithSelector(Governor.NotOwner.selector, OWNER));
        does(OTHER, taken);
        require(governor.owner() == OTHER);
        bytes4 told = Governor.NothingPending.selector;
        mayNot(STRANGER, abi.encodeCall(governor.confirm, (Governor.Change.ADD_SENTINEL, STRANGER, 0)), told);
        mayNot(STRANGER, abi.encodeCall(governor.confirm, (Governor.Change.OWNER, STRANGER, 0)), told);
        mayNot(STRANGER, abi.encodeCall(governor.acceptAbdication, (Part.LIMITS)), told);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), told);
        bytes memory gone = abi.encodeCall(governor.exit, (address(quote), 1));
        mayNot(OWNER, gone, abi.encodeWithSelector(Governor.NotOwner.selector, OWNER));
        does(OTHER, gone);
    }

    // ---- roles are apart

    function test_oneAccountHasOneRole() external {
        _clash(Governor.Change.ADD_SENTINEL, OWNER);
        _clash(Governor.Change.ADD_SENTINEL, CURATOR);
        _clash(Governor.Change.CURATOR, SENTINEL);
        _clash(Governor.Change.OWNER, SENTINEL);
        for (uint256 i = 0; i < 4; i++) {
            if (i != 2) _clash(Governor.Change(i), AGENT);
        }
        address[3] memory holders = [OWNER, CURATOR, SENTINEL];
        for (uint256 i = 0; i < 3; i++) {
            bytes memory told = abi.encodeWithSelector(Governor.RolesClash.selector, holders[i]);
            mayNot(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(holders[i]))), told);
        }
    }

    /// What became true while it waited counts.
    function test_rolesAreApartWhenItComesTrueAsWell() external {
        submits(Governor.Change.ADD_SENTINEL, OTHER, 0);
        submits(Governor.Change.CURATOR, OTHER, 0);
        does(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(OTHER))));
        later(2 * DAYS);
        bytes memory told = abi.encodeWithSelector(Governor.RolesClash.selector, OTHER);
        bytes memory added = abi.encodeCall(governor.confirm, (Governor.Change.ADD_SENTINEL, OTHER, 0));
        uint256 id = VM.snapshotState();
        confirms(Governor.Change.CURATOR, OTHER, 0);
        mayNot(STRANGER, added, told);
        require(VM.revertToState(id));
        accepts(Part.MODEL);
        mayNot(STRANGER, added, told);
        require(VM.revertToState(id));
        does(STRANGER, added);
        require(governor.pendingChange(Governor.Change.ADD_SENTINEL, OTHER, 0) == 0);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.MODEL)), told);
    }

    function test_aChangeChangesSomething() external {
        bytes4 told = Governor.NoChange.selector;
        _submitted(Governor.Change.CURATOR, CURATOR, 0, told);
        _submitted(Governor.Change.OWNER, OWNER, 0, told);
        _submitted(Governor.Change.ADD_SENTINEL, SENTINEL, 0, told);
        _submitted(Governor.Change.REMOVE_SENTINEL, OTHER, 0, told);
        _submitted(Governor.Change.CURATOR, OTHER, 1, told);
        _submitted(Governor.Change.LIMITS_DELAY, OTHER, 3 * DAYS, told);
        _submitted(Governor.Change.LIMITS_DELAY, address(0), 2 * DAYS, told);
        _submitted(Governor.Change.CURATOR, address(0), 0, Governor.ZeroAddress.selector);
        bytes memory revoked = abi.encodeCall(governor.revoke, (Governor.Change.CURATOR, OTHER, 0));
        mayNot(OWNER, revoked, Governor.NothingPending.selector);
        submits(Governor.Change.CURATOR, OTHER, 0);
        does(OWNER, revoked);
        require(governor.pendingChange(Governor.Change.CURATOR, OTHER, 0) == 0);
    }

    // ---- sentinels

    function test_aSealedVaultKeepsASentinel() external {
        submits(Governor.Change.ADD_SENTINEL, OTHER, 0);
        later(2 * DAYS);
        confirms(Governor.Change.ADD_SENTINEL, OTHER, 0);
        submits(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        submits(Governor.Change.REMOVE_SENTINEL, OTHER, 0);
        later(7 * DAYS);
        confirms(Governor.Change.REMOVE_SENTINEL, SENTINEL, 0);
        bytes memory last = abi.encodeCall(governor.confirm, (Governor.Change.REMOVE_SENTINEL, OTHER, 0));
        mayNot(STRANGER, last, Governor.NoSentinel.selector);
        require(governor.isSentinel(OTHER));
    }

    function test_thereAreEightSentinelsAtMost() external {
        Governor open = _open();
        governor = open;
        for (uint160 i = 1; i <= 8; i++) {
            submits(Governor.Change.ADD_SENTINEL, address(i), 0);
        }
        _submitted(Governor.Change.ADD_SENTINEL, OTHER, 0, Governor.TooManySentinels.selector);
        require(open.sentinels().length == 8);
    }

    // ---- delays

    function test_delaysHaveBounds() external {
        uint256[3] memory least = [2 * DAYS, 2 * DAYS, 7 * DAYS];
        for (uint256 i = 0; i < 3; i++) {
            Governor.Change change = Governor.Change(4 + i);
            require(governor.delayOf(Part(i)) == least[i] && governor.sealedDelayOf(Part(i)) == least[i]);
            uint256[2] memory outside = [least[i] - 1, 60 * DAYS + 1];
            for (uint256 k = 0; k < 2; k++) {
                bytes memory told =
                    abi.encodeWithSelector(Governor.DelayOutOfBounds.selector, outside[k], least[i], 60 * DAYS);
                mayNot(OWNER, abi.encodeCall(governor.submit, (change, address(0), outside[k])), told);
            }
            submits(change, address(0), 60 * DAYS);
            require(governor.delayOf(Part(i)) == 60 * DAYS);
        }
    }

    function test_aRaisedDelayDoesNotMoveWhatWaits() external {
        proposeLimits(MOST + 1);
        submits(Governor.Change.LIMITS_DELAY, address(0), 60 * DAYS);
        later(2 * DAYS);
        accepts(Part.LIMITS);
        proposeLimits(MOST + 2);
        later(60 * DAYS - 1);
        (bool done,) = asked(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)));
        require(!done);
        later(1);
        accepts(Part.LIMITS);
    }

    function test_aLoweredDelayWaitsForWhatIsLowered() external {
        submits(Governor.Change.MODEL_DELAY, address(0), 20 * DAYS);
        submits(Governor.Change.MODEL_DELAY, address(0), 3 * DAYS);
        require(governor.delayOf(Part.MODEL) == 20 * DAYS);
        uint256 due = block.timestamp + 20 * DAYS;
        bytes memory lowered = abi.encodeCall(governor.confirm, (Governor.Change.MODEL_DELAY, address(0), 3 * DAYS));
        later(20 * DAYS - 1);
        mayNot(STRANGER, lowered, abi.encodeWithSelector(Governor.NotYet.selector, due, due - 1));
        later(1);
        uint256 id = VM.snapshotState();
        does(STRANGER, lowered);
        require(governor.delayOf(Part.MODEL) == 3 * DAYS);
        require(VM.revertToState(id));
        // Raised meanwhile, it has not been waited for.
        submits(Governor.Change.MODEL_DELAY, address(0), 60 * DAYS);
        mayNot(STRANGER, lowered, Governor.NothingPending.selector);
    }

    // ---- abdication

    function test_whatIsAbdicatedIsOnlyTightened() external {
        does(OWNER, abi.encodeCall(governor.abdicate, (Part.LIMITS)));
        uint256 due = block.timestamp + 2 * DAYS;
        bytes memory call = abi.encodeCall(governor.acceptAbdication, (Part.LIMITS));
        mayNot(STRANGER, call, abi.encodeWithSelector(Governor.NotYet.selector, due, block.timestamp));
        proposeLimits(MOST + 1);
        later(2 * DAYS);
        does(STRANGER, call);
        require(governor.isAbdicated(Part.LIMITS) && governor.pendingAbdication(Part.LIMITS) == 0);
        mayNot(STRANGER, abi.encodeCall(governor.accept, (Part.LIMITS)), Governor.NothingPending.selector);
        bytes memory told = abi.encodeWithSelector(Governor.PartAbdicated.selector, Part.LIMITS);
        mayNot(CURATOR, abi.encodeCall(governor.propose, (Part.LIMITS, limits(MOST + 1))), told);
        mayNot(OWNER, abi.encodeCall(governor.abdicate, (Part.LIMITS)), told);
        tightenLimits(MOST / 2);
        does(OWNER, abi.encodeCall(governor.exit, (address(quote), 1)));
        does(SENTINEL, abi.encodeCall(governor.pause, ()));
        // Another part is not.
        does(CURATOR, abi.encodeCall(governor.propose, (Part.MODEL, modelOf(OTHER))));
        does(SENTINEL, abi.encodeCall(governor.veto, (Part.MODEL)));
    }

    function test_anAbdicationIsVetoedOrForgotten() external {
        bytes memory veto = abi.encodeCall(governor.vetoAbdication, (Part.PARTS));
        mayNot(SENTINEL, veto, Governor.NothingPending.selector);
        does(CURATOR, abi.encodeCall(governor.abdicate, (Part.PARTS)));
        does(SENTINEL, veto);
        later(7 * DAYS);
        bytes memory call = abi.encodeCall(governor.acceptAbdication, (Part.PARTS));
        mayNot(STRANGER, call, Governor.NothingPending.selector);
        does(OWNER, abi.encodeCall(governor.abdicate, (Part.PARTS)));
        later(21 * DAYS + 1);
        (bool done,) = asked(STRANGER, call);
        require(!done && !governor.isAbdicated(Part.PARTS));
    }

    // ---- the set-up, and its end

    function test_beforeTheSealNothingWaits() external {
        Governor open = _open();
        governor = open;
        submits(Governor.Change.CURATOR, CURATOR, 0);
        require(open.delayOf(Part.LIMITS) == 0 && open.sealedDelayOf(Part.LIMITS) == 2 * DAYS);
        proposeLimits(MOST + 1);
        accepts(Part.LIMITS);
        require(maxAction() == MOST + 1);
        submits(Governor.Change.LIMITS_DELAY, address(0), 9 * DAYS);
        submits(Governor.Change.LIMITS_DELAY, address(0), 3 * DAYS);
        require(open.sealedDelayOf(Part.LIMITS) == 3 * DAYS);
        // Ownership is taken by who is to have it, even so.
        submits(Governor.Change.OWNER, OTHER, 0);
        require(open.owner() == OWNER);
        does(OTHER, abi.encodeCall(open.confirm, (Governor.Change.OWNER, OTHER, 0)));
        require(open.owner() == OTHER);
    }

    /// Nothing that did not wait is put in force after the seal.
    function test_aSealNeedsASentinelAndEndsTheSetUp() external {
        Governor open = _open();
        governor = open;
        bytes memory seal = abi.encodeCall(open.seal, ());
        mayNot(OWNER, seal, Governor.NoSentinel.selector);
        submits(Governor.Change.ADD_SENTINEL, SENTINEL, 0);
        submits(Governor.Change.CURATOR, CURATOR, 0);
        proposeLimits(MOST + 1);
        does(OWNER, abi.encodeCall(open.abdicate, (Part.MODEL)));
        submits(Governor.Change.OWNER, OTHER, 0);
        does(OWNER, seal);
        require(open.isSealed() && open.delayOf(Part.PARTS) == 7 * DAYS);
        bytes4 told = Governor.NothingPending.selector;
        mayNot(STRANGER, abi.encodeCall(open.accept, (Part.LIMITS)), told);
        mayNot(STRANGER, abi.encodeCall(open.acceptAbdication, (Part.MODEL)), told);
        mayNot(OTHER, abi.encodeCall(open.confirm, (Governor.Change.OWNER, OTHER, 0)), told);
        mayNot(OWNER, seal, Governor.AlreadySealed.selector);
    }

    // ---- how

    function _base() internal override returns (TestToken) {
        return TestToken(address(new TrickToken()));
    }

    function _account(uint256 k) private pure returns (address) {
        return [OWNER, CURATOR, SENTINEL, AGENT, RECIPIENT, STRANGER][k];
    }

    /// Whoever is among these does it; whoever is not is told so.
    function _row(bytes memory call, uint8 who, bytes4 told) private {
        for (uint256 k = 0; k < 6; k++) {
            uint256 id = VM.snapshotState();
            if (who >> k & 1 == 1) does(_account(k), call);
            else mayNot(_account(k), call, abi.encodeWithSelector(told, _account(k)));
            require(VM.revertToState(id));
        }
    }

    function _clash(Governor.Change change, address account) private {
        bytes memory told = abi.encodeWithSelector(Governor.RolesClash.selector, account);
        mayNot(OWNER, abi.encodeCall(governor.submit, (change, account, 0)), told);
    }

    function _submitted(Governor.Change change, address account, uint256 value, bytes4 told) private {
        mayNot(OWNER, abi.encodeCall(governor.submit, (change, account, value)), told);
    }

    function _notMade(Vault of_, address owner, bytes memory told) private {
        try this.governed(of_, owner) {
            revert("made");
        } catch (bytes memory reason) {
            require(keccak256(reason) == keccak256(told), string.concat("otherwise: ", VM.toString(reason)));
        }
    }

    /// Another vault, under a governor that is not sealed.
    function _open() private returns (Governor open) {
        vault = another(RECIPIENT, engine);
        VM.prank(OWNER);
        vault.transferOwnership(next());
        open = governed(vault, OWNER);
    }
}
