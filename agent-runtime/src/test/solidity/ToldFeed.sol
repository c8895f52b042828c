// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// For tests: a price feed of one phase, or a sequencer's uptime feed, with the rounds that it was told.
contract ToldFeed {
    uint80 private constant PHASE = 1 << 64;

    struct Round {
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
    }

    uint8 public immutable decimals;
    Round[] private _rounds;

    error NoDataPresent();

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    /// The next round.
    function tell(int256 answer, uint256 startedAt, uint256 updatedAt) external {
        _rounds.push(Round(answer, startedAt, updatedAt));
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(PHASE | uint80(_rounds.length));
    }

    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        uint64 number = uint64(id);
        if (id >> 64 != 1 || number == 0 || number > _rounds.length) revert NoDataPresent();
        Round storage round = _rounds[number - 1];
        return (id, round.answer, round.startedAt, round.updatedAt, id);
    }
}
