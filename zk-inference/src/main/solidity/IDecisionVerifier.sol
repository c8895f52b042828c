// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Checks that a committed private model decided `decision` on `features`, for `context` alone.
interface IDecisionVerifier {
    /// Returns if the proof holds; otherwise reverts with a custom error that names the failed check.
    /// @param modelKey the model's architecture and row commitments (docs/protocol.md, section 3)
    /// @param features one signed 32-bit integer for each input of the model
    /// @param decision the class, for an ARGMAX head; one signed integer for each output, for a LINEAR head
    /// @param context what the caller binds the proof to; a proof for one context holds for no other
    function verify(
        bytes calldata modelKey,
        int256[] calldata features,
        int256[] calldata decision,
        bytes32 context,
        bytes calldata proof
    ) external view;
}
