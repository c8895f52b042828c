// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Lives} from "./Lives.sol";

/// What forge calls: https://getfoundry.sh/forge/advanced-testing/invariant-testing.
abstract contract Living {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Lives internal lives;

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(lives);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory selectors) {
        selectors = new FuzzSelector[](1);
        selectors[0] = FuzzSelector(address(lives), _steps());
    }

    function _steps() internal view virtual returns (bytes4[] memory);

    /// The steps that a replay knows.
    function _ordinary(bytes4[] memory steps) internal view returns (bytes4[] memory) {
        steps[0] = lives.live.selector;
        steps[1] = lives.decide.selector;
        steps[2] = lives.swap.selector;
        steps[3] = lives.provide.selector;
        steps[4] = lives.depart.selector;
        steps[5] = lives.drain.selector;
        steps[6] = lives.give.selector;
        steps[7] = lives.deposit.selector;
        steps[8] = lives.withdraw.selector;
        steps[9] = lives.sweep.selector;
        steps[10] = lives.pause.selector;
        steps[11] = lives.setPolicy.selector;
        return steps;
    }
}

/// After each thing that happens, in random lives.
contract VaultInvariants is Living {
    function setUp() external {
        lives = new Lives(false);
    }

    function _steps() internal view override returns (bytes4[] memory steps) {
        steps = _ordinary(new bytes4[](16));
        steps[12] = lives.steal.selector;
        steps[13] = lives.retrain.selector;
        steps[14] = lives.handOver.selector;
        steps[15] = lives.trespass.selector;
    }

    function invariant_booksNeverExceedBalancesAndNothingLeavesButByDecisionOrOwner() external view {
        lives.booksAreHeld();
    }

    function invariant_ownerCanTakeAllAtAnyTime() external {
        lives.ownerCanLeave();
    }

    function invariant_nonceOnlyGrows() external view {
        lives.nonceOnlyGrows();
    }
}

/// Lives whose every step is written down, so that they can be lived again with real proofs.
contract VaultSequences is Living {
    function setUp() external {
        lives = new Lives(true);
    }

    function _steps() internal view override returns (bytes4[] memory) {
        return _ordinary(new bytes4[](12));
    }

    /// forge-config: default.invariant.runs = 20
    /// forge-config: default.invariant.depth = 12
    function invariant_livesAreWrittenDown() external view {
        lives.booksAreHeld();
    }
}
