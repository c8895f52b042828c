// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vault} from "./Vault.sol";

/// Tries a decision's execution out with several hints, each on the same state, each undone. It is on no chain: a node runs
/// its creation as a call without a receiver, and what that returns is no code but how the trials went. So nobody has to
/// know an address, one request asks for all trials, and no block comes between two.
///
/// Returns `abi.encode(uint256 number, bytes32 parent, bytes[] said, uint256[] gasUsed)`: the block that it runs in and the
/// hash of the one before; for each of the hints what `Vault.tryOut` reverted with, which is `TriedOut` if the vault is one,
/// and the gas that it took.
contract Trials {
    constructor(
        Vault vault,
        address caller,
        Vault.Decision memory d,
        bytes[] memory guardHints,
        bytes[] memory sourceHints,
        bytes memory proof
    ) {
        bytes[] memory said = new bytes[](guardHints.length);
        uint256[] memory gasUsed = new uint256[](said.length);
        for (uint256 i = 0; i < said.length; i++) {
            bytes memory execution = abi.encodeCall(Vault.execute, (d, guardHints[i], sourceHints, proof));
            // None of them may use up what the others need.
            uint256 share = gasleft() / (said.length - i + 1);
            uint256 before = gasleft();
            try vault.tryOut{gas: share}(caller, execution) {
                // It always reverts.
            } catch (bytes memory answer) {
                said[i] = answer;
            }
            gasUsed[i] = before - gasleft();
        }
        bytes memory told = abi.encode(block.number, blockhash(block.number - 1), said, gasUsed);
        assembly ("memory-safe") {
            return(add(told, 0x20), mload(told))
        }
    }
}
