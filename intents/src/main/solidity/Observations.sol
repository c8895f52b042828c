// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Reads the oracle of a Uniswap v3 pool: its cumulative tick C(t) at any past moment, means over any span of time, its
/// liquidity over it, and its tick at the start of a block.
///
/// The pool logs C in a ring of observations, one for each block in which its tick or its active liquidity changed.
/// Between two neighbours C is therefore a straight line of integer slope, so interpolation is exact; after the newest
/// the slope is the present tick. `observe()` finds the neighbours by binary search, at 25,000 gas a point; here the
/// caller names the observation before each point, and that it and the next one enclose the point is checked. Where a
/// point *is* an observation both of its neighbours are right. So a caller can be refused, but can choose nothing.
///
/// Times are the pool's, seconds modulo 2^32, and all comparisons are of ages, which do not wrap.
library Observations {
    /// How many observations beyond the named one are looked at, for points that move with the block's clock.
    uint256 private constant WALK = 16;

    /// What a pool says of itself now.
    struct Pool {
        address place;
        uint256 sqrtPriceX96;
        int256 tick;
        uint256 newest;
        uint256 cardinality;
        /// The newest observation, once it was read: all that is about now begins with it.
        Observation last;
    }

    struct Observation {
        uint256 age;
        int256 ticks;
        /// secondsPerLiquidityCumulativeX128
        uint256 perLiquidity;
        bool filled;
    }

    /// The time from one observation to the next, or from the newest to now (`open`).
    struct Stretch {
        uint256 index;
        Observation before;
        Observation end;
        bool open;
        /// The one that stood all the while.
        int256 tick;
    }

    /// The pool holds no observation under this index.
    error ObservationMissing(address pool, uint256 index);
    /// The named observation was made after the point.
    error ObservationTooLate(address pool, uint256 index);
    /// The observation after the named one was made before the point too.
    error ObservationTooEarly(address pool, uint256 index);
    /// The address did not answer as an initialised Uniswap v3 pool does.
    error NotAPool(address pool);
    /// The pool has logged too little to tell the tick before the last block's: fewer than three observations.
    error NoBlockStart(address pool);
    /// The pool's oldest observation is younger than the oldest point: let it log for longer, or grow its cardinality.
    error HistoryTooShort(address pool, uint256 neededSeconds, uint256 heldSeconds);
    /// A moment (seconds modulo 2^32) after the block's.
    error InFuture(uint256 moment, uint256 nowSeconds);

    function look(address pool) internal view returns (Pool memory found) {
        look(pool, found);
    }

    /// The same, into memory that is there already.
    function look(address pool, Pool memory found) internal view {
        bool answered;
        found.place = pool;
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(0x00, shl(224, 0x3850c7bd)) // slot0()
            answered := and(gt(returndatasize(), 0x7f), staticcall(gas(), pool, 0x00, 0x04, answer, 0x80))
            mstore(add(found, 0x20), mload(answer))
            mstore(add(found, 0x40), mload(add(answer, 0x20)))
            mstore(add(found, 0x60), mload(add(answer, 0x40)))
            mstore(add(found, 0x80), mload(add(answer, 0x60)))
        }
        if (!answered || found.cardinality == 0) revert NotAPool(pool);
    }

    /// Seconds from a moment to now.
    function ageOf(uint32 moment) internal view returns (uint256 age) {
        unchecked {
            age = uint32(block.timestamp) - moment;
        }
        if (age >> 31 != 0) revert InFuture(moment, block.timestamp);
    }

    /// A stretch that no index names, to be moved by `find` or `walk`.
    function nowhere() internal pure returns (Stretch memory stretch) {
        stretch.index = type(uint256).max;
    }

    /// Moves `stretch` to the one that begins with observation `hint`, which must hold the moment `age` seconds ago.
    function find(Pool memory pool, Stretch memory stretch, uint256 age, uint256 hint) internal view {
        if (stretch.index != hint) _begin(pool, stretch, hint);
        _holds(pool, stretch, age);
    }

    /// The same, or to one of the next WALK.
    function walk(Pool memory pool, Stretch memory stretch, uint256 age, uint256 hint) internal view {
        if (stretch.index != hint) _begin(pool, stretch, hint);
        for (uint256 i = 0; i < WALK && age < stretch.end.age; i++) {
            _step(pool, stretch);
        }
        _holds(pool, stretch, age);
    }

    function _holds(Pool memory pool, Stretch memory stretch, uint256 age) private pure {
        if (age > stretch.before.age) revert ObservationTooLate(pool.place, stretch.index);
        // The newest one's stretch ends now, at age 0.
        if (age < stretch.end.age) revert ObservationTooEarly(pool.place, stretch.index);
    }

    /// C at the moment `age` seconds ago, which lies in the stretch that begins with observation `hint`: `stretch` is
    /// moved there if it is elsewhere.
    function ticksAt(Pool memory pool, Stretch memory stretch, uint256 age, uint256 hint)
        internal
        view
        returns (int256)
    {
        find(pool, stretch, age, hint);
        return ticksAt(stretch, age);
    }

    /// C at a moment within the stretch, a 56-bit number that may wrap: only differences mean something.
    function ticksAt(Stretch memory stretch, uint256 age) internal pure returns (int256) {
        unchecked {
            Observation memory before = stretch.before;
            return before.ticks + stretch.tick * int256(before.age - age);
        }
    }

    /// The seconds per liquidity at a moment within the stretch, as the pool's own `observe` has it, modulo 2^160.
    /// @param liquidity in range now
    function perLiquidityAt(Stretch memory stretch, uint256 age, uint256 liquidity) internal pure returns (uint256) {
        unchecked {
            uint256 passed = stretch.before.age - age;
            if (passed == 0) return stretch.before.perLiquidity;
            if (stretch.open) {
                return uint160(stretch.before.perLiquidity + (passed << 128) / (liquidity == 0 ? 1 : liquidity));
            }
            uint256 whole = stretch.before.age - stretch.end.age;
            uint256 grown = uint160(stretch.end.perLiquidity - stretch.before.perLiquidity);
            return uint160(stretch.before.perLiquidity + grown * passed / whole);
        }
    }

    /// The mean tick between two moments `span` seconds apart, rounded toward minus infinity.
    function mean(int256 later, int256 earlier, uint256 span) internal pure returns (int256 tick) {
        unchecked {
            int256 sum = _wrapped(later - earlier);
            int256 seconds_ = int256(span);
            tick = sum / seconds_;
            if (tick * seconds_ > sum) tick--;
        }
    }

    /// The tick at the start of this block, and the one before that: what somebody who moved the price at the end of the
    /// block before has not moved. Where the start has stood for `settle` seconds, it is its own past.
    function blockStart(Pool memory pool, uint256 settle) internal view returns (int256 start, int256 prior) {
        if (pool.cardinality < 3) revert NoBlockStart(pool.place);
        Observation memory first;
        Observation memory second;
        uint256 index = _before(pool, pool.newest);
        _read(pool, pool.newest, first);
        _read(pool, index, second);
        if (!first.filled || !second.filled || second.age <= first.age) revert NoBlockStart(pool.place);
        uint256 stood;
        unchecked {
            int256 lately = _wrapped(first.ticks - second.ticks) / int256(second.age - first.age);
            if (first.age != 0) {
                (start, prior, stood) = (pool.tick, lately, first.age);
            } else {
                (start, stood) = (lately, second.age);
            }
        }
        if (stood >= settle) return (start, start);
        if (first.age != 0) return (start, prior);
        Observation memory third;
        _read(pool, _before(pool, index), third);
        if (!third.filled || third.age <= second.age) revert NoBlockStart(pool.place);
        unchecked {
            prior = _wrapped(second.ticks - third.ticks) / int256(third.age - second.age);
        }
    }

    /// The observation at or before each moment, as big-endian uint16: what readers want to be told. A binary search
    /// each, for calls that no transaction pays for.
    function locate(address place, uint32[] memory moments) internal view returns (bytes memory hints) {
        Pool memory pool = look(place);
        Observation memory seen;
        uint256 oldest = _after(pool, pool.newest);
        _read(pool, oldest, seen);
        if (!seen.filled) _read(pool, oldest = 0, seen);
        uint256 held = seen.age;
        hints = new bytes(2 * moments.length);
        for (uint256 i = 0; i < moments.length; i++) {
            uint256 age = ageOf(moments[i]);
            if (age > held) revert HistoryTooShort(place, age, held);
            uint256 index = _search(pool, oldest, age);
            hints[2 * i] = bytes1(uint8(index >> 8));
            hints[2 * i + 1] = bytes1(uint8(index));
        }
    }

    /// The last observation at least so old, from the oldest on.
    function _search(Pool memory pool, uint256 oldest, uint256 age) private view returns (uint256) {
        Observation memory seen;
        uint256 low = 0;
        uint256 high = (pool.newest + pool.cardinality - oldest) % pool.cardinality;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            _read(pool, (oldest + middle) % pool.cardinality, seen);
            if (seen.age >= age) low = middle;
            else high = middle - 1;
        }
        return (oldest + low) % pool.cardinality;
    }

    function _begin(Pool memory pool, Stretch memory stretch, uint256 index) private view {
        if (index >= pool.cardinality) revert ObservationMissing(pool.place, index);
        uint256 next = _after(pool, index);
        (Observation memory before, Observation memory end) = (stretch.before, stretch.end);
        bool open = index == pool.newest;
        if (open) {
            _read(pool, index, before);
        } else if (next == stretch.index) {
            // Going back in time, the end of a stretch is often the beginning of the one before.
            (stretch.before, stretch.end) = (end, before);
            before = end;
            _call(pool.place, index, before);
        } else {
            _call(pool.place, index, before);
            _read(pool, next, end);
        }
        if (!before.filled) revert ObservationMissing(pool.place, index);
        (stretch.index, stretch.open) = (index, open);
        _slope(pool, stretch);
    }

    /// To the next one in time.
    function _step(Pool memory pool, Stretch memory stretch) private view {
        uint256 index = _after(pool, stretch.index);
        (stretch.before, stretch.end) = (stretch.end, stretch.before);
        (stretch.index, stretch.open) = (index, index == pool.newest);
        if (!stretch.open) _read(pool, _after(pool, index), stretch.end);
        _slope(pool, stretch);
    }

    /// The newest one's stretch ends now. In a ring that is whole, the next observation is the younger one.
    function _slope(Pool memory pool, Stretch memory stretch) private pure {
        (Observation memory before, Observation memory end) = (stretch.before, stretch.end);
        if (stretch.open) {
            (end.age, stretch.tick) = (0, pool.tick);
            return;
        }
        unchecked {
            uint256 age = end.age;
            uint256 whole = before.age;
            if (!end.filled || age >= whole) revert ObservationMissing(pool.place, stretch.index);
            stretch.tick = _wrapped(end.ticks - before.ticks) / int256(whole - age);
        }
    }

    function _before(Pool memory pool, uint256 index) private pure returns (uint256) {
        unchecked {
            return (index == 0 ? pool.cardinality : index) - 1;
        }
    }

    function _after(Pool memory pool, uint256 index) private pure returns (uint256) {
        unchecked {
            return index + 1 == pool.cardinality ? 0 : index + 1;
        }
    }

    /// Reads an observation, the newest one only once.
    function _read(Pool memory pool, uint256 index, Observation memory into) private view {
        if (index != pool.newest) {
            _call(pool.place, index, into);
            return;
        }
        Observation memory last = pool.last;
        if (!last.filled) _call(pool.place, index, last);
        assembly ("memory-safe") {
            mcopy(into, last, 0x80)
        }
    }

    function _call(address place, uint256 index, Observation memory into) private view {
        bool answered;
        assembly ("memory-safe") {
            mstore(0x00, shl(224, 0x252c09d7)) // observations(uint256)
            mstore(0x04, index)
            answered := and(gt(returndatasize(), 0x7f), staticcall(gas(), place, 0x00, 0x24, into, 0x80))
            mstore(into, and(sub(timestamp(), mload(into)), 0xffffffff))
        }
        if (!answered) revert NotAPool(place);
    }

    /// A difference of cumulative ticks: they are 56-bit numbers that may wrap, and over hours none wraps twice.
    function _wrapped(int256 difference) private pure returns (int256) {
        return int56(difference);
    }
}
