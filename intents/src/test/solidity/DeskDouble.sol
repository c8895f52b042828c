// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    ASK_BORROW, ASK_LIQUID, ASK_REPAY, ASK_SUPPLY, ASK_WORTH, ReserveState
} from "probity/ILendingDesk.sol";
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

    function owned(address, address, address[] calldata)
        external
        view
        returns (address, ReserveState[] memory states)
    {
        states = new ReserveState[](_states.length);
        for (uint256 r = 0; r < states.length; r++) {
            (states[r].supplied, states[r].owed) = (_states[r].supplied, _states[r].owed);
        }
        return (ACCOUNT, states);
    }

    /// No more than what is asked for.
    function asked(address, address, address[] calldata, ReserveState[] memory states, uint256 asks)
        external
        view
        returns (ReserveState[] memory)
    {
        for (uint256 r = 0; r < states.length; r++) {
            ReserveState memory state = _states[r];
            uint256 ask = asks >> 8 * r;
            if (ask & ASK_LIQUID != 0) states[r].liquid = state.liquid;
            if (ask & ASK_SUPPLY != 0) states[r].supplyRoom = state.supplyRoom;
            if (ask & ASK_BORROW != 0) states[r].borrowRoom = state.borrowRoom;
            if (ask & ASK_REPAY != 0) states[r].repayable = state.repayable;
            if (ask & ASK_WORTH == 0) continue;
            states[r].price = state.price;
            (states[r].thresholdBps, states[r].ltvBps) = (state.thresholdBps, state.ltvBps);
        }
        return states;
    }

    /// What an engine plans, or refuses; to be called and not sent.
    function plans(PolicyEngine engine, Trial[] calldata trials) external returns (Answer[] memory answers) {
        answers = new Answer[](trials.length);
        for (uint256 t = 0; t < trials.length; t++) {
            delete _states;
            for (uint256 r = 0; r < trials[t].states.length; r++) {
                _states.push(trials[t].states[r]);
            }
            bytes memory call = abi.encodeCall(PolicyEngine.plan, (trials[t].input));
            (answers[t].made, answers[t].said) = address(engine).staticcall(call);
        }
    }
}
