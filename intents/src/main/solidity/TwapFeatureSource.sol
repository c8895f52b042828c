// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IUniswapV3Pool} from "./IUniswapV3Pool.sol";

/// Sixteen returns of a Uniswap v3 pool as of a fixed past moment, from the pool's own oracle.
///
/// **The definition.** Eighteen points in time p_0 > p_1 > ... > p_17: p_0 = asOf and p_i = asOf - h_i for seventeen
/// growing horizons h_i. C(t) is the pool's cumulative tick at t: the sum of its tick over every second before t.
///
///     m_i       = floor((C(p_{i-1}) - C(p_i)) / (h_i - h_{i-1}))      i = 1..17, h_0 = 0, floor toward minus infinity
///     feature_i = clamp(s * (m_1 - m_{i+1}), -4095, 4095)             i = 1..16
///     reference = s * floor((C(p_0) - C(p_k)) / h_k)                  k = the reference horizon
///
/// with s = 1, or -1 if the caller wants the price of the pool's token1. A tick is a logarithm of the price in steps
/// of one basis point, so a feature is a log return between two time-weighted means, in integers. No feature depends
/// on the price of a single block. `org.probity.strategy.feature.TwapDefinition` repeats this bit for bit.
///
/// **Why nobody has to be trusted.** The pool logs C in a ring of observations, one for each block in which its tick
/// changed or its active liquidity did. Between two neighbours the tick is therefore constant and C is a straight
/// line of integer slope, so interpolation is exact; after the newest observation the slope is the current tick.
/// `observe()` finds the neighbours by a binary search, which costs 460,000 gas and more for this many points. Here
/// the caller names the observation before each point, and the contract checks that it and the next one enclose the
/// point. There is exactly one right answer for each point, so a caller can be refused but cannot choose.
///
/// **Why the result does not move** between proving and inclusion. C(t) is a sum over the past of t: when the chain's
/// time has reached t, it is settled. A swap in a block of that very timestamp changes the slope from t on, not the
/// value at t. All points are at or before asOf, and asOf may not lie after the block's timestamp. An index stays
/// right too, until the ring comes round and overwrites it.
///
/// Timestamps are the pool's: seconds modulo 2^32. All comparisons are of ages, which do not wrap.
contract TwapFeatureSource {
    uint256 public constant POINTS = 18;
    uint256 public constant RETURNS = 16;
    /// Every feature is clamped to [-LIMIT, LIMIT] ticks, so that a model's interval analysis always holds.
    int256 public constant LIMIT = 4095;

    /// Index of the horizon over which `reference` is the mean, 1..17.
    uint256 public immutable referenceHorizon;
    /// The reference horizon in seconds.
    uint256 public immutable referenceSeconds;
    /// h_i - h_{i-1} in 15 bits each, the newest lowest.
    uint256 private immutable _segments;

    /// There must be 17 horizons, each 1 to 32767 seconds beyond the one before.
    error HorizonsNotGrowing(uint256 index);
    error ReferenceOutOfRange(uint256 referenceHorizon);
    /// asOf (seconds modulo 2^32) lies after the block's timestamp.
    error AsOfInFuture(uint32 asOf, uint256 nowSeconds);
    /// Indices come as 18 big-endian uint16, the newest point first.
    error WrongIndexLength(uint256 expectedBytes, uint256 givenBytes);
    /// The pool holds no observation under this index.
    error ObservationMissing(uint256 point, uint256 index);
    /// The named observation was made after the point.
    error ObservationTooLate(uint256 point, uint256 index);
    /// The observation after the named one was made at or before the point too.
    error ObservationTooEarly(uint256 point, uint256 index);
    /// The pool's oldest observation is younger than the oldest point: let it log for longer, or grow its cardinality.
    error HistoryTooShort(uint256 neededSeconds, uint256 heldSeconds);
    /// The address did not answer as an initialised Uniswap v3 pool does.
    error NotAPool(address pool);

    /// @param horizons_ h_1..h_17 in seconds
    /// @param referenceHorizon_ k, 1..17
    constructor(uint32[] memory horizons_, uint256 referenceHorizon_) {
        if (horizons_.length != POINTS - 1) revert HorizonsNotGrowing(horizons_.length);
        if (referenceHorizon_ == 0 || referenceHorizon_ >= POINTS) revert ReferenceOutOfRange(referenceHorizon_);
        uint256 packed;
        uint256 last;
        for (uint256 i = 0; i < POINTS - 1; i++) {
            uint256 horizon = horizons_[i];
            if (horizon <= last || horizon - last > 0x7fff) revert HorizonsNotGrowing(i);
            packed |= (horizon - last) << (15 * i);
            last = horizon;
        }
        _segments = packed;
        referenceHorizon = referenceHorizon_;
        referenceSeconds = horizons_[referenceHorizon_ - 1];
    }

    /// h_1..h_17 in seconds.
    function horizons() external view returns (uint32[] memory seconds_) {
        seconds_ = new uint32[](POINTS - 1);
        uint256 segments = _segments;
        uint256 horizon;
        for (uint256 i = 0; i < POINTS - 1; i++) {
            horizon += segments & 0x7fff;
            segments >>= 15;
            seconds_[i] = uint32(horizon);
        }
    }

    /// The features of `pool` as of `asOf`, and the mean tick over the reference horizon.
    /// @param inverted false: the price of token0 in token1, as the pool's ticks count it; true: the reverse
    /// @param indices for each point the observation at or before it: 18 big-endian uint16, the newest point first
    function features(address pool, bool inverted, uint32 asOf, bytes calldata indices)
        external
        view
        returns (int256[16] memory values, int256 referenceTick)
    {
        int256[18] memory cumulatives = _cumulativesAt(pool, asOf, indices);
        uint256 segments = _segments;
        int256 span = int256(referenceSeconds);
        uint256 k = referenceHorizon;
        assembly ("memory-safe") {
            // Cumulative ticks are 56-bit numbers that may wrap; their differences over a horizon do not.
            function meanTick(later, earlier, duration) -> mean {
                let sum := signextend(6, sub(later, earlier))
                mean := sdiv(sum, duration)
                mean := sub(mean, slt(smod(sum, duration), 0))
            }
            let sign := sub(1, shl(1, inverted))
            let newest := mload(cumulatives)
            referenceTick := mul(sign, meanTick(newest, mload(add(cumulatives, shl(5, k))), span))

            let later := mload(add(cumulatives, 0x20))
            let first := meanTick(newest, later, and(segments, 0x7fff))
            let from := add(cumulatives, 0x40)
            for { let to := values } lt(to, add(values, 0x200)) { to := add(to, 0x20) } {
                segments := shr(15, segments)
                let earlier := mload(from)
                let move := mul(sign, sub(first, meanTick(later, earlier, and(segments, 0x7fff))))
                if sgt(move, LIMIT) { move := LIMIT }
                if slt(move, sub(0, LIMIT)) { move := sub(0, LIMIT) }
                mstore(to, move)
                later := earlier
                from := add(from, 0x20)
            }
        }
    }

    /// C(p_0)..C(p_17), each checked to be enclosed by the observation named for it and the next one.
    function cumulativesAt(address pool, uint32 asOf, bytes calldata indices)
        external
        view
        returns (int256[18] memory)
    {
        return _cumulativesAt(pool, asOf, indices);
    }

    /// Finds what `features` wants to be told: the right indices, and with them the cumulative ticks. A binary search
    /// for each point, for calls that no transaction pays for.
    function locate(address pool, uint32 asOf)
        external
        view
        returns (bytes memory indices, int256[18] memory cumulatives)
    {
        (,, uint256 newest, uint256 cardinality,,,) = IUniswapV3Pool(pool).slot0();
        uint256 oldest = newest + 1 == cardinality ? 0 : newest + 1;
        (,,, bool filled) = IUniswapV3Pool(pool).observations(oldest);
        if (!filled) oldest = 0;
        uint256 heldAge = _ageOfObservation(pool, oldest);
        uint256 length = (newest + cardinality - oldest) % cardinality + 1;

        indices = new bytes(2 * POINTS);
        uint256 age = _ageOf(asOf);
        for (uint256 point = 0; point < POINTS; point++) {
            if (point != 0) age += (_segments >> (15 * (point - 1))) & 0x7fff;
            if (age > heldAge) revert HistoryTooShort(age, heldAge);
            uint256 index = _lastAtLeast(pool, age, oldest, length, cardinality);
            indices[2 * point] = bytes1(uint8(index >> 8));
            indices[2 * point + 1] = bytes1(uint8(index));
        }
        cumulatives = this.cumulativesAt(pool, asOf, indices);
    }

    /// The last of the observations oldest .. oldest + length - 1 that is at least `age` seconds old.
    function _lastAtLeast(address pool, uint256 age, uint256 oldest, uint256 length, uint256 cardinality)
        private
        view
        returns (uint256)
    {
        uint256 low = 0;
        uint256 high = length - 1;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (_ageOfObservation(pool, (oldest + middle) % cardinality) >= age) low = middle;
            else high = middle - 1;
        }
        return (oldest + low) % cardinality;
    }

    /// The loop of every execution, and most of its cost besides the pool's own: hence assembly. A *stretch* is the
    /// time between two neighbouring observations, or from the newest to now, on which C is a straight line; points
    /// in one stretch share its reads, and the end of a stretch is often the beginning of the one before, going back
    /// in time.
    function _cumulativesAt(address pool, uint32 asOf, bytes calldata indices)
        private
        view
        returns (int256[18] memory cumulatives)
    {
        if (indices.length != 2 * POINTS) revert WrongIndexLength(2 * POINTS, indices.length);
        uint256 offset;
        assembly ("memory-safe") {
            offset := indices.offset
        }
        uint256[9] memory frame;
        frame[8] = _segments;
        (uint256 fault, uint256 point) = _read(offset, frame, cumulatives, _ageOf(asOf), pool);
        if (fault == 0) return cumulatives;
        if (fault == 4) revert NotAPool(pool);
        uint256 index = uint16(bytes2(indices[2 * point:2 * point + 2]));
        if (fault == 1) revert ObservationMissing(point, index);
        if (fault == 2) revert ObservationTooLate(point, index);
        revert ObservationTooEarly(point, index);
    }

    /// @param offset where in the call data the indices begin
    /// @param frame 0x00 an observation, 0x80 slot0 (0xa0 tick, 0xc0 newest index, 0xe0 cardinality), 0x100 the
    ///     segments
    /// @param age of the first point
    /// @return fault 0, or 1 for a missing, 2 for a late, 3 for an early observation, 4 for no pool
    /// @return point the point at fault
    function _read(
        uint256 offset,
        uint256[9] memory frame,
        int256[18] memory cumulatives,
        uint256 age,
        address pool
    ) private view returns (uint256 fault, uint256 point) {
        assembly ("memory-safe") {
            function ask(target, inputLength, answer) -> complete {
                // Evaluated from right to left: first the call, then its answer's length.
                complete :=
                    and(gt(returndatasize(), 0x7f), staticcall(gas(), target, 0x00, inputLength, answer, 0x80))
            }
            function ageIn(observation) -> seconds_ {
                seconds_ := and(sub(timestamp(), mload(observation)), 0xffffffff)
            }

            mstore(0x00, shl(224, 0x3850c7bd)) // slot0()
            let answered := ask(pool, 0x04, add(frame, 0x80))
            if iszero(and(answered, gt(mload(add(frame, 0xe0)), 0))) {
                fault := 4
                point := 18
            }
            mstore(0x00, shl(224, 0x252c09d7)) // observations(uint256)

            // The stretch in hand: from observation `index`, `beforeAge` seconds ago, where C was `before`, to the
            // next observation, `afterAge` seconds ago (-1: to now), with `slope` ticks a second.
            let index := not(0)
            let beforeAge := 0
            let before := 0
            let afterAge := 0
            let slope := 0
            for { } lt(point, 18) { point := add(point, 1) } {
                let named := shr(240, calldataload(add(offset, shl(1, point))))
                if iszero(eq(named, index)) {
                    let next := add(named, 1)
                    if eq(next, mload(add(frame, 0xe0))) { next := 0 }
                    if gt(next, mload(add(frame, 0xe0))) {
                        fault := 1
                        break
                    }
                    switch eq(named, mload(add(frame, 0xc0)))
                    case 1 {
                        // Had the tick changed since the newest observation, there would be a newer one.
                        afterAge := not(0)
                        slope := mload(add(frame, 0xa0))
                    }
                    default {
                        // Until the division below, `slope` holds C at the end of the stretch.
                        switch eq(next, index)
                        case 1 {
                            afterAge := beforeAge
                            slope := before
                        }
                        default {
                            mstore(0x04, next)
                            if iszero(ask(pool, 0x24, frame)) {
                                fault := 4
                                break
                            }
                            afterAge := ageIn(frame)
                            slope := mload(add(frame, 0x20))
                        }
                    }
                    index := named
                    mstore(0x04, named)
                    if iszero(ask(pool, 0x24, frame)) {
                        fault := 4
                        break
                    }
                    if iszero(mload(add(frame, 0x60))) {
                        fault := 1
                        break
                    }
                    beforeAge := ageIn(frame)
                    before := mload(add(frame, 0x20))
                    // Where the ring ends, or is not filled yet, the next one is no younger: no point lies there, and
                    // the slope is of no account.
                    if and(iszero(slt(afterAge, 0)), gt(beforeAge, afterAge)) {
                        slope := sdiv(signextend(6, sub(slope, before)), sub(beforeAge, afterAge))
                    }
                }
                if lt(beforeAge, age) {
                    fault := 2
                    break
                }
                if iszero(sgt(age, afterAge)) {
                    fault := 3
                    break
                }
                mstore(
                    add(cumulatives, shl(5, point)),
                    signextend(6, add(before, mul(slope, sub(beforeAge, age))))
                )
                let segments := mload(add(frame, 0x100))
                age := add(age, and(segments, 0x7fff))
                mstore(add(frame, 0x100), shr(15, segments))
            }
        }
    }

    /// Seconds from asOf to now, both modulo 2^32; half the circle counts as the future.
    function _ageOf(uint32 asOf) private view returns (uint256 age) {
        unchecked {
            age = uint32(block.timestamp) - asOf;
            if (age >> 31 != 0) revert AsOfInFuture(asOf, block.timestamp);
        }
    }

    function _ageOfObservation(address pool, uint256 index) private view returns (uint256 age) {
        (uint32 time,,,) = IUniswapV3Pool(pool).observations(index);
        unchecked {
            age = uint32(block.timestamp) - time;
        }
    }
}
