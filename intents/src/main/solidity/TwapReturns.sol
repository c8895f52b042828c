// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFeatureSource} from "./IFeatureSource.sol";
import {Observations} from "./Observations.sol";

/// Returns of a Uniswap v3 pool as of a past moment, from the pool's own oracle. See Observations.
///
/// With growing horizons h_1 < ... < h_n in seconds, h_0 = 0, and C(t) the pool's cumulative tick,
///
///     m_i       = floor((C(asOf - h_{i-1}) - C(asOf - h_i)) / (h_i - h_{i-1}))     i = 1..n, toward minus infinity
///     feature_i = clamp(s * (m_1 - m_{i+1}), -4095, 4095)                          i = 1..n-1
///
/// s = 1, or -1 where the price of the pool's token1 is wanted. A tick is a logarithm of the price in steps of one basis
/// point: a feature is a log return between two time-weighted means. None depends on the price of a single block, and
/// none moves between proving and inclusion: C(t) is settled when the chain's time has reached t.
contract TwapReturns is IFeatureSource {
    /// Every feature is clamped to [-LIMIT, LIMIT] ticks, so that a model's interval analysis always holds.
    int256 public constant LIMIT = 4095;
    uint256 public constant HORIZONS_MOST = 64;

    /// There must be 2 to 64 horizons, each beyond the one before.
    error HorizonsNotGrowing(uint256 index);
    /// Hints come as a big-endian uint16 for asOf and one for each horizon: the observation at or before that moment.
    error WrongHintLength(uint256 expectedBytes, uint256 givenBytes);

    /// @param parameters `abi.encode(address pool, bool inverted, uint32[] horizons)`
    function width(bytes calldata parameters) external view returns (uint256) {
        (address pool,, uint32[] memory horizons) = abi.decode(parameters, (address, bool, uint32[]));
        Observations.look(pool);
        if (horizons.length < 2 || horizons.length > HORIZONS_MOST) revert HorizonsNotGrowing(horizons.length);
        uint256 last;
        for (uint256 i = 0; i < horizons.length; i++) {
            if (horizons[i] <= last) revert HorizonsNotGrowing(i);
            last = horizons[i];
        }
        return horizons.length - 1;
    }

    function features(bytes calldata parameters, uint32 asOf, bytes calldata hints)
        external
        view
        returns (int256[] memory values)
    {
        (address place, bool inverted) = abi.decode(parameters, (address, bool));
        uint32[] calldata horizons = _horizons(parameters);
        if (hints.length != 2 * horizons.length + 2) revert WrongHintLength(2 * horizons.length + 2, hints.length);
        values = _means(Observations.look(place), Observations.ageOf(asOf), horizons, hints);
        int256 first = values[0];
        uint256 end = values.length;
        unchecked {
            for (uint256 i = 1; i < end; i++) {
                int256 move = inverted ? _get(values, i) - first : first - _get(values, i);
                _set(values, i, move > LIMIT ? LIMIT : move < -LIMIT ? -LIMIT : move);
            }
        }
        // The first gives way: what is left are the others, against it. Its word is their count, and their array's offset
        // stands before it.
        assembly ("memory-safe") {
            let count := sub(mload(values), 1)
            mstore(values, 0x20)
            mstore(add(values, 0x20), count)
            return(values, add(0x40, shl(5, count)))
        }
    }

    /// What `features` wants to be told, by a binary search for each moment, for calls that no transaction pays for.
    function locate(bytes calldata parameters, uint32 asOf) external view returns (bytes memory hints) {
        (address place,, uint32[] memory horizons) = abi.decode(parameters, (address, bool, uint32[]));
        uint32[] memory moments = new uint32[](horizons.length + 1);
        moments[0] = asOf;
        for (uint256 i = 0; i < horizons.length; i++) {
            unchecked {
                moments[i + 1] = asOf - horizons[i];
            }
        }
        return Observations.locate(place, moments);
    }

    /// The mean tick from each horizon to the one before it, or to asOf.
    function _means(Observations.Pool memory pool, uint256 age, uint32[] calldata horizons, bytes calldata hints)
        private
        view
        returns (int256[] memory means)
    {
        Observations.Stretch memory stretch = Observations.nowhere();
        means = new int256[](horizons.length);
        int256 later = Observations.ticksAt(pool, stretch, age, _hint(hints, 0));
        uint256 last;
        unchecked {
            for (uint256 i = 0; i < horizons.length; i++) {
                uint256 horizon = _horizon(horizons, i);
                int256 earlier = Observations.ticksAt(pool, stretch, age + horizon, _hint(hints, i + 1));
                _set(means, i, Observations.mean(later, earlier, horizon - last));
                (later, last) = (earlier, horizon);
            }
        }
    }

    /// Where they lie in parameters that `width` took.
    function _horizons(bytes calldata parameters) private pure returns (uint32[] calldata list) {
        assembly ("memory-safe") {
            let place := add(parameters.offset, calldataload(add(parameters.offset, 0x40)))
            list.length := calldataload(place)
            list.offset := add(place, 0x20)
        }
    }

    // Within their lengths, which are looked at once.

    function _horizon(uint32[] calldata horizons, uint256 i) private pure returns (uint256 horizon) {
        assembly ("memory-safe") {
            horizon := calldataload(add(horizons.offset, shl(5, i)))
        }
    }

    function _get(int256[] memory values, uint256 i) private pure returns (int256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(values, 0x20), shl(5, i)))
        }
    }

    function _set(int256[] memory values, uint256 i, int256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(values, 0x20), shl(5, i)), value)
        }
    }

    /// There are as many as there are moments.
    function _hint(bytes calldata hints, uint256 i) private pure returns (uint256 hint) {
        assembly ("memory-safe") {
            hint := shr(240, calldataload(add(hints.offset, shl(1, i))))
        }
    }
}
