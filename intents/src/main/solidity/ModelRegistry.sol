// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Which model stands behind an id, today and next.
///
/// A *slot* belongs to one owner and holds the key of one model: the public part that a decision is verified against.
/// Vaults name a slot, so a retrained model replaces the old one for all of them, but never at once: a replacement is
/// proposed in public and becomes active after the slot's delay, which was fixed when the slot was registered. Who
/// does not like what is coming has that long to leave.
///
/// A key is stored as the code of a contract of its own. Reading it back is one EXTCODECOPY, whatever its length.
///
/// The key's header (8 bytes: version, head, log2 of rows, layers, inputs as uint32), 4 bytes a layer and 64 bytes a
/// row are checked for shape only. The verifier parses the whole and is the judge of what it accepts.
contract ModelRegistry {
    /// The key's format version this registry accepts.
    uint8 public constant KEY_VERSION = 1;

    struct Slot {
        address owner;
        uint64 readyAt;
        uint32 delaySeconds;
        address active;
        address pending;
        bytes32 activeDigest;
        bytes32 pendingDigest;
    }

    mapping(bytes32 id => Slot) private _slots;

    event Registered(bytes32 indexed id, address indexed owner, bytes32 indexed digest, uint32 delaySeconds);
    event Proposed(bytes32 indexed id, bytes32 indexed digest, uint256 readyAt);
    event Activated(bytes32 indexed id, bytes32 indexed digest);
    event Cancelled(bytes32 indexed id, bytes32 indexed digest);

    /// Nothing is registered under this id.
    error UnknownModel(bytes32 id);
    /// The caller already registered a model with this salt.
    error AlreadyRegistered(bytes32 id);
    error NotModelOwner(address owner, address caller);
    error NothingProposed(bytes32 id);
    /// The proposed model may not be activated before `readyAt` (seconds since the epoch).
    error TooEarly(uint256 readyAt, uint256 nowSeconds);
    error UnsupportedKeyVersion(uint8 expected, uint8 given);
    /// The key's length is not the one its header declares (or too short to hold a header, with `expected` 8).
    error WrongKeyLength(uint256 expected, uint256 given);
    /// A header field that cannot be: no layer, no input, an unknown head, more rows than a contract's code holds.
    error MalformedKeyHeader(bytes8 header);
    /// The key could not be stored: longer than a contract's code may be (24,575 bytes), or out of gas.
    error KeyNotStored(uint256 length);

    /// Registers `modelKey` in a new slot of the caller.
    /// @param salt the caller's own name for the slot; the id follows from the caller's address and it
    /// @param delaySeconds how long every later replacement waits; fixed for good (0: at once, for development)
    /// @return id `idOf(msg.sender, salt)`
    function register(bytes32 salt, bytes calldata modelKey_, uint32 delaySeconds) external returns (bytes32 id) {
        id = idOf(msg.sender, salt);
        Slot storage slot = _slots[id];
        if (slot.owner != address(0)) revert AlreadyRegistered(id);
        slot.owner = msg.sender;
        slot.delaySeconds = delaySeconds;
        (slot.active, slot.activeDigest) = _store(modelKey_);
        emit Registered(id, msg.sender, slot.activeDigest, delaySeconds);
    }

    /// Announces a replacement; an earlier announcement is dropped and its waiting time with it.
    function propose(bytes32 id, bytes calldata modelKey_) external {
        Slot storage slot = _owned(id);
        if (slot.pending != address(0)) emit Cancelled(id, slot.pendingDigest);
        (slot.pending, slot.pendingDigest) = _store(modelKey_);
        slot.readyAt = uint64(block.timestamp) + slot.delaySeconds;
        emit Proposed(id, slot.pendingDigest, slot.readyAt);
    }

    /// Puts the announced replacement in force once its delay is over.
    function activate(bytes32 id) external {
        Slot storage slot = _owned(id);
        if (slot.pending == address(0)) revert NothingProposed(id);
        if (block.timestamp < slot.readyAt) revert TooEarly(slot.readyAt, block.timestamp);
        (slot.active, slot.activeDigest) = (slot.pending, slot.pendingDigest);
        _clearPending(slot);
        emit Activated(id, slot.activeDigest);
    }

    /// Withdraws the announced replacement.
    function cancel(bytes32 id) external {
        Slot storage slot = _owned(id);
        if (slot.pending == address(0)) revert NothingProposed(id);
        emit Cancelled(id, slot.pendingDigest);
        _clearPending(slot);
    }

    /// The id of the slot that `owner` registers with `salt`.
    function idOf(address owner, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, salt));
    }

    /// The key in force under `id`.
    function modelKey(bytes32 id) external view returns (bytes memory key) {
        address store = _slots[id].active;
        if (store == address(0)) revert UnknownModel(id);
        return _load(store);
    }

    /// keccak256 of the key in force: the model's digest.
    function digest(bytes32 id) external view returns (bytes32) {
        return _known(id).activeDigest;
    }

    /// The announced key; empty when nothing is announced.
    function pendingKey(bytes32 id) external view returns (bytes memory key) {
        address store = _known(id).pending;
        return store == address(0) ? bytes("") : _load(store);
    }

    /// A slot's owner, its delay, the digest in force, the announced digest (0: none) and when that may be activated.
    function slotOf(bytes32 id)
        external
        view
        returns (address owner, uint32 delaySeconds, bytes32 active, bytes32 pending, uint64 readyAt)
    {
        Slot storage slot = _known(id);
        return (slot.owner, slot.delaySeconds, slot.activeDigest, slot.pendingDigest, slot.readyAt);
    }

    function _known(bytes32 id) private view returns (Slot storage slot) {
        slot = _slots[id];
        if (slot.owner == address(0)) revert UnknownModel(id);
    }

    function _owned(bytes32 id) private view returns (Slot storage slot) {
        slot = _known(id);
        if (slot.owner != msg.sender) revert NotModelOwner(slot.owner, msg.sender);
    }

    function _clearPending(Slot storage slot) private {
        slot.pending = address(0);
        slot.pendingDigest = 0;
        slot.readyAt = 0;
    }

    function _checkShape(bytes calldata key) private pure {
        if (key.length < 8) revert WrongKeyLength(8, key.length);
        if (uint8(key[0]) != KEY_VERSION) revert UnsupportedKeyVersion(KEY_VERSION, uint8(key[0]));
        bytes8 header = bytes8(key[:8]);
        uint256 layers = uint8(key[3]);
        uint256 logRows = uint8(key[2]);
        if (uint8(key[1]) > 1 || logRows > 8 || layers == 0 || uint32(uint64(header)) == 0) {
            revert MalformedKeyHeader(header);
        }
        uint256 expected = 8 + 4 * layers + (64 << logRows);
        if (key.length != expected) revert WrongKeyLength(expected, key.length);
    }

    /// Deploys a contract whose code is STOP followed by the key, so that nobody can call into it.
    function _store(bytes calldata key) private returns (address store, bytes32 keyDigest) {
        _checkShape(key);
        keyDigest = keccak256(key);
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN: ten bytes that return what follows them.
        bytes memory creation = abi.encodePacked(hex"61", uint16(key.length + 1), hex"80600a5f395ff3", hex"00", key);
        assembly ("memory-safe") {
            store := create(0, add(creation, 0x20), mload(creation))
        }
        if (store == address(0)) revert KeyNotStored(key.length);
    }

    function _load(address store) private view returns (bytes memory key) {
        assembly ("memory-safe") {
            let length := sub(extcodesize(store), 1)
            key := mload(0x40)
            mstore(key, length)
            extcodecopy(store, add(key, 0x20), 1, length)
            mstore(0x40, and(add(add(key, length), 0x3f), not(0x1f)))
        }
    }
}
