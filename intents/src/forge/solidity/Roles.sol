// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Governor} from "vault/Governor.sol";
import {Limits, Model, Parts, Policy} from "vault/Policy.sol";
import {Part, PolicyOrder} from "vault/PolicyOrder.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

interface Addresses {
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address account, uint256 nonce) external pure returns (address);
}

/// The world's vault under a governor that is sealed: four accounts, one role each.
contract Roles is World(2_500_000) {
    address internal constant CURATOR = address(uint160(uint256(keccak256("curator"))));
    address internal constant SENTINEL = address(uint160(uint256(keccak256("sentinel"))));
    address internal constant OTHER = address(uint160(uint256(keccak256("other"))));

    PolicyOrder internal order;
    Governor internal governor;

    constructor() {
        order = PolicyOrder(Deployed.ours("PolicyOrder", ""));
        policy.limits.numbers.sequencerGrace = 1800;
        revise();
        VM.prank(OWNER);
        vault.transferOwnership(next());
        governor = governed(vault, OWNER);
        VM.startPrank(OWNER);
        governor.submit(Governor.Change.ADD_SENTINEL, SENTINEL, 0);
        governor.submit(Governor.Change.CURATOR, CURATOR, 0);
        governor.seal();
        quote.approve(address(governor), type(uint256).max);
        base.approve(address(governor), type(uint256).max);
        VM.stopPrank();
    }

    /// The address of what is made here next.
    function next() internal view returns (address) {
        return next(0);
    }

    /// After so many others.
    function next(uint256 others_) internal view returns (address) {
        Addresses addresses = Addresses(address(VM));
        return addresses.computeCreateAddress(address(this), addresses.getNonce(address(this)) + others_);
    }

    function governed(Vault of_, address owner) public returns (Governor) {
        return Governor(Deployed.ours("Governor", abi.encode(of_, owner, order)));
    }

    // ---- who calls what, and what is said to it

    function asked(address from, bytes memory call) internal returns (bool done, bytes memory reason) {
        VM.prank(from);
        (done, reason) = address(governor).call(call);
    }

    function does(address from, bytes memory call) internal {
        (bool done, bytes memory reason) = asked(from, call);
        require(done, string.concat("refused: ", VM.toString(reason)));
    }

    /// In these words exactly.
    function mayNot(address from, bytes memory call, bytes memory words) internal {
        (bool done, bytes memory reason) = asked(from, call);
        require(!done, "not refused");
        require(keccak256(reason) == keccak256(words), string.concat("for another reason: ", VM.toString(reason)));
    }

    function mayNot(address from, bytes memory call, bytes4 words) internal {
        mayNot(from, call, abi.encodeWithSelector(words));
    }

    // ---- the policy in force, and others

    function inForce() internal view returns (Policy memory) {
        return abi.decode(written(), (Policy));
    }

    function written() internal view returns (bytes memory) {
        address place = vault.state().policyAt;
        bytes memory code = place.code;
        bytes memory blob = new bytes(code.length - 1);
        for (uint256 i = 0; i < blob.length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(blob, 0x20), i), mload(add(add(code, 0x21), i)))
            }
        }
        return blob;
    }

    function part(Policy memory of_, Part which) internal pure returns (bytes memory) {
        if (which == Part.LIMITS) return abi.encode(of_.limits);
        if (which == Part.MODEL) return abi.encode(of_.model);
        return abi.encode(of_.parts);
    }

    /// The limits in force, with another most of one action.
    function limits(uint128 most) internal view returns (bytes memory) {
        Policy memory p = inForce();
        p.limits.numbers.maxAction = most;
        return abi.encode(p.limits);
    }

    function modelOf(address agent) internal view returns (bytes memory) {
        Policy memory p = inForce();
        p.model.agent = agent;
        return abi.encode(p.model);
    }

    /// The parts in force, with one asset of which nothing more is bought, or is again.
    function parts(bool sellOnly) internal view returns (bytes memory) {
        Policy memory p = inForce();
        p.parts.assets[2].sellOnly = sellOnly;
        return abi.encode(p.parts);
    }

    function maxAction() internal view returns (uint128) {
        return inForce().limits.numbers.maxAction;
    }

    function proposeLimits(uint128 most) internal {
        does(CURATOR, abi.encodeCall(governor.propose, (Part.LIMITS, limits(most))));
    }

    function tightenLimits(uint128 most) internal {
        does(SENTINEL, abi.encodeCall(governor.tighten, (Part.LIMITS, limits(most))));
    }

    function accepts(Part which) internal {
        does(STRANGER, abi.encodeCall(governor.accept, (which)));
    }

    function submits(Governor.Change change, address account, uint256 value) internal {
        does(OWNER, abi.encodeCall(governor.submit, (change, account, value)));
    }

    function confirms(Governor.Change change, address account, uint256 value) internal {
        does(STRANGER, abi.encodeCall(governor.confirm, (change, account, value)));
    }

    function later(uint256 seconds_) internal {
        VM.warp(block.timestamp + seconds_);
    }
}
