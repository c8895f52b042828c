// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {Governor} from "vault/Governor.sol";
import {Policy} from "vault/Policy.sol";
import {Part} from "vault/PolicyOrder.sol";
import {Roles} from "./Roles.sol";
import {VM} from "./Vm.sol";

/// What a governor's roles may do, in an order that forge invents, each by somebody who may and by somebody who may not.
contract GovernorLives is Roles {
    string private constant ACTS = "target/forge/acts.jsonl";

    error Undone(uint256[2] recipients, uint256[2] left);

    struct Submitted {
        Governor.Change change;
        address account;
        uint256 value;
    }

    Submitted[] private _submitted;
    bytes[3] private _atAbdication;
    address private _recipient = RECIPIENT;
    string[] private _acts;
    mapping(string act => uint256[2]) private _counts;

    // ---- what happens

    function propose(uint8 who, uint8 which, uint8 how, uint32 wait) external {
        _pass(wait);
        bytes memory content;
        if (which % 3 == 0) content = limits(uint128(uint256(5_000 + 100 * uint256(how)) * 1e18));
        else if (which % 3 == 1) content = modelOf(how % 8 == 0 ? _somebody(how) : address(uint160(0xa000) + how));
        else content = parts(how % 2 == 0);
        bool done = _try(who, 1, abi.encodeCall(governor.propose, (Part(which % 3), content)));
        _count("govern: propose", done);
    }

    function accept(uint8 which, uint32 wait, bool inTime) external {
        Part part_ = Part(which % 3);
        (, uint256 due) = governor.pending(part_);
        if (inTime && due > block.timestamp) VM.warp(due);
        else _pass(wait);
        _count("govern: accept", _try(5, 5, abi.encodeCall(governor.accept, (part_))));
    }

    function veto(uint8 who, uint8 which) external {
        _count("govern: veto", _try(who, 2, abi.encodeCall(governor.veto, (Part(which % 3)))));
    }

    function tighten(uint8 who, uint8 how) external {
        uint128 most = maxAction();
        bytes memory call = how % 4 == 0
            ? abi.encodeCall(governor.tighten, (Part.PARTS, parts(how % 8 == 0)))
            : abi.encodeCall(governor.tighten, (Part.LIMITS, limits(how % 4 == 1 ? most + 1 : most - most / 100)));
        _count("govern: tighten", _try(who, 2, call));
    }

    function pause(uint8 who, uint32 wait) external {
        _pass(wait);
        _count("govern: pause", _try(who, _pauser(who), abi.encodeCall(governor.pause, ())));
    }

    function resume(uint8 who, bool end) external {
        bytes memory call = end ? abi.encodeCall(governor.endPause, ()) : abi.encodeCall(governor.unpause, ());
        _count("govern: resume", _try(who, 0, call));
    }

    function abdicate(uint8 which, bool byOwner) external {
        if (block.timestamp % 8 != 0) return;
        _count("govern: abdicate", _try(byOwner ? 0 : 1, 0, abi.encodeCall(governor.abdicate, (Part(which % 3)))));
    }

    function vetoAbdication(uint8 who, uint8 which) external {
        _count("govern: veto an abdication", _try(who, 2, abi.encodeCall(governor.vetoAbdication, (Part(which % 3)))));
    }

    function acceptAbdication(uint8 which, uint32 wait, bool inTime) external {
        Part part_ = Part(which % 3);
        uint256 due = governor.pendingAbdication(part_);
        if (inTime && due > block.timestamp) VM.warp(due);
        else _pass(wait);
        bool done = _try(5, 5, abi.encodeCall(governor.acceptAbdication, (part_)));
        if (done) _atAbdication[which % 3] = written();
        _count("govern: accept an abdication", done);
    }

    function change(uint8 what, uint8 whom, bool confirmed, uint32 wait) external {
        Governor.Change change_ = Governor.Change(what % 7);
        (address account, uint256 value) =
            what % 7 < 4 ? (_somebody(whom), 0) : (address(0), (7 + uint256(whom) % 14) * 1 days);
        if (!confirmed || _submitted.length == 0) {
            bool done = _try(0, 0, abi.encodeCall(governor.submit, (change_, account, value)));
            _count("govern: submit a change", done);
            if (governor.pendingChange(change_, account, value) != 0) _submitted.push(Submitted(change_, account, value));
            return;
        }
        Submitted memory waiting = _submitted[wait % _submitted.length];
        uint256 due = governor.pendingChange(waiting.change, waiting.account, waiting.value);
        if (due > block.timestamp) VM.warp(due);
        else _pass(wait);
        bytes memory call = abi.encodeCall(governor.confirm, (waiting.change, waiting.account, waiting.value));
        (bool confirmed_,) = asked(waiting.account, call);
        _count("govern: confirm a change", confirmed_);
    }

    function money(uint8 who, bool in_, uint96 amount) external {
        bytes memory call = in_
            ? abi.encodeCall(governor.deposit, (address(quote), amount % 1e24))
            : abi.encodeCall(governor.exit, (address(quote), amount % 1e22));
        _count("govern: deposit or exit", _try(who, 0, call));
    }

    /// The recipient's place goes to whom the recipient offers it and who takes it; nobody else gives or takes it.
    function handOver(uint8 who, uint8 whom) external {
        address to = _somebody(whom);
        address by = who % 3 == 0 ? _somebody(who / 3) : _recipient;
        VM.prank(by);
        (bool offered,) = address(vault).call(abi.encodeCall(vault.offerRecipient, (to)));
        require(offered == (by == _recipient), "offered by another");
        _count("govern: offer the recipient's place", offered);
        address taker = who % 2 == 0 ? to : _somebody(who / 7);
        bool meant = taker == vault.pendingRecipient();
        VM.prank(taker);
        (bool taken,) = address(vault).call(abi.encodeCall(vault.acceptRecipient, ()));
        require(taken == meant, "taken by another");
        if (taken) _recipient = taker;
        _count("govern: take the recipient's place", taken);
    }

    // ---- what always holds

    /// Each sentinel, whatever waits; and there is one.
    function aSentinelCanAlwaysRevoke() external {
        address[] memory all = governor.sentinels();
        require(all.length != 0, "a sealed vault without a sentinel");
        for (uint256 i = 0; i < 3; i++) {
            (bytes memory content,) = governor.pending(Part(i));
            bool abdicating = governor.pendingAbdication(Part(i)) != 0;
            for (uint256 k = 0; k < all.length; k++) {
                if (content.length != 0) _undone(all[k], abi.encodeCall(governor.veto, (Part(i))));
                if (abdicating) _undone(all[k], abi.encodeCall(governor.vetoAbdication, (Part(i))));
            }
        }
    }

    /// From then on the part is what it was, or tighter.
    function whatWasAbdicatedNeverSucceeds() external {
        for (uint256 i = 0; i < 3; i++) {
            if (!governor.isAbdicated(Part(i))) continue;
            (bytes memory content,) = governor.pending(Part(i));
            require(content.length == 0, "a proposal for what was abdicated");
            bytes memory told = abi.encodeWithSelector(Governor.PartAbdicated.selector, Part(i));
            mayNot(governor.curator(), abi.encodeCall(governor.propose, (Part(i), "")), told);
            bytes memory then = part(abi.decode(_atAbdication[i], (Policy)), Part(i));
            bytes memory now_ = part(inForce(), Part(i));
            if (keccak256(then) == keccak256(now_)) continue;
            order.requireTighter(order.replaced(written(), Part(i), then), written(), Part(i));
        }
    }

    /// All of it, to the recipient, in the state it is in.
    function exitIsLiveInEveryState() external {
        TestToken[2] memory tokens = [quote, base];
        for (uint256 i = 0; i < 2; i++) {
            (uint256 held, uint256 before) = (booked(tokens[i]), tokens[i].balanceOf(_recipient));
            bytes memory all = abi.encodeCall(governor.exit, (address(tokens[i]), type(uint256).max));
            (uint256[2] memory recipients, uint256[2] memory left) = _undone(governor.owner(), all);
            require(recipients[i] == before + held && left[i] == 0, "not all came out");
        }
    }

    /// One account, one role, whatever was asked for; and none for the agent.
    function rolesAreApart() external view {
        address agent = inForce().model.agent;
        (address owner, address curator) = (governor.owner(), governor.curator());
        require(agent != owner && agent != curator && !governor.isSentinel(agent), "an agent with a role");
        require(!governor.isSentinel(owner) && !governor.isSentinel(curator), "a sentinel with another role");
        require(vault.owner() == address(governor) && vault.recipient() == _recipient);
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

    // ---- how

    /// Does it, and tells by a refusal what the recipient has then and what is booked: so nothing of it stays.
    function tried(address from, bytes calldata call) external {
        does(from, call);
        revert Undone(
            [quote.balanceOf(_recipient), base.balanceOf(_recipient)], [booked(quote), booked(base)]
        );
    }

    function _undone(address from, bytes memory call)
        private
        returns (uint256[2] memory recipients, uint256[2] memory left)
    {
        (, bytes memory reason) = address(this).call(abi.encodeCall(this.tried, (from, call)));
        require(bytes4(reason) == Undone.selector, string.concat("refused: ", VM.toString(reason)));
        assembly ("memory-safe") {
            let words := add(reason, 0x24)
            mcopy(recipients, words, 0x40)
            mcopy(left, add(words, 0x40), 0x40)
        }
    }

    /// Of three calls two are by whoever may.
    function _try(uint8 who, uint8 usual, bytes memory call) private returns (bool done) {
        uint8 role = who % 3 != 0 ? usual : who / 3 % 6;
        address[] memory all = governor.sentinels();
        address by = role == 0
            ? governor.owner()
            : role == 1 ? governor.curator() : role == 2 ? all[who % all.length] : role == 3 ? AGENT : STRANGER;
        (done,) = asked(by, call);
    }

    function _pauser(uint8 who) private pure returns (uint8) {
        return who % 5 == 0 ? 0 : 2;
    }

    function _somebody(uint8 i) private pure returns (address) {
        return [OWNER, CURATOR, SENTINEL, OTHER, AGENT, STRANGER, address(0xb1), address(0xb2)][i % 8];
    }

    function _pass(uint32 wait) private {
        VM.warp(block.timestamp + uint256(wait) % 4 days);
    }

    function _count(string memory act, bool done) private {
        uint256[2] storage counted = _counts[act];
        if (counted[0] == 0) _acts.push(act);
        counted[0]++;
        if (done) counted[1]++;
    }
}

/// After each thing that happens under a governor, in random lives.
contract GovernorInvariants {
    GovernorLives internal lives;

    function setUp() external {
        lives = new GovernorLives();
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(lives);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory selectors) {
        bytes4[12] memory list = [
            lives.propose.selector,
            lives.accept.selector,
            lives.veto.selector,
            lives.tighten.selector,
            lives.pause.selector,
            lives.resume.selector,
            lives.abdicate.selector,
            lives.vetoAbdication.selector,
            lives.acceptAbdication.selector,
            lives.change.selector,
            lives.money.selector,
            lives.handOver.selector
        ];
        selectors = new FuzzSelector[](1);
        selectors[0] = FuzzSelector(address(lives), new bytes4[](list.length));
        for (uint256 i = 0; i < list.length; i++) {
            selectors[0].selectors[i] = list[i];
        }
    }

    /// In one run of lives, which is what takes the time.
    /// forge-config: default.invariant.runs = 30
    function invariant_rolesKeepWhatTheyPromise() external {
        lives.aSentinelCanAlwaysRevoke();
        lives.whatWasAbdicatedNeverSucceeds();
        lives.exitIsLiveInEveryState();
        lives.rolesAreApart();
    }

    function afterInvariant() external {
        lives.tell();
    }
}
