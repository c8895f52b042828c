// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

struct DrivenPool {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

struct DrivenPosition {
    int24 tickLower;
    int24 tickUpper;
    int256 liquidityDelta;
    bytes32 salt;
}

/// `amountSpecified` below 0 is what goes in, above 0 what comes out.
struct DrivenSwap {
    bool zeroForOne;
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

/// What a driver needs of Uniswap v4's PoolManager. A balance delta has token 0 in its high half and token 1 in its low
/// one; below 0 is what the caller owes.
interface DrivenManager {
    function initialize(DrivenPool calldata pool, uint160 sqrtPriceX96) external returns (int24 tick);
    function unlock(bytes calldata data) external returns (bytes memory);
    function modifyLiquidity(DrivenPool calldata pool, DrivenPosition calldata position, bytes calldata hookData)
        external
        returns (int256 callerDelta, int256 feesAccrued);
    function swap(DrivenPool calldata pool, DrivenSwap calldata params, bytes calldata hookData)
        external
        returns (int256 delta);
    function sync(address currency) external;
    function settle() external payable returns (uint256 paid);
    function take(address currency, address to, uint256 amount) external;
    function extsload(bytes32 start, uint256 count) external view returns (bytes32[] memory);
}

interface DrivenToken {
    function transfer(address to, uint256 value) external returns (bool);
}

/// Provides to and trades with pools of Uniswap v4, out of its own tokens and ether.
contract V4Driver {
    uint160 private constant LOWEST = 4295128740;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970341;

    DrivenManager private immutable _manager;

    constructor(DrivenManager manager) {
        _manager = manager;
    }

    receive() external payable {}

    /// Liquidity added, or taken where below 0. Returns what came to this driver of both tokens, fees included, and the
    /// fees in it.
    function provide(DrivenPool calldata pool, int24 tickLower, int24 tickUpper, int256 liquidityDelta)
        external
        returns (int128 amount0, int128 amount1, int128 fees0, int128 fees1)
    {
        bytes memory call = abi.encodeCall(
            DrivenManager.modifyLiquidity, (pool, DrivenPosition(tickLower, tickUpper, liquidityDelta, 0), "")
        );
        bytes memory result = _manager.unlock(abi.encode(pool.currency0, pool.currency1, call));
        (int256 delta, int256 fees) = abi.decode(result, (int256, int256));
        (amount0, amount1) = halves(delta);
        (fees0, fees1) = halves(fees);
    }

    /// A swap up to a price, 0 for the farthest. Returns what came to this driver of both tokens: below 0 what it gave.
    function swap(DrivenPool calldata pool, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96)
        external
        returns (int128 amount0, int128 amount1)
    {
        uint160 limit = sqrtPriceLimitX96 != 0 ? sqrtPriceLimitX96 : zeroForOne ? LOWEST : HIGHEST;
        bytes memory call = abi.encodeCall(DrivenManager.swap, (pool, DrivenSwap(zeroForOne, amountSpecified, limit), ""));
        bytes memory result = _manager.unlock(abi.encode(pool.currency0, pool.currency1, call));
        return halves(abi.decode(result, (int256)));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory result) {
        (address currency0, address currency1, bytes memory call) = abi.decode(data, (address, address, bytes));
        bool ok;
        (ok, result) = address(_manager).call(call);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        int256 delta;
        assembly ("memory-safe") {
            delta := mload(add(result, 32))
        }
        (int128 amount0, int128 amount1) = halves(delta);
        square(currency0, amount0);
        square(currency1, amount1);
    }

    /// Price, tick, the protocol's fee (0 for 1 in the low 12 bits, 1 for 0 above), growth of fees, liquidity of a pool.
    function state(DrivenPool calldata pool)
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint24 protocolFee,
            uint256 feeGrowth0X128,
            uint256 feeGrowth1X128,
            uint128 liquidity
        )
    {
        bytes32[] memory words =
            _manager.extsload(keccak256(abi.encode(keccak256(abi.encode(pool)), uint256(6))), 4);
        uint256 slot0 = uint256(words[0]);
        return (
            uint160(slot0),
            int24(uint24(slot0 >> 160)),
            uint24(slot0 >> 184),
            uint256(words[1]),
            uint256(words[2]),
            uint128(uint256(words[3]))
        );
    }

    function square(address currency, int128 amount) private {
        if (amount > 0) {
            _manager.take(currency, address(this), uint128(amount));
        } else if (amount < 0) {
            uint256 owed = uint128(-amount);
            _manager.sync(currency);
            if (currency == address(0)) {
                _manager.settle{value: owed}();
            } else {
                DrivenToken(currency).transfer(address(_manager), owed);
                _manager.settle();
            }
        }
    }

    function halves(int256 delta) private pure returns (int128, int128) {
        return (int128(delta >> 128), int128(delta));
    }
}
