// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFeatureSource} from "./IFeatureSource.sol";

/// The part of Chainlink's proxies that has a history: https://docs.chain.link/data-feeds/historical-data.
interface IAggregatorHistory {
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    function getRoundData(uint80 roundId)
        external
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// Returns of a Chainlink feed as of a past moment.
///
/// The answer at t is that of the last round updated strictly before t. So it is settled when the chain's time has reached
/// t: a round of that very second is not in it, whether it comes before or after whoever asks. With a(t) that answer,
///
///     feature_i = clamp(floor((a(asOf) - a(asOf - h_i)) * 10000 / a(asOf - h_i)), -4095, 4095)      i = 1..n
///
/// a return in basis points, rounded toward minus infinity. The caller names the rounds; that a named one is the last before
/// its moment is checked against the next one. All rounds must be of the proxy's present phase: after its owner switched to
/// another aggregator the source refuses until the longest horizon has passed. It wants feeds whose rounds do not change
/// once they are there (OCR aggregators).
contract ChainlinkReturns is IFeatureSource {
    int256 public constant LIMIT = 4095;
    uint256 public constant HORIZONS_MOST = 32;

    /// There must be 1 to 32 horizons, each beyond the one before.
    error HorizonsNotGrowing(uint256 index);
    /// Hints come as a big-endian uint80 for asOf and one for each horizon: the last round before that moment.
    error WrongHintLength(uint256 expectedBytes, uint256 givenBytes);
    error InFuture(uint256 moment, uint256 nowSeconds);
    /// The feed has no such round, or not a whole one.
    error RoundMissing(address feed, uint80 round);
    /// The round was updated at the moment, or after it.
    error RoundTooLate(address feed, uint80 round, uint256 moment);
    /// The round after the named one was before the moment too.
    error RoundTooEarly(address feed, uint80 round, uint256 moment);
    /// The round is of another aggregator than the one behind the feed now.
    error PhaseChanged(address feed, uint80 round);
    error AnswerNotPositive(address feed, uint80 round, int256 answer);

    /// @param parameters `abi.encode(address feed, uint32[] horizons)`
    function width(bytes calldata parameters) external view returns (uint256) {
        (address feed, uint32[] memory horizons) = abi.decode(parameters, (address, uint32[]));
        IAggregatorHistory(feed).latestRoundData();
        if (horizons.length == 0 || horizons.length > HORIZONS_MOST) revert HorizonsNotGrowing(horizons.length);
        uint256 last;
        for (uint256 i = 0; i < horizons.length; i++) {
            if (horizons[i] <= last) revert HorizonsNotGrowing(i);
            last = horizons[i];
        }
        return horizons.length;
    }

    function features(bytes calldata parameters, uint32 asOf, bytes calldata hints)
        external
        view
        returns (int256[] memory values)
    {
        (address feed, uint32[] memory horizons) = abi.decode(parameters, (address, uint32[]));
        if (hints.length != 10 * horizons.length + 10) revert WrongHintLength(10 * horizons.length + 10, hints.length);
        if (asOf > block.timestamp) revert InFuture(asOf, block.timestamp);
        (uint80 latest,,,,) = IAggregatorHistory(feed).latestRoundData();
        int256 present = _answer(feed, latest, _round(hints, 0), asOf);
        values = new int256[](horizons.length);
        for (uint256 i = 0; i < horizons.length; i++) {
            int256 past = _answer(feed, latest, _round(hints, i + 1), asOf - horizons[i]);
            values[i] = _move(present, past);
        }
    }

    function _move(int256 present, int256 past) private pure returns (int256 move) {
        int256 change = (present - past) * 10_000;
        move = change / past;
        if (change % past < 0) move--;
        if (move > LIMIT) move = LIMIT;
        if (move < -LIMIT) move = -LIMIT;
    }

    function _round(bytes calldata hints, uint256 i) private pure returns (uint80) {
        return uint80(bytes10(hints[10 * i:10 * i + 10]));
    }

    function _answer(address feed, uint80 latest, uint80 round, uint256 moment) private view returns (int256 answer) {
        if (round >> 64 != latest >> 64) revert PhaseChanged(feed, round);
        if (round > latest) revert RoundMissing(feed, round);
        uint256 updatedAt;
        (answer, updatedAt) = _roundData(feed, round);
        if (updatedAt >= moment) revert RoundTooLate(feed, round, moment);
        if (answer <= 0) revert AnswerNotPositive(feed, round, answer);
        if (round == latest) return answer;
        (, uint256 next) = _roundData(feed, round + 1);
        if (next < moment) revert RoundTooEarly(feed, round, moment);
    }

    function _roundData(address feed, uint80 round) private view returns (int256 answer, uint256 updatedAt) {
        try IAggregatorHistory(feed).getRoundData(round) returns (uint80, int256 a, uint256, uint256 u, uint80) {
            (answer, updatedAt) = (a, u);
        } catch {
            revert RoundMissing(feed, round);
        }
        if (updatedAt == 0) revert RoundMissing(feed, round);
    }
}
