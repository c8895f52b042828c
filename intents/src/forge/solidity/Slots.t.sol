// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {KeyStore} from "vault/KeyStore.sol";
import {ModelSlots} from "vault/ModelSlots.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// A slot announces, and does no more.
contract Slots {
    address private constant OWNER = address(0xA1);
    address private constant NEXT = address(0xA2);
    uint32 private constant DELAY = 2 days;

    KeyStore private keys = KeyStore(Deployed.ours("KeyStore", ""));
    ModelSlots private slots = ModelSlots(Deployed.ours("ModelSlots", abi.encode(keys)));
    bytes32 private first = keys.store(_key(1));
    bytes32 private second = keys.store(_key(2));
    bytes32 private third = keys.store(_key(3));
    bytes32 private id = slots.register(OWNER, "treasury", first, DELAY);

    function test_aReplacementIsPublicForItsDelayAndAnyonePutsItInForce() external {
        _propose(second);
        uint256 readyAt = block.timestamp + DELAY;
        require(slots.slotOf(id).digest == first && slots.slotOf(id).readyAt == readyAt);
        VM.warp(readyAt - 1);
        _refused(OWNER, abi.encodeCall(slots.activate, (id)), ModelSlots.TooEarly.selector);
        VM.warp(readyAt);
        VM.prank(address(0xDEAD));
        slots.activate(id);
        require(slots.slotOf(id).digest == second && slots.slotOf(id).readyAt == 0 && slots.slotOf(id).announced == 0);
        _refused(OWNER, abi.encodeCall(slots.activate, (id)), ModelSlots.NothingProposed.selector);
    }

    function test_whatNobodyPutInForceInItsGraceIsAnnouncedAgain() external {
        _propose(second);
        uint256 until = block.timestamp + DELAY + 14 days;
        VM.warp(until + 1);
        _refused(OWNER, abi.encodeCall(slots.activate, (id)), ModelSlots.TooLate.selector);
        _propose(second);
        VM.warp(block.timestamp + DELAY + 14 days);
        slots.activate(id);
        require(slots.slotOf(id).digest == second);
    }

    function test_aNewAnnouncementBeginsAnew() external {
        _propose(second);
        VM.warp(block.timestamp + DELAY - 1);
        _propose(third);
        VM.warp(block.timestamp + 1);
        _refused(OWNER, abi.encodeCall(slots.activate, (id)), ModelSlots.TooEarly.selector);
        VM.prank(OWNER);
        slots.cancel(id);
        VM.warp(block.timestamp + DELAY);
        _refused(OWNER, abi.encodeCall(slots.activate, (id)), ModelSlots.NothingProposed.selector);
        _refused(OWNER, abi.encodeCall(slots.cancel, (id)), ModelSlots.NothingProposed.selector);
        require(slots.slotOf(id).digest == first);
    }

    function test_aSlotIsHandedOverInTwoStepsAndWithoutWhatWasAnnounced() external {
        _propose(second);
        VM.prank(OWNER);
        slots.offer(id, NEXT);
        _refused(OWNER, abi.encodeCall(slots.accept, (id)), ModelSlots.NotSuccessor.selector);
        VM.prank(NEXT);
        slots.accept(id);
        require(slots.slotOf(id).owner == NEXT && slots.slotOf(id).successor == address(0));
        VM.warp(block.timestamp + DELAY);
        _refused(NEXT, abi.encodeCall(slots.activate, (id)), ModelSlots.NothingProposed.selector);
        _refused(OWNER, abi.encodeCall(slots.propose, (id, second)), ModelSlots.NotSlotOwner.selector);
        _refused(NEXT, abi.encodeCall(slots.accept, (id)), ModelSlots.NotSuccessor.selector);
    }

    function test_onlyItsOwnerAnnouncesOrHandsOver() external {
        _propose(second);
        address[2] memory others = [address(this), address(0xDEAD)];
        for (uint256 i = 0; i < 2; i++) {
            _refused(others[i], abi.encodeCall(slots.propose, (id, third)), ModelSlots.NotSlotOwner.selector);
            _refused(others[i], abi.encodeCall(slots.cancel, (id)), ModelSlots.NotSlotOwner.selector);
            _refused(others[i], abi.encodeCall(slots.offer, (id, others[i])), ModelSlots.NotSlotOwner.selector);
        }
    }

    function test_nobodyTakesAnothersName() external {
        require(id == slots.idOf(address(this), OWNER, "treasury"));
        bytes memory again = abi.encodeCall(slots.register, (OWNER, "treasury", second, 0));
        _refused(address(this), again, ModelSlots.AlreadyRegistered.selector);
        VM.prank(address(0xDEAD));
        require(slots.register(OWNER, "treasury", second, 0) != id);
        require(slots.slotOf(id).digest == first);
    }

    function test_onlyWhatIsStoredIsAnnounced() external {
        bytes32 unknown = keccak256("unknown");
        _refused(OWNER, abi.encodeCall(slots.propose, (id, unknown)), KeyStore.UnknownKey.selector);
        _refused(OWNER, abi.encodeCall(slots.register, (OWNER, "x", unknown, 0)), KeyStore.UnknownKey.selector);
        _refused(OWNER, abi.encodeCall(slots.register, (address(0), "x", first, 0)), ModelSlots.ZeroAddress.selector);
        _refused(OWNER, abi.encodeCall(slots.slotOf, ("none")), ModelSlots.UnknownSlot.selector);
    }

    function _propose(bytes32 digest) private {
        VM.prank(OWNER);
        slots.propose(id, digest);
    }

    function _refused(address from, bytes memory call, bytes4 why) private {
        VM.prank(from);
        (bool done, bytes memory reason) = address(slots).call(call);
        require(!done && bytes4(reason) == why, "not refused for this reason");
    }

    function _key(uint8 mark) private pure returns (bytes memory made) {
        made = new bytes(8 + 4 + 64);
        (made[0], made[3], made[7], made[11], made[75]) =
            (bytes1(0x01), bytes1(0x01), bytes1(0x04), bytes1(0x03), bytes1(mark));
    }
}
