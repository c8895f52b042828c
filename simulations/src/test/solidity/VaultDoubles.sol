// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Accepts exactly one proof, the digest of all that it was asked: so whatever a vault executes, it asked about the
/// features and the context that whoever made the "proof" had in mind.
contract AskedVerifier {
    error NotWhatWasAsked(bytes32 expected);

    function verify(
        bytes calldata modelKey,
        int256[] calldata features,
        int256[] calldata decision,
        bytes32 context,
        bytes calldata proof
    ) external pure {
        bytes32 asked = keccak256(abi.encode(modelKey, features, decision, context));
        if (proof.length != 32 || bytes32(proof) != asked) revert NotWhatWasAsked(asked);
    }
}

/// A feed with a history, whose rounds are of the first phase and of the block that they are told in.
contract RoundsFeed {
    struct Round {
        int256 answer;
        uint256 updatedAt;
    }

    uint8 public immutable decimals;
    Round[] private _rounds;

    error NoRound(uint80 id);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function transmit(int256 answer) external {
        _rounds.push(Round(answer, block.timestamp));
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData((1 << 64) + uint80(_rounds.length));
    }

    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        uint80 number = id - (1 << 64);
        if (number == 0 || number > _rounds.length) revert NoRound(id);
        Round memory round = _rounds[number - 1];
        return (id, round.answer, round.updatedAt, round.updatedAt, id);
    }
}
