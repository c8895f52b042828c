// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// What calls cost, in gas, without what a transaction costs and without the proof's verification (`./probity bench`
/// measures that). A change shows in src/forge/snapshots, which are written anew by `forge test --match-contract Gas`
/// with FORGE_SNAPSHOT_CHECK=false.
contract Gas is World {
    function test_holding() external {
        _decide(1);
        _note("execute: hold");
    }

    function test_buying() external {
        _decide(2);
        _note("execute: buy");
    }

    function test_selling() external {
        _decide(0);
        _note("execute: sell");
    }

    function test_buyingAgain() external {
        _decide(2);
        VM.warp(block.timestamp + 86_400);
        _decide(2);
        _note("execute: buy again");
    }

    function test_whatAnOwnerDoes() external {
        VM.startPrank(OWNER);
        vault.deposit(1e18, 1e18);
        _note("deposit");
        vault.withdraw(1e18, 1e18, OWNER);
        _note("withdraw");
        vault.setPolicy(policy(200, 60, 3600, 1e18, 1e22));
        _note("setPolicy");
        vault.pause();
        _note("pause");
    }

    function test_whatAModelsOwnerDoes() external {
        VM.startPrank(OWNER);
        bytes memory key = modelKey(7);
        registry.register("another", key, 60);
        _note("register");
        registry.propose(modelId, key);
        _note("propose");
        registry.activate(modelId);
        _note("activate");
    }

    function test_reading() external {
        vault.state();
        _note("state");
        source.locate(address(pool), uint32(block.timestamp));
        _note("locate");
    }

    function _decide(uint256 decision) private {
        bytes memory asked = _authorised(block.timestamp, uint32(block.timestamp), decision);
        (bool done,) = address(vault).call(asked);
        require(done);
    }

    function _note(string memory name) private {
        VM.snapshotGasLastCall("vault", name);
    }
}
