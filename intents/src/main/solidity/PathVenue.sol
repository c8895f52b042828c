// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVenue} from "./IVenue.sol";

/// The two sides of a pool, in the pool's own order.
struct Pair {
    address token0;
    address token1;
}

struct PoolState {
    /// Its liquidity; 0 where there is nothing to trade with.
    uint256 depth;
    /// The root of its price, token 1 for token 0, in units of 2^-96.
    uint256 rootX96;
    /// In hundredths of a basis point.
    uint256 fee;
}

/// What ways through one to three pools have in common, whatever the pools are.
///
/// A step goes the way forwards if its first pool takes what is given, else backwards. No token is passed twice, so one
/// of the two is right.
abstract contract PathVenue is IVenue {
    uint256 private constant MOST = 3;
    uint256 internal constant Q96 = 1 << 96;
    /// Of fees, which are in hundredths of a basis point.
    uint256 internal constant ONE = 1_000_000;

    /// A way has one to three pools.
    error PathLength(uint256 pools);
    /// The way reaches one token where another is wanted, or a pool that does not trade it.
    error NotAPath(address reached, address wanted);
    /// A way comes to this token twice.
    error PassedTwice(address token);
    /// Less of a token arrived than was sent: it takes a fee of its own.
    error FeeOnTransfer(address token, uint256 sent, uint256 arrived);

    function feeOf(bytes calldata parameters, address asset, address numeraire) external view returns (uint256 fee) {
        Pair[] memory pairs = _pairs(parameters);
        uint256 count = pairs.length;
        if (count == 0 || count > MOST) revert PathLength(count);
        address[] memory passed = new address[](count + 1);
        address side = _sideOf(pairs[0], asset);
        passed[0] = asset;
        for (uint256 i = 0; i < count; i++) {
            (side,) = _across(pairs[i], side);
            address token = _tokenOf(side);
            for (uint256 j = 0; j <= i; j++) {
                if (passed[j] == token) revert PassedTwice(token);
            }
            passed[i + 1] = token;
            fee += _feeOf(parameters, i, pairs[i]);
        }
        if (passed[count] != numeraire) revert NotAPath(passed[count], numeraire);
    }

    /// What a pool bears is a part of fee times depth. So of a way each pool counts with its part of all fees: whoever moves
    /// it alone pays no others. What it bears of its own side is worth something of the asset by the prices between the
    /// two: as liquidity is the root of a product, that is its own, times the root of each price behind it, by the root of
    /// each before it.
    function liquidity(bytes calldata parameters, address asset) external view returns (uint256 least) {
        Pair[] memory pairs = _pairs(parameters);
        uint256 count = pairs.length;
        PoolState[] memory states = new PoolState[](count);
        address side = _sideOf(pairs[0], asset);
        uint256 fees;
        for (uint256 i = 0; i < count; i++) {
            PoolState memory state = states[i] = _stateOf(parameters, i);
            if (state.depth == 0) return 0;
            bool zeroForOne;
            (side, zeroForOne) = _across(pairs[i], side);
            if (!zeroForOne) state.rootX96 = Q96 * Q96 / state.rootX96;
            fees += state.fee;
        }
        least = type(uint256).max;
        for (uint256 i = 0; i < count; i++) {
            uint256 depth = Math.mulDiv(states[i].depth, states[i].fee, fees);
            for (uint256 j = 0; j < count; j++) {
                if (j < i) depth = Math.mulDiv(depth, Q96, states[j].rootX96);
                if (j > i) depth = Math.mulDiv(depth, states[j].rootX96, Q96);
            }
            if (depth < least) least = depth;
        }
    }

    /// The sides of the pools, from the asset on. What is no pool has sides that are no tokens.
    function _pairs(bytes calldata parameters) internal view virtual returns (Pair[] memory);

    /// What one of the pools charges; refuses one that the action would not trade in.
    function _feeOf(bytes calldata parameters, uint256 index, Pair memory pair) internal view virtual returns (uint256);

    function _stateOf(bytes calldata parameters, uint256 index) internal view virtual returns (PoolState memory);

    /// A pool's side that a token may be given to.
    function _sideOf(Pair memory, address token) internal view virtual returns (address) {
        return token;
    }

    /// The token that a side stands for.
    function _tokenOf(address side) internal view virtual returns (address) {
        return side;
    }

    function _isForward(Pair memory first, address tokenIn) internal view returns (bool) {
        address side = _sideOf(first, tokenIn);
        return side == first.token0 || side == first.token1;
    }

    /// The other side.
    function _across(Pair memory pair, address side) internal pure returns (address other, bool zeroForOne) {
        zeroForOne = side == pair.token0;
        if (!zeroForOne && side != pair.token1) revert NotAPath(side, pair.token1);
        other = zeroForOne ? pair.token1 : pair.token0;
    }
}

/// Ways through pools that are contracts of their own: their parameters are `abi.encode(address[] pools)`.
abstract contract PoolPathVenue is PathVenue {
    /// Not a pool of this action's factory.
    error ForeignPool(address pool);

    function _pairs(bytes calldata parameters) internal view override returns (Pair[] memory pairs) {
        address[] memory pools = abi.decode(parameters, (address[]));
        pairs = new Pair[](pools.length);
        for (uint256 i = 0; i < pools.length; i++) {
            // Uniswap v2 and v3 name them alike.
            pairs[i] = Pair(_side(pools[i], "token0()"), _side(pools[i], "token1()"));
            if (pairs[i].token0 == pairs[i].token1) revert ForeignPool(pools[i]);
        }
    }

    function _poolAt(bytes calldata parameters, uint256 index) internal pure returns (address) {
        return abi.decode(parameters, (address[]))[index];
    }

    /// 0 where there is no pool to answer.
    function _side(address pool, string memory getter) private view returns (address) {
        (bool done, bytes memory said) = pool.staticcall(abi.encodeWithSignature(getter));
        return done && said.length == 32 ? address(uint160(uint256(bytes32(said)))) : address(0);
    }
}
