// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";

/// A verifier that knows of no cryptography: it accepts exactly what its owner said before, word for word. So whatever
/// a vault carries out here, somebody had authorised these features, this decision and this context under this key.
contract Authorised is IDecisionVerifier {
    address private immutable _owner = msg.sender;
    mapping(bytes32 statement => bool) private _said;

    error NotAuthorised();

    function authorise(bytes calldata key, int256[] calldata features, int256[] calldata decision, bytes32 context)
        external
    {
        require(msg.sender == _owner);
        _said[keccak256(abi.encode(key, features, decision, context))] = true;
    }

    function verify(
        bytes calldata key,
        int256[] calldata features,
        int256[] calldata decision,
        bytes32 context,
        bytes calldata
    ) external view {
        if (!_said[keccak256(abi.encode(key, features, decision, context))]) revert NotAuthorised();
    }
}
