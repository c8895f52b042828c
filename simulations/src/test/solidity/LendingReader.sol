// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Prices that a test sets.
contract SetPrices {
    mapping(address asset => uint256) public getAssetPrice;

    function setAssetPrice(address asset, uint256 price) external {
        getAssetPrice[asset] = price;
    }
}

struct ReserveData {
    uint256 configuration;
    uint128 liquidityIndex;
    uint128 currentLiquidityRate;
    uint128 variableBorrowIndex;
    uint128 currentVariableBorrowRate;
    uint128 currentStableBorrowRate;
    uint40 lastUpdateTimestamp;
    uint16 id;
    address aToken;
    address stableDebtToken;
    address variableDebtToken;
    address interestRateStrategy;
    uint128 accruedToTreasury;
    uint128 unbacked;
    uint128 isolationModeTotalDebt;
}

interface ReadPool {
    function getReserveData(address asset) external view returns (ReserveData memory);
    function getUserConfiguration(address user) external view returns (uint256);
    function getUserAccountData(address user)
        external
        view
        returns (uint256, uint256, uint256, uint256, uint256, uint256);
}

interface HeldToken {
    function balanceOf(address owner) external view returns (uint256);
}

interface ScaledToken is HeldToken {
    function scaledBalanceOf(address user) external view returns (uint256);
    function scaledTotalSupply() external view returns (uint256);
}

/// All state of a lending pool that a test compares, in one call: ten numbers and five for each account of every reserve,
/// then seven for each account.
contract LendingReader {
    function read(address pool, address[] calldata assets, address[] calldata users)
        external
        view
        returns (uint256[] memory state)
    {
        state = new uint256[](assets.length * (10 + 5 * users.length) + 7 * users.length);
        uint256 next = 0;
        for (uint256 i = 0; i < assets.length; i++) {
            next = reserve(state, next, ReadPool(pool).getReserveData(assets[i]), assets[i], users);
        }
        for (uint256 i = 0; i < users.length; i++) {
            state[next++] = ReadPool(pool).getUserConfiguration(users[i]);
            (
                state[next],
                state[next + 1],
                state[next + 2],
                state[next + 3],
                state[next + 4],
                state[next + 5]
            ) = ReadPool(pool).getUserAccountData(users[i]);
            next += 6;
        }
    }

    function reserve(uint256[] memory state, uint256 next, ReserveData memory r, address asset, address[] calldata users)
        private
        view
        returns (uint256)
    {
        state[next++] = r.liquidityIndex;
        state[next++] = r.currentLiquidityRate;
        state[next++] = r.variableBorrowIndex;
        state[next++] = r.currentVariableBorrowRate;
        state[next++] = r.currentStableBorrowRate;
        state[next++] = r.lastUpdateTimestamp;
        state[next++] = r.accruedToTreasury;
        state[next++] = HeldToken(asset).balanceOf(r.aToken);
        state[next++] = ScaledToken(r.aToken).scaledTotalSupply();
        state[next++] = ScaledToken(r.variableDebtToken).scaledTotalSupply();
        for (uint256 i = 0; i < users.length; i++) {
            state[next++] = ScaledToken(r.aToken).scaledBalanceOf(users[i]);
            state[next++] = ScaledToken(r.variableDebtToken).scaledBalanceOf(users[i]);
            state[next++] = HeldToken(r.aToken).balanceOf(users[i]);
            state[next++] = HeldToken(r.variableDebtToken).balanceOf(users[i]);
            state[next++] = HeldToken(asset).balanceOf(users[i]);
        }
        return next;
    }
}
