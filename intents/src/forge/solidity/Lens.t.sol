// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {IAction, Step} from "vault/IAction.sol";
import {Governor} from "vault/Governor.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {Part} from "vault/PolicyOrder.sol";
import {Vault} from "vault/Vault.sol";
import {VaultFactory} from "vault/VaultFactory.sol";
import {VaultLens} from "vault/VaultLens.sol";
import {Deployed} from "./Deployed.sol";
import {Made} from "./Factory.t.sol";
import {HookToken} from "./Reentry.t.sol";
import {VM, Vm} from "./Vm.sol";
import {World} from "./World.sol";

/// An action that refuses in words that are not its own.
contract Ventriloquist is IAction {
    bytes private _words;

    constructor(bytes memory words) {
        _words = words;
    }

    function run(bytes calldata, Step calldata) external view {
        bytes memory words = _words;
        assembly ("memory-safe") {
            revert(add(words, 0x20), mload(words))
        }
    }
}

/// What the lens says of a decision is what becomes of it.
contract Trials is World(2_500_000) {
    VaultLens private _lens = VaultLens(Deployed.ours("VaultLens", ""));

    struct Answer {
        bool fine;
        bytes refusal;
        int256[] deltas;
        PolicyEngine.Reason reason;
    }

    function test_whatIsFineIsCarriedOutAsSaid() external {
        for (uint256 class = 0; class < 3; class++) {
            bytes memory call = proven(decision(class));
            bytes32 before = _all();
            Answer memory answer = _ask(AGENT, call);
            require(answer.fine && answer.refusal.length == 0, "not fine");
            require(_all() == before, "a trial left something");
            VM.recordLogs();
            executed(call);
            Vm.Log[] memory logs = VM.getRecordedLogs();
            for (uint256 i = 0; i < logs.length; i++) {
                if (logs[i].topics[0] != Vault.DecisionExecuted.selector) continue;
                (,, int256[] memory deltas,, PolicyEngine.Reason reason) =
                    abi.decode(logs[i].data, (address, int256[], int256[], int24[], PolicyEngine.Reason));
                require(keccak256(abi.encode(deltas)) == keccak256(abi.encode(answer.deltas)), "other deltas");
                require(reason == answer.reason && (reason == PolicyEngine.Reason.HOLD) == (class == KEEP));
            }
            pass(1);
        }
    }

    function test_aRefusalIsToldInItsWords() external {
        Vault.Decision memory d = decision(BUY);
        d.executor = AGENT;
        bytes memory call = proven(d);
        _same(STRANGER, call, Vault.NotExecutor.selector);
        require(_ask(AGENT, call).fine);
        VM.warp(block.timestamp + 121);
        _same(AGENT, call, Vault.Stale.selector);
        pass(1);
        d.asOf += 600;
        d.deadline += 600;
        (, call) = _bare(d);
        _same(AGENT, call, Vault.WrongHints.selector);
        call = proven(decision(BUY));
        others.pushTo(1 << 95);
        _same(AGENT, call, bytes4(0));
        VM.prank(OWNER);
        vault.pause();
        _same(AGENT, call, Vault.Paused.selector);
    }

    /// Who is called within an execution cannot say in the vault's name that it went well, nor that it was a trial.
    function test_nobodyWithinSpeaksForTheVault() external {
        bytes memory went = abi.encode(new int256[](3), PolicyEngine.Reason.NONE);
        bytes memory words = abi.encodeWithSelector(Vault.TriedOut.selector, true, went);
        policy.parts.action = address(new Ventriloquist(words));
        revise();
        bytes memory call = proven(decision(BUY));
        Answer memory answer = _ask(AGENT, call);
        require(!answer.fine && keccak256(answer.refusal) == keccak256(words), "spoken for");
        _same(AGENT, call, Vault.TriedOut.selector);
    }

    /// Too little gas is a refusal, and looks like nothing else.
    function test_littleGasIsNeverFine() external {
        bytes memory call = proven(decision(BUY));
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints,) = _parts(call);
        for (uint256 gas_ = 20_000; gas_ < 900_000; gas_ += 20_000) {
            bytes memory asked = abi.encodeCall(_lens.checkIntent, (vault, AGENT, d, hints, sourceHints, ""));
            (bool done, bytes memory said) = address(_lens).call{gas: gas_}(asked);
            if (!done) continue;
            (bool fine,, int256[] memory deltas,) = abi.decode(said, (bool, bytes, int256[], PolicyEngine.Reason));
            require(!fine || deltas.length == 3, "fine, and nothing traded");
            if (gas_ < 200_000) require(!fine, "fine with too little");
        }
    }

    /// Of an execution that goes well and of one that does not.
    function test_itsGasIsTold() external {
        bytes memory call = proven(decision(BUY));
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints,) = _parts(call);
        (bool fine,,,, uint256 tried) = _lens.checkIntent(vault, AGENT, d, hints, sourceHints, "");
        uint256 before = gasleft();
        executed(call);
        uint256 used = before - gasleft();
        require(fine && tried > used / 2 && tried < 4 * used, VM.toString(tried));
        (fine,,,, tried) = _lens.checkIntent(vault, AGENT, d, hints, sourceHints, "");
        require(!fine && tried != 0 && tried < used / 4, "of a refusal");
    }

    // ---- the trial itself

    function test_aTrialIsAlwaysUndone() external {
        bytes memory call = proven(decision(BUY));
        bytes32 before = _all();
        address[3] memory callers = [AGENT, STRANGER, OWNER];
        for (uint256 i = 0; i < 3; i++) {
            (bool done, bytes memory said) = execute(callers[i], abi.encodeCall(vault.tryOut, (AGENT, call)));
            require(!done && bytes4(said) == Vault.TriedOut.selector && _all() == before, "a trial stayed");
        }
    }

    /// Nothing else is tried out with anybody's rights: it is the vault that calls, which has none.
    function test_aTrialHasNoRights() external {
        bytes[6] memory calls = [
            abi.encodeCall(vault.exit, (address(quote), 1)),
            abi.encodeCall(vault.pause, ()),
            abi.encodeCall(vault.setPolicy, (abi.encode(policy))),
            abi.encodeCall(vault.transferOwnership, (AGENT)),
            abi.encodeCall(vault.offerRecipient, (AGENT)),
            abi.encodeCall(vault.recordHolds, (new uint32[](0), new bytes32[](0)))
        ];
        bytes32 before = _all();
        for (uint256 i = 0; i < calls.length; i++) {
            address[3] memory holders = [OWNER, RECIPIENT, AGENT];
            for (uint256 k = 0; k < 3; k++) {
                (, bytes memory said) = execute(STRANGER, abi.encodeCall(vault.tryOut, (holders[k], calls[i])));
                require(bytes4(said) == Vault.TriedOut.selector && !_done(said), "somebody's rights");
                require(_all() == before);
            }
        }
        // One within another is undone twice.
        bytes memory inner = abi.encodeCall(vault.tryOut, (AGENT, proven(decision(BUY))));
        (, bytes memory words) = execute(STRANGER, abi.encodeCall(vault.tryOut, (AGENT, inner)));
        require(bytes4(words) == Vault.TriedOut.selector && !_done(words) && _all() == before);
    }

    // ---- what a decision comes to

    function test_aPlanIsTheEngines() external view {
        Vault.Decision memory d = decision(BUY);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        PolicyEngine.Plan memory plan = _lens.preview(vault, d.asOf, 50, d.outputs, hints);
        PolicyEngine.Plan memory its = engine.plan(vault.planInput(d.asOf, 50, d.outputs, hints));
        require(plan.steps.length == 1 && keccak256(abi.encode(plan)) == keccak256(abi.encode(its)));
    }

    // ---- how

    function _ask(address caller, bytes memory call) private returns (Answer memory a) {
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints, bytes memory proof) = _parts(call);
        (a.fine, a.refusal, a.deltas, a.reason,) = _lens.checkIntent(vault, caller, d, hints, sourceHints, proof);
    }

    /// The lens and the vault refuse alike; with this, or with 0 whatever it is.
    function _same(address caller, bytes memory call, bytes4 why) private {
        Answer memory answer = _ask(caller, call);
        (bool done, bytes memory reason) = execute(caller, call);
        require(!done && !answer.fine, "not refused");
        require(keccak256(reason) == keccak256(answer.refusal), "in other words");
        require(why == 0 || bytes4(reason) == why, string.concat("for another reason: ", VM.toString(reason)));
        require(answer.deltas.length == 0 && answer.reason == PolicyEngine.Reason.NONE);
    }

    function _bare(Vault.Decision memory d) private view returns (Vault.Decision memory, bytes memory) {
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        return (d, abi.encodeCall(vault.execute, (d, hints, new bytes[](1), "")));
    }

    function _parts(bytes memory call)
        private
        pure
        returns (Vault.Decision memory, bytes memory, bytes[] memory, bytes memory)
    {
        bytes memory arguments = new bytes(call.length - 4);
        for (uint256 i = 0; i < arguments.length; i++) {
            arguments[i] = call[i + 4];
        }
        return abi.decode(arguments, (Vault.Decision, bytes, bytes[], bytes));
    }

    function _done(bytes memory said) private pure returns (bool done) {
        assembly ("memory-safe") {
            done := mload(add(said, 0x24))
        }
    }

    function _all() private view returns (bytes32) {
        bytes memory books;
        for (uint256 i = 0; i < 3; i++) {
            TestToken token = [quote, base, far][i];
            (uint256 amount, uint256 before, uint32 changedAt) = vault.book(address(token));
            books = abi.encode(books, amount, before, changedAt, token.balanceOf(address(vault)));
        }
        (uint160 price,,,,,,) = near.slot0();
        return keccak256(abi.encode(vault.state(), vault.owner(), vault.recipient(), vault.pendingOwner(), books, price));
    }
}

/// What is known of a vault, at once.
contract Inspections is Made {
    address private constant SENTINEL = address(uint160(uint256(keccak256("sentinel"))));
    address private constant CURATOR = address(uint160(uint256(keccak256("curator"))));

    VaultLens private _lens = VaultLens(Deployed.ours("VaultLens", ""));

    struct Seen {
        bool isVault;
        bool isCanonical;
        Vault.State state;
        VaultLens.Roles roles;
        VaultLens.Holding[] holdings;
    }

    function test_aVaultUnderAGovernorIsSeenWhole() external {
        (Vault made, Governor its) = create();
        policy.limits.numbers.maxAction++;
        VM.startPrank(OWNER);
        quote.approve(address(its), 5e18);
        its.deposit(address(quote), 5e18);
        its.submit(Governor.Change.ADD_SENTINEL, SENTINEL, 0);
        its.submit(Governor.Change.CURATOR, CURATOR, 0);
        its.submit(Governor.Change.MODEL_DELAY, address(0), 9 days);
        its.seal();
        its.abdicate(Part.PARTS);
        VM.stopPrank();
        VM.prank(CURATOR);
        its.propose(Part.LIMITS, abi.encode(policy.limits));
        quote.mint(address(made), 7);
        uint256 now_ = block.timestamp;
        Seen memory seen = _look(makes, made);
        VaultLens.Roles memory r = seen.roles;
        require(seen.isVault && seen.isCanonical);
        require(keccak256(abi.encode(seen.state)) == keccak256(abi.encode(made.state())));
        require(address(r.governor) == address(its) && r.owner == OWNER && r.curator == CURATOR);
        require(r.sentinels.length == 1 && r.sentinels[0] == SENTINEL && r.agent == AGENT && r.recipient == RECIPIENT);
        require(r.isSealed && r.delays[0] == 2 days && r.delays[1] == 9 days && r.delays[2] == 7 days);
        require(keccak256(r.pending[0].content) == keccak256(abi.encode(policy.limits)));
        require(r.pending[0].executableAt == now_ + 2 days && r.pending[1].executableAt == 0);
        require(r.pending[1].content.length == 0 && r.pending[2].content.length == 0);
        require(r.abdications[0] == 0 && r.abdications[1] == 0 && r.abdications[2] == now_ + 7 days);
        require(!r.paused && r.pausedUntil == 0 && r.pauseFreeAt == 0 && !r.abdicated[2]);
        require(seen.holdings.length == 3 && seen.holdings[0].token == address(quote));
        require(seen.holdings[0].booked == 5e18 && seen.holdings[0].held == 5e18 + 7);
        require(seen.holdings[2].token == address(far) && seen.holdings[2].held == 0);
        VM.warp(now_ + 7 days);
        its.acceptAbdication(Part.PARTS);
        VM.prank(SENTINEL);
        its.pause();
        r = _look(makes, made).roles;
        require(r.abdicated[2] && r.abdications[2] == 0);
        require(r.paused && r.pausedUntil == now_ + 14 days && r.pauseFreeAt == now_ + 21 days);
    }

    /// By a factory, or by nobody who is known; under an account.
    function test_aVaultOfAnAccountHasNoOtherRoles() external view {
        for (uint256 i = 0; i < 2; i++) {
            Seen memory seen = _look(i == 0 ? makes : VaultFactory(address(0)), vault);
            require(!seen.isVault && !seen.isCanonical && address(seen.roles.governor) == address(0));
            require(seen.roles.owner == OWNER && seen.roles.agent == AGENT && seen.roles.recipient == RECIPIENT);
            require(seen.roles.curator == address(0) && seen.roles.sentinels.length == 0 && !seen.roles.paused);
            require(seen.holdings.length == 3 && seen.holdings[1].booked == 50_000e18);
        }
    }

    /// An owner that governs another vault is an account as any.
    function test_anOwnerThatGovernsAnotherVaultIsNoGovernor() external {
        (, Governor its) = create();
        VM.prank(OWNER);
        vault.transferOwnership(address(its));
        VM.prank(address(its));
        vault.acceptOwnership();
        VaultLens.Roles memory r = _look(makes, vault).roles;
        require(address(r.governor) == address(0) && r.owner == address(its) && r.curator == address(0));
    }

    function _look(VaultFactory by, Vault of_) private view returns (Seen memory s) {
        (s.isVault, s.isCanonical, s.state, s.roles, s.holdings) = _lens.inspect(by, of_);
    }
}

/// While a step runs there is nothing to be seen that may be half done.
contract HalfDone is World(2_500_000) {
    VaultLens private _lens = VaultLens(Deployed.ours("VaultLens", ""));

    function _base() internal override returns (TestToken) {
        return TestToken(address(new HookToken()));
    }

    function test_nothingIsSeenHalfDone() external {
        HookToken hook = HookToken(address(base));
        Vault.Decision memory d = decision(BUY);
        bytes memory call = proven(d);
        address[] memory targets = new address[](3);
        (targets[0], targets[1], targets[2]) = (address(_lens), address(_lens), address(_lens));
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(_lens.inspect, (VaultFactory(address(0)), vault));
        calls[1] = abi.encodeCall(_lens.preview, (vault, d.asOf, 50, d.outputs, ""));
        calls[2] = abi.encodeCall(_lens.checkIntent, (vault, AGENT, d, "", new bytes[](2), ""));
        hook.whenMoved(address(near), address(vault), targets, calls);
        executed(call);
        (bool[] memory dones, bytes[] memory said) = hook.results();
        bytes4 locked = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        require(dones.length == 3 && !dones[0] && !dones[1]);
        require(bytes4(said[0]) == locked && bytes4(said[1]) == locked);
        // An execution now would be refused, and is said to be.
        (bool fine, bytes memory refusal,,) = abi.decode(said[2], (bool, bytes, int256[], PolicyEngine.Reason));
        require(dones[2] && !fine && bytes4(refusal) == locked);
    }
}
