// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// A feed with as many rounds as a test wants, each so many seconds after the one before; some are missing.
contract ScriptedFeed {
    uint80 private constant PHASE = 1 << 64;

    uint64 public immutable begin;
    uint64 public immutable every;
    uint64 public newest;
    mapping(uint64 round => bool) private _missing;

    constructor(uint64 begin_, uint64 every_, uint64 newest_) {
        (begin, every, newest) = (begin_, every_, newest_);
    }

    function miss(uint64[] calldata rounds) external {
        for (uint256 i = 0; i < rounds.length; i++) {
            _missing[rounds[i]] = true;
        }
    }

    function advance(uint64 rounds) external {
        newest += rounds;
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return getRoundData(PHASE | newest);
    }

    function getRoundData(uint80 id)
        public
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        uint64 round = uint64(id);
        require(id >> 64 == 1 && round != 0 && round <= newest && !_missing[round], "No data present");
        uint256 when = begin + uint256(every) * round;
        return (id, int256(uint256(1e8 + round % 1009 * 1e5)), when, when, id);
    }
}
