// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// For tests: what a call costs a contract that makes it, with nothing warm but the target's address.
contract GasMeter {
    function measure(address target, bytes calldata data) external returns (uint256 gas_) {
        gas_ = gasleft();
        (bool done, bytes memory answer) = target.call(data);
        gas_ -= gasleft();
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }
}
