// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Features of something as of a past moment, as a function of settled history: whoever asks, and whenever, gets the
/// same numbers or a refusal.
interface IFeatureSource {
    /// How many features there are with these parameters; refuses parameters that it would not answer for.
    function width(bytes calldata parameters) external view returns (uint256);

    /// @param asOf seconds since the epoch, not after the block's
    /// @param hints say where to look, never what is found there
    /// @return values `width` of them, each a signed 32-bit integer
    function features(bytes calldata parameters, uint32 asOf, bytes calldata hints)
        external
        view
        returns (int256[] memory values);
}
