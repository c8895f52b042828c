// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Feed} from "./Policy.sol";
import {AssetAt} from "./PolicyBlob.sol";

/// Chainlink's AggregatorV3Interface, the part that is read: https://docs.chain.link/data-feeds/api-reference.
interface IAggregator {
    function decimals() external view returns (uint8);

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// What others say that an asset is worth.
library IndependentPrice {
    /// The pool's price and the independent one lie too far apart: values of the same amount in the numeraire.
    error PricesDisagree(address token, uint256 poolValue, uint256 otherValue, uint256 mostBps);
    /// The feed's answer is older than its heartbeat, from the future, or was never given.
    error OracleStale(address feed, uint256 updatedAt);
    /// The feed's answer is outside of what the policy takes for possible.
    error OracleOutOfBounds(address feed, int256 answer);
    /// The chain's sequencer is down, or was a short while ago.
    error SequencerDown(int256 status, uint256 since);

    /// The value of 10^9 whole units of an asset in the numeraire, by their feeds.
    function value(AssetAt numeraire, AssetAt asset) internal view returns (uint256) {
        Feed memory feed = asset.feed();
        uint256 answer = _answer(feed);
        (uint256 base, uint256 baseDecimals) = (1, 0);
        if (!asset.feedInNumeraire()) {
            Feed memory baseFeed = numeraire.feed();
            (base, baseDecimals) = (_answer(baseFeed), baseFeed.decimals);
        }
        return Math.mulDiv(
            answer, 10 ** (9 + numeraire.decimals() + baseDecimals), base * 10 ** uint256(feed.decimals)
        );
    }

    function agrees(address token, uint256 poolValue, uint256 otherValue, uint256 mostBps) internal pure {
        uint256 apart = poolValue > otherValue ? poolValue - otherValue : otherValue - poolValue;
        if (apart * 1e4 > mostBps * otherValue) revert PricesDisagree(token, poolValue, otherValue, mostBps);
    }

    /// https://docs.chain.link/data-feeds/l2-sequencer-feeds: 0 is up, since startedAt.
    function checkSequencer(address feed, uint256 grace) internal view {
        (, int256 status, uint256 since,,) = IAggregator(feed).latestRoundData();
        if (status != 0 || since == 0 || since > block.timestamp || block.timestamp - since <= grace) {
            revert SequencerDown(status, since);
        }
    }

    function _answer(Feed memory feed) private view returns (uint256) {
        (, int256 answer,, uint256 updatedAt,) = IAggregator(feed.proxy).latestRoundData();
        if (updatedAt == 0 || updatedAt > block.timestamp || block.timestamp - updatedAt > feed.heartbeat) {
            revert OracleStale(feed.proxy, updatedAt);
        }
        if (answer <= 0 || uint256(answer) < feed.least || uint256(answer) > feed.most) {
            revert OracleOutOfBounds(feed.proxy, answer);
        }
        return uint256(answer);
    }
}
