// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// An allowance that refills by the clock: a bucket that leaks. In any time t at most `capacity * (1 + t / window)` is
/// used. Nobody but who uses it writes it, so nobody can eat the refill by asking often.
library Bucket {
    /// What is still in the bucket.
    function usedNow(uint256 used, uint256 since, uint256 capacity, uint256 window) internal view returns (uint256) {
        return usedAt(block.timestamp, used, since, capacity, window);
    }

    /// The same with another moment as now: before `since` nothing has leaked.
    function usedAt(uint256 moment, uint256 used, uint256 since, uint256 capacity, uint256 window)
        internal
        pure
        returns (uint256)
    {
        if (moment <= since) return used;
        uint256 leaked = (moment - since) * capacity / window;
        return leaked >= used ? 0 : used - leaked;
    }
}
