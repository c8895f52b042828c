// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Data as the code of a contract, behind a STOP so that nobody can call into it: cheaper to read than storage, and
/// never changed.
library DataAsCode {
    /// What EIP-170 lets a contract have, less the STOP.
    uint256 private constant MOST = 24_575;

    /// @return place 0 if the data could not be stored: longer than 24,575 bytes, or out of gas
    function store(bytes memory data) internal returns (address place) {
        if (data.length > MOST) return address(0);
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN: ten bytes that return what follows them.
        bytes memory creation = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            place := create(0, add(creation, 0x20), mload(creation))
        }
    }

    /// @return data what is stored there; empty where nothing is
    function read(address place) internal view returns (bytes memory data) {
        assembly ("memory-safe") {
            let size := extcodesize(place)
            if gt(size, 1) {
                data := mload(0x40)
                mstore(data, sub(size, 1))
                extcodecopy(place, add(data, 0x20), 1, sub(size, 1))
                mstore(0x40, and(add(add(data, size), 0x3e), not(0x1f)))
            }
        }
    }
}
