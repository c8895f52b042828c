// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";

/// For tests of all that a vault checks besides the cryptography: the only proof it accepts is the digest of exactly
/// what it was asked to verify, so a test sees whether the vault asks about the right things.
contract EchoVerifier is IDecisionVerifier {
    error NotTheEcho(bytes32 expected);

    function verify(
        bytes calldata modelKey,
        int256[] calldata features,
        int256[] calldata decision,
        bytes32 context,
        bytes calldata proof
    ) external pure {
        bytes32 echo = keccak256(abi.encode(modelKey, features, decision, context));
        if (proof.length != 32 || bytes32(proof) != echo) revert NotTheEcho(echo);
    }
}
