// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PriceMath} from "probity/PriceMath.sol";

/// For tests: the library's functions from outside.
contract PriceMathProbe {
    function ratios(int256[] calldata ticks) external pure returns (uint256[] memory sqrtX96) {
        sqrtX96 = new uint256[](ticks.length);
        for (uint256 i = 0; i < ticks.length; i++) sqrtX96[i] = PriceMath.sqrtRatioX96(ticks[i]);
    }

    function valueAt(uint256 amount, uint256 sqrtX96) external pure returns (uint256) {
        return PriceMath.valueAt(amount, sqrtX96);
    }
}
