// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DataAsCode} from "./DataAsCode.sol";

/// Models' keys by their content: whoever stores a key, and however often, its digest names one contract whose code it
/// is. Nothing here has an owner, and nothing is ever replaced: a vault that pins a digest is decided for by that model
/// until its own policy says otherwise.
///
/// A key's header (8 bytes: version, head, log2 of rows, layers, inputs as uint32), 4 bytes a layer and 64 bytes a row
/// are checked for shape only (docs/protocol.md, section 3). The verifier parses the whole and is the judge of what it accepts.
contract KeyStore {
    /// The key's format version this store accepts.
    uint8 public constant KEY_VERSION = 1;

    mapping(bytes32 digest => address) private _codes;

    event Stored(bytes32 indexed digest, address code);

    /// No key with this digest is stored.
    error UnknownKey(bytes32 digest);
    error UnsupportedKeyVersion(uint8 expected, uint8 given);
    /// The key's length is not the one its header declares (or too short to hold a header, with `expected` 8).
    error WrongKeyLength(uint256 expected, uint256 given);
    /// A header field that cannot be: no layer, no input, an unknown head, more rows than a contract's code holds.
    error MalformedKeyHeader(bytes8 header);
    /// The key could not be stored: longer than a contract's code may be (24,575 bytes), or out of gas.
    error KeyNotStored(uint256 length);

    /// Stores a key, or finds it stored.
    /// @return digest keccak256 of the key
    function store(bytes calldata key) external returns (bytes32 digest) {
        digest = keccak256(key);
        if (_codes[digest] != address(0)) return digest;
        _checkShape(key);
        address code = DataAsCode.store(key);
        if (code == address(0)) revert KeyNotStored(key.length);
        _codes[digest] = code;
        emit Stored(digest, code);
    }

    /// Where the key is: a contract whose code is STOP, so that nobody can call into it, and the key.
    function codeOf(bytes32 digest) public view returns (address code) {
        code = _codes[digest];
        if (code == address(0)) revert UnknownKey(digest);
    }

    /// What a policy needs to know of a model.
    /// @return inputs how many features it reads
    /// @return linear whether its outputs are numbers; otherwise its one output is a class
    /// @return outputs how many numbers, or classes
    function shapeOf(bytes32 digest) external view returns (uint256 inputs, bool linear, uint256 outputs) {
        bytes memory key = keyAt(codeOf(digest));
        uint256 layers = uint8(key[3]);
        inputs = uint32(bytes4(_word(key, 4)));
        linear = uint8(key[1]) == 1;
        outputs = uint24(bytes3(_word(key, 8 + 4 * (layers - 1))));
    }

    /// The key that lies at `code`.
    function keyAt(address code) public view returns (bytes memory key) {
        return DataAsCode.read(code);
    }

    function _word(bytes memory key, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(key, 0x20), offset))
        }
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
}
