// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReserveState} from "probity/ILendingDesk.sol";
import {PolicyEngine} from "probity/PolicyEngine.sol";

/// For tests: a lending market that is in the state that a trial is told, one trial after the other.
contract DeskDouble {
    struct Trial {
        PolicyEngine.PlanInput input;
        ReserveState[] states;
    }

    struct Answer {
        bool made;
        bytes said;
    }

    address private constant ACCOUNT = address(0xacc);
    ReserveState[] private _states;

    /// There is nothing that it would not bear.
    function check(address, uint256, address[] calldata, uint256[] calldata, bool[] calldata) external pure {}

    function look(address, address, address[] calldata, uint256)
        external
        view
        returns (address, ReserveState[] memory)
    {
        return (ACCOUNT, _states);
    }

    /// What an engine plans, or refuses; to be called and not sent.
    function plans(PolicyEngine engine, Trial[] calldata trials) external returns (Answer[] memory answers) {
        answers = new Answer[](trials.length);
        for (uint256 t = 0; t < trials.length; t++) {
            delete _states;
            for (uint256 r = 0; r < trials[t].states.length; r++) {
                _states.push(trials[t].states[r]);
            }
            bytes memory asked = abi.encodeCall(PolicyEngine.plan, (trials[t].input));
            (answers[t].made, answers[t].said) = address(engine).staticcall(asked);
        }
    }
}
