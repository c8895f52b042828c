// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Prices as Uniswap v3 keeps them: the square root of a price, in units of 2^-96, of an integer tick; `price =
/// 1.0001^tick`. Every function is exact integer arithmetic that `org.probity.strategy.feature.PriceMath` repeats bit
/// for bit.
library PriceMath {
    /// The largest tick of a Uniswap v3 pool; the smallest is its negative.
    int256 internal constant MAX_TICK = 887272;

    /// The tick lies outside [-887272, 887272].
    error TickOutOfRange(int256 tick);
    /// A value in units of the quote asset does not fit 128 bits.
    error ValueOverflow();

    /// The square root of `1.0001^tick` in units of 2^-96, rounded up: the number a pool itself has at this tick.
    /// @dev Each factor is 2^128 / 1.0001^(2^k / 2), rounded to the nearest integer, for bit k of the tick's size.
    function sqrtRatioX96(int256 tick) internal pure returns (uint256 sqrtX96) {
        unchecked {
            uint256 size = uint256(tick < 0 ? -tick : tick);
            if (size > uint256(MAX_TICK)) revert TickOutOfRange(tick);
            uint256 ratio = 1 << 128;
            if (size & 0x1 != 0) ratio = (ratio * 0xfffcb933bd6fad37aa2d162d1a594001) >> 128;
            if (size & 0x2 != 0) ratio = (ratio * 0xfff97272373d413259a46990580e213a) >> 128;
            if (size & 0x4 != 0) ratio = (ratio * 0xfff2e50f5f656932ef12357cf3c7fdcc) >> 128;
            if (size & 0x8 != 0) ratio = (ratio * 0xffe5caca7e10e4e61c3624eaa0941cd0) >> 128;
            if (size & 0x10 != 0) ratio = (ratio * 0xffcb9843d60f6159c9db58835c926644) >> 128;
            if (size & 0x20 != 0) ratio = (ratio * 0xff973b41fa98c081472e6896dfb254c0) >> 128;
            if (size & 0x40 != 0) ratio = (ratio * 0xff2ea16466c96a3843ec78b326b52861) >> 128;
            if (size & 0x80 != 0) ratio = (ratio * 0xfe5dee046a99a2a811c461f1969c3053) >> 128;
            if (size & 0x100 != 0) ratio = (ratio * 0xfcbe86c7900a88aedcffc83b479aa3a4) >> 128;
            if (size & 0x200 != 0) ratio = (ratio * 0xf987a7253ac413176f2b074cf7815e54) >> 128;
            if (size & 0x400 != 0) ratio = (ratio * 0xf3392b0822b70005940c7a398e4b70f3) >> 128;
            if (size & 0x800 != 0) ratio = (ratio * 0xe7159475a2c29b7443b29c7fa6e889d9) >> 128;
            if (size & 0x1000 != 0) ratio = (ratio * 0xd097f3bdfd2022b8845ad8f792aa5825) >> 128;
            if (size & 0x2000 != 0) ratio = (ratio * 0xa9f746462d870fdf8a65dc1f90e061e5) >> 128;
            if (size & 0x4000 != 0) ratio = (ratio * 0x70d869a156d2a1b890bb3df62baf32f7) >> 128;
            if (size & 0x8000 != 0) ratio = (ratio * 0x31be135f97d08fd981231505542fcfa6) >> 128;
            if (size & 0x10000 != 0) ratio = (ratio * 0x9aa508b5b7a84e1c677de54f3e99bc9) >> 128;
            if (size & 0x20000 != 0) ratio = (ratio * 0x5d6af8dedb81196699c329225ee604) >> 128;
            if (size & 0x40000 != 0) ratio = (ratio * 0x2216e584f5fa1ea926041bedfe98) >> 128;
            if (size & 0x80000 != 0) ratio = (ratio * 0x48a170391f7dc42444e8fa2) >> 128;
            if (tick > 0) ratio = type(uint256).max / ratio;
            sqrtX96 = (ratio + 0xffffffff) >> 32;
        }
    }

    /// What `amount` is worth at the price whose square root is `sqrtX96`: amount * sqrtX96^2 / 2^192, with the two
    /// divisions by 2^96 rounded down one after the other.
    /// @param amount below 2^128
    /// @param sqrtX96 below 2^160
    function valueAt(uint256 amount, uint256 sqrtX96) internal pure returns (uint256 value) {
        value = _mulShift96(_mulShift96(amount, sqrtX96), sqrtX96);
        if (value >> 128 != 0) revert ValueOverflow();
    }

    /// a * b / 2^96 rounded down, by way of the 512-bit product.
    function _mulShift96(uint256 a, uint256 b) private pure returns (uint256 shifted) {
        uint256 high;
        assembly ("memory-safe") {
            let low := mul(a, b)
            let folded := mulmod(a, b, not(0))
            high := sub(sub(folded, low), lt(folded, low))
            shifted := or(shl(160, high), shr(96, low))
        }
        if (high >> 96 != 0) revert ValueOverflow();
    }
}
