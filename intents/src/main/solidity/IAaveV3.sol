// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What is asked of a pool of Aave v3, in all of its revisions from 1 (v3.0) to 11 (v3.7) but where said.
interface IAaveV3Pool {
    function POOL_REVISION() external view returns (uint256);
    function ADDRESSES_PROVIDER() external view returns (IAaveV3Provider);

    /// The fifteen words of `ReserveData` (v3.0), which v3.1 and later still answer as `ReserveDataLegacy`
    /// (DataTypes.sol of aave-v3-core and of aave-v3-origin): see `AaveV3Desk`.
    function getReserveData(address token) external view returns (uint256[15] memory words);
    function getConfiguration(address token) external view returns (uint256);
    function getReserveNormalizedIncome(address token) external view returns (uint256);
    function getReserveNormalizedVariableDebt(address token) external view returns (uint256);
    /// From revision 4 on.
    function getVirtualUnderlyingBalance(address token) external view returns (uint128);

    /// Two bits for each reserve, by its id: it is borrowed; what is supplied is collateral.
    function getUserConfiguration(address user) external view returns (uint256);
    function getUserEMode(address user) external view returns (uint256);
    /// The last of six words is the health factor, times 10^18.
    function getUserAccountData(address user) external view returns (uint256[6] memory words);

    /// Until revision 4, as the beginning of what is answered: an offset, then ltv, threshold, bonus and price source.
    function getEModeCategoryData(uint8 id) external view returns (uint256[5] memory words);
    // From revision 5 on; the next one from 10, the last one from 11.
    function getEModeCategoryCollateralConfig(uint8 id) external view returns (uint256[3] memory words);
    function getEModeCategoryCollateralBitmap(uint8 id) external view returns (uint128);
    function getEModeCategoryBorrowableBitmap(uint8 id) external view returns (uint128);
    function getEModeCategoryLtvzeroBitmap(uint8 id) external view returns (uint128);
    function getIsEModeCategoryIsolated(uint8 id) external view returns (bool);

    function setUserEMode(uint8 id) external;
    function setUserUseReserveAsCollateral(address token, bool use) external;
    function supply(address token, uint256 amount, address onBehalfOf, uint16 referral) external;
    function withdraw(address token, uint256 amount, address to) external returns (uint256);
    function borrow(address token, uint256 amount, uint256 rateMode, uint16 referral, address onBehalfOf) external;
    function repay(address token, uint256 amount, uint256 rateMode, address onBehalfOf) external returns (uint256);
}

interface IAaveV3Provider {
    function getPriceOracle() external view returns (IAaveV3Oracle);
}

interface IAaveV3Oracle {
    function getAssetPrice(address token) external view returns (uint256);
}

/// What both tokens of a reserve have: for what is supplied, and for what is owed.
interface IAaveV3Token {
    function UNDERLYING_ASSET_ADDRESS() external view returns (address);
    function balanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function scaledBalanceOf(address account) external view returns (uint256);
    function scaledTotalSupply() external view returns (uint256);
}
