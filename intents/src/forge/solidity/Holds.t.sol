// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "vault/Vault.sol";
import {VM, Vm} from "./Vm.sol";
import {World} from "./World.sol";

interface Accesses {
    function record() external;
    function accesses(address target) external returns (bytes32[] memory read, bytes32[] memory written);
}

/// Holds that are claimed, not proven.
contract Holds is World(2_500_000) {
    uint32[] private _moments;
    bytes32[] private _digests;

    constructor() {
        for (uint32 i = 0; i < 3; i++) {
            _moments.push(uint32(block.timestamp - block.timestamp % 600) - 1200 + 600 * i);
            _digests.push(keccak256(abi.encode(i)));
        }
    }

    /// It is told, as of any moments up to now; it stores nothing, and voids nothing that is proven.
    function test_aClaimIsAnEventAndNothingElse() external {
        bytes memory asked = proven(decision(BUY));
        Vault.State memory before = vault.state();
        VM.recordLogs();
        Accesses(address(VM)).record();
        _claims();
        (, bytes32[] memory written) = Accesses(address(VM)).accesses(address(vault));
        Vm.Log[] memory logs = VM.getRecordedLogs();
        require(written.length == 0, "something is stored");
        require(logs.length == 1 && logs[0].emitter == address(vault) && logs[0].topics.length == 1);
        require(logs[0].topics[0] == Vault.HoldsClaimed.selector);
        require(keccak256(logs[0].data) == keccak256(abi.encode(_moments, _digests)), "something else is told");
        require(keccak256(abi.encode(vault.state())) == keccak256(abi.encode(before)), "something has changed");
        executed(asked);
        // Whether what is claimed was decided otherwise is for who reads it.
        _claims();
    }

    function test_onlyThePolicysAgentClaims() external {
        address[3] memory others_ = [OWNER, RECIPIENT, STRANGER];
        for (uint256 i = 0; i < 3; i++) {
            _refused(others_[i], abi.encodeWithSelector(Vault.NotAgent.selector, others_[i]));
        }
        policy.model.agent = STRANGER;
        revise();
        _refused(AGENT, abi.encodeWithSelector(Vault.NotAgent.selector, AGENT));
        VM.prank(STRANGER);
        vault.recordHolds(_moments, _digests);
    }

    function test_eachMomentHasItsDigest() external {
        _digests.pop();
        _refused(AGENT, abi.encodeWithSelector(Vault.UnequalLengths.selector, 3, 2));
    }

    function test_momentsAreOfTheSchedule() external {
        _moments[1] += 60;
        _refused(AGENT, abi.encodeWithSelector(Vault.OffSchedule.selector, _moments[1], 600));
        // Of the policy's as it is now.
        _moments[1] -= 60;
        (policy.limits.numbers.step, policy.limits.numbers.minInterval) = (1200, 400);
        revise();
        uint32 first = _moments[0] % 1200 == 0 ? _moments[1] : _moments[0];
        _refused(AGENT, abi.encodeWithSelector(Vault.OffSchedule.selector, first, 1200));
    }

    function test_eachMomentIsAfterTheOneBefore() external {
        uint32 kept = _moments[1];
        _moments[1] = _moments[0];
        _refused(AGENT, abi.encodeWithSelector(Vault.OutOfOrder.selector, _moments[1], _moments[0]));
        (_moments[1], _moments[2]) = (_moments[2], kept);
        _refused(AGENT, abi.encodeWithSelector(Vault.OutOfOrder.selector, _moments[2], _moments[1]));
    }

    function test_noMomentIsToCome() external {
        _moments[2] = uint32(block.timestamp - block.timestamp % 600);
        VM.warp(_moments[2]);
        _claims();
        VM.warp(_moments[2] - 1);
        _refused(AGENT, abi.encodeWithSelector(Vault.TooEarly.selector, _moments[2], block.timestamp));
    }

    /// A pause stops what moves something.
    function test_aPauseStopsNoClaim() external {
        VM.prank(OWNER);
        vault.pause();
        _claims();
    }

    function _claims() private {
        VM.prank(AGENT);
        vault.recordHolds(_moments, _digests);
    }

    function _refused(address from, bytes memory words) private {
        (bool done, bytes memory reason) = execute(from, abi.encodeCall(vault.recordHolds, (_moments, _digests)));
        require(!done, "not refused");
        require(keccak256(reason) == keccak256(words), string.concat("for another reason: ", VM.toString(reason)));
    }
}
