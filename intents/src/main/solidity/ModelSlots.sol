// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyStore} from "./KeyStore.sol";

/// Names of models, and what their owners announce under them. A slot says which model its owner stands behind, and a
/// replacement is public for the slot's delay before it is in force.
///
/// No vault reads a slot: a policy pins a model by its digest. So whoever owns a slot, or has stolen it, can neither
/// change what a vault obeys nor stop it; owners of vaults follow a slot by changing their policies.
contract ModelSlots {
    /// How long a replacement may be put in force once it is ready.
    uint256 public constant GRACE = 14 days;

    struct Slot {
        address owner;
        uint32 delaySeconds;
        /// When the announced digest may be put in force; 0 with nothing announced.
        uint64 readyAt;
        /// Who is offered the slot; 0 for nobody.
        address successor;
        bytes32 digest;
        bytes32 announced;
    }

    KeyStore public immutable keys;

    mapping(bytes32 id => Slot) private _slots;

    event Registered(bytes32 indexed id, address indexed owner, bytes32 indexed digest, uint32 delaySeconds);
    event Proposed(bytes32 indexed id, bytes32 indexed digest, uint256 readyAt);
    event Activated(bytes32 indexed id, bytes32 indexed digest);
    event Cancelled(bytes32 indexed id, bytes32 indexed digest);
    event Offered(bytes32 indexed id, address indexed successor);
    event Transferred(bytes32 indexed id, address indexed from, address indexed to);

    error UnknownSlot(bytes32 id);
    /// The sender registered such a slot for this owner already.
    error AlreadyRegistered(bytes32 id);
    error ZeroAddress();
    error NotSlotOwner(address owner, address caller);
    error NotSuccessor(address successor, address caller);
    error NothingProposed(bytes32 id);
    /// The announced digest may not be put in force before `readyAt`.
    error TooEarly(uint256 readyAt, uint256 nowSeconds);
    /// It was to be put in force until `until`: announce it again.
    error TooLate(uint256 until, uint256 nowSeconds);

    constructor(KeyStore keys_) {
        keys = keys_;
    }

    /// Registers a slot for `owner`, who need not be the sender.
    /// @param salt the sender's own name for it
    /// @param digest of a key that the store has
    /// @param delaySeconds how long every later replacement is public first; fixed for good
    /// @return id `idOf(msg.sender, owner, salt)`: nobody else can take it
    function register(address owner, bytes32 salt, bytes32 digest, uint32 delaySeconds) external returns (bytes32 id) {
        if (owner == address(0)) revert ZeroAddress();
        id = idOf(msg.sender, owner, salt);
        Slot storage slot = _slots[id];
        if (slot.owner != address(0)) revert AlreadyRegistered(id);
        keys.codeOf(digest);
        (slot.owner, slot.digest, slot.delaySeconds) = (owner, digest, delaySeconds);
        emit Registered(id, owner, digest, delaySeconds);
    }

    /// Announces a replacement; an earlier announcement is dropped, and its waiting time with it.
    function propose(bytes32 id, bytes32 digest) external {
        Slot storage slot = _owned(id);
        keys.codeOf(digest);
        _drop(id, slot);
        (slot.announced, slot.readyAt) = (digest, uint64(block.timestamp) + slot.delaySeconds);
        emit Proposed(id, digest, slot.readyAt);
    }

    /// Withdraws what is announced.
    function cancel(bytes32 id) external {
        Slot storage slot = _owned(id);
        if (slot.readyAt == 0) revert NothingProposed(id);
        _drop(id, slot);
    }

    /// Puts in force what is announced: anyone may, from the end of its delay on and for the grace.
    function activate(bytes32 id) external {
        Slot storage slot = _known(id);
        if (slot.readyAt == 0) revert NothingProposed(id);
        if (block.timestamp < slot.readyAt) revert TooEarly(slot.readyAt, block.timestamp);
        uint256 until = slot.readyAt + GRACE;
        if (block.timestamp > until) revert TooLate(until, block.timestamp);
        (slot.digest, slot.announced, slot.readyAt) = (slot.announced, 0, 0);
        emit Activated(id, slot.digest);
    }

    /// Offers the slot to somebody, who must accept; 0 takes an offer back.
    function offer(bytes32 id, address successor) external {
        _owned(id).successor = successor;
        emit Offered(id, successor);
    }

    /// Takes the slot over. What its owner before announced is dropped.
    function accept(bytes32 id) external {
        Slot storage slot = _known(id);
        if (slot.successor != msg.sender) revert NotSuccessor(slot.successor, msg.sender);
        _drop(id, slot);
        emit Transferred(id, slot.owner, msg.sender);
        (slot.owner, slot.successor) = (msg.sender, address(0));
    }

    /// The id of the slot that `sender` registers for `owner` with `salt`.
    function idOf(address sender, address owner, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(sender, owner, salt));
    }

    /// All that is known of a slot.
    function slotOf(bytes32 id) external view returns (Slot memory) {
        return _known(id);
    }

    function _drop(bytes32 id, Slot storage slot) private {
        if (slot.readyAt == 0) return;
        emit Cancelled(id, slot.announced);
        (slot.announced, slot.readyAt) = (0, 0);
    }

    function _known(bytes32 id) private view returns (Slot storage slot) {
        slot = _slots[id];
        if (slot.owner == address(0)) revert UnknownSlot(id);
    }

    function _owned(bytes32 id) private view returns (Slot storage slot) {
        slot = _known(id);
        if (slot.owner != msg.sender) revert NotSlotOwner(slot.owner, msg.sender);
    }
}
