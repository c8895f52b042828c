// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a contract will answer that is not there yet, as a node simulates it: it is made and asked in one call that
/// changes nothing, and what its answer is stands where this contract's code would. It is never deployed.
contract CreationProbe {
    /// @param creation the contract's creation code, with the constructor's arguments
    /// @param question call data of one of its views
    constructor(bytes memory creation, bytes memory question) {
        assembly ("memory-safe") {
            let made := create(0, add(creation, 0x20), mload(creation))
            let answered := 0
            if made { answered := staticcall(gas(), made, add(question, 0x20), mload(question), 0, 0) }
            let answer := mload(0x40)
            returndatacopy(answer, 0, returndatasize())
            if answered { return(answer, returndatasize()) }
            revert(answer, returndatasize())
        }
    }
}
