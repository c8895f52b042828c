// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Lives} from "./Lives.sol";

/// After each thing that happens to a vault, in random lives. What forge calls:
/// https://getfoundry.sh/forge/advanced-testing/invariant-testing.
contract VaultInvariants {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Lives internal lives;

    function setUp() external {
        lives = new Lives();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(lives);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory selectors) {
        selectors = new FuzzSelector[](1);
        selectors[0] = FuzzSelector(address(lives), _acts());
    }

    function _acts() private view returns (bytes4[] memory acts) {
        bytes4[25] memory list = [
            lives.decide.selector,
            lives.insist.selector,
            lives.press.selector,
            lives.follow.selector,
            lives.steal.selector,
            lives.replay.selector,
            lives.market.selector,
            lives.rest.selector,
            lives.say.selector,
            lives.sandwich.selector,
            lives.squeeze.selector,
            lives.overTwoBlocks.selector,
            lives.drain.selector,
            lives.give.selector,
            lives.lie.selector,
            lives.deposit.selector,
            lives.exit.selector,
            lives.sync.selector,
            lives.sweep.selector,
            lives.pause.selector,
            lives.unpause.selector,
            lives.setPolicy.selector,
            lives.handOver.selector,
            lives.trespass.selector,
            lives.takeAll.selector
        ];
        acts = new bytes4[](list.length);
        for (uint256 i = 0; i < list.length; i++) {
            acts[i] = list[i];
        }
    }

    function invariant_aVaultKeepsWhatItPromises() external view {
        lives.holds();
    }

    /// How often each act succeeded, for whoever ran forge to judge.
    function afterInvariant() external {
        lives.tell();
    }
}
