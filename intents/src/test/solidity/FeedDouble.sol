// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// For tests: a price feed, or a sequencer's uptime feed, that says what it is told to say.
contract FeedDouble {
    uint8 public immutable decimals;
    int256 private _answer;
    uint256 private _startedAt;
    uint256 private _updatedAt;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function tell(int256 answer, uint256 startedAt, uint256 updatedAt) external {
        (_answer, _startedAt, _updatedAt) = (answer, startedAt, updatedAt);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, _startedAt, _updatedAt, 1);
    }
}
