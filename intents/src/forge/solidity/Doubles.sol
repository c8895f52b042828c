// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that lies when it is told to: takes a part of what is moved, keeps a holder's from moving, or shrinks.
contract TrickToken is ERC20("Trick", "TRICK") {
    uint256 private _takenBps;
    address private _frozen;

    error Frozen();

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function take(uint256 bps) external {
        _takenBps = bps;
    }

    function freeze(address holder) external {
        _frozen = holder;
    }

    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == _frozen && from != address(0)) revert Frozen();
        uint256 taken = from == address(0) || to == address(0) ? 0 : amount * _takenBps / 10_000;
        super._update(from, to, amount - taken);
        if (taken != 0) super._update(from, address(0), taken);
    }
}

/// A price feed that says what it is told to say.
contract ToldFeed {
    uint8 public constant decimals = 8;
    int256 private _answer;
    uint256 private _startedAt;
    uint256 private _updatedAt;

    function tell(int256 answer, uint256 startedAt, uint256 updatedAt) external {
        (_answer, _startedAt, _updatedAt) = (answer, startedAt, updatedAt);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, _startedAt, _updatedAt, 1);
    }
}
