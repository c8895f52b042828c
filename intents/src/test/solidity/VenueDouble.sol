// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// For tests: a venue that charges and has what its parameters say, `abi.encode(uint256 fee, uint256 liquidity)`.
contract VenueDouble {
    function feeOf(bytes calldata parameters, address, address) external pure returns (uint256 fee) {
        (fee,) = abi.decode(parameters, (uint256, uint256));
    }

    function liquidity(bytes calldata parameters, address) external pure returns (uint256 there) {
        (, there) = abi.decode(parameters, (uint256, uint256));
    }
}
