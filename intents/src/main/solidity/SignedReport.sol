// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IFeatureSource} from "./IFeatureSource.sol";

/// Numbers that a quorum of named signers has reported for exactly one moment, by EIP-712. What they sign is theirs to
/// answer for: signers who sign two reports for one moment let whoever executes choose between them.
contract SignedReport is IFeatureSource, EIP712 {
    uint256 public constant SIGNERS_MOST = 16;
    uint256 public constant WIDTH_MOST = 64;
    bytes32 public constant REPORT_TYPEHASH = keccak256("Report(bytes32 schema,uint32 moment,int256[] values)");

    /// Signers must be 1 to 16 accounts in strictly ascending order.
    error SignersNotAscending(uint256 index);
    error ThresholdOutOfRange(uint256 threshold, uint256 signers);
    error WidthOutOfRange(uint256 width);
    /// The report is for another moment.
    error WrongMoment(uint32 expected, uint32 given);
    error WrongWidth(uint256 expected, uint256 given);
    error TooFewSignatures(uint256 needed, uint256 given);
    /// A signature is not one of the named signers', or not after the one before it.
    error NotASigner(address recovered);

    struct Terms {
        address[] signers;
        uint256 threshold;
        /// What the values mean, as a hash of its description.
        bytes32 schema;
        uint256 width;
    }

    constructor() EIP712("Probity Report", "1") {}

    /// @param parameters `abi.encode(Terms)`
    function width(bytes calldata parameters) external pure returns (uint256) {
        Terms memory terms = abi.decode(parameters, (Terms));
        uint256 signers = terms.signers.length;
        if (signers == 0 || signers > SIGNERS_MOST) revert SignersNotAscending(signers);
        address last;
        for (uint256 i = 0; i < signers; i++) {
            if (terms.signers[i] <= last) revert SignersNotAscending(i);
            last = terms.signers[i];
        }
        if (terms.threshold == 0 || terms.threshold > signers) revert ThresholdOutOfRange(terms.threshold, signers);
        if (terms.width == 0 || terms.width > WIDTH_MOST) revert WidthOutOfRange(terms.width);
        return terms.width;
    }

    /// @param hints `abi.encode(uint32 moment, int256[] values, bytes[] signatures)`, by signers in ascending order
    function features(bytes calldata parameters, uint32 asOf, bytes calldata hints)
        external
        view
        returns (int256[] memory values)
    {
        Terms memory terms = abi.decode(parameters, (Terms));
        uint32 moment;
        bytes[] memory signatures;
        (moment, values, signatures) = abi.decode(hints, (uint32, int256[], bytes[]));
        if (moment != asOf) revert WrongMoment(asOf, moment);
        if (values.length != terms.width) revert WrongWidth(terms.width, values.length);
        if (signatures.length < terms.threshold) revert TooFewSignatures(terms.threshold, signatures.length);
        bytes32 digest = reportDigest(terms.schema, moment, values);
        uint256 next;
        for (uint256 i = 0; i < signatures.length; i++) {
            address signer = ECDSA.recover(digest, signatures[i]);
            while (next < terms.signers.length && terms.signers[next] != signer) next++;
            if (next == terms.signers.length) revert NotASigner(signer);
            next++;
        }
    }

    /// What the signers sign.
    function reportDigest(bytes32 schema, uint32 moment, int256[] memory values) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(REPORT_TYPEHASH, schema, moment, keccak256(abi.encodePacked(values))))
        );
    }
}
