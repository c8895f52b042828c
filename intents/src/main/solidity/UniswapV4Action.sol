// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Step} from "./IAction.sol";
import {IPoolManager, PoolKey, SwapParams} from "./IUniswapV4.sol";
import {Pair, PathVenue, PoolState} from "./PathVenue.sol";

/// A pool of Uniswap v4 without hooks: whoever has hooks may charge what it likes. What it charges is fixed but for the
/// protocol's part, so that is named too.
struct HooklessPool {
    address currency0;
    address currency1;
    /// What its providers take, in hundredths of a basis point.
    uint24 fee;
    int24 tickSpacing;
    /// What the protocol takes besides, as the pool has it: from currency 0 to 1 in the low 12 bits, from 1 to 0 in the
    /// high ones; 0 for nothing.
    uint24 protocolFee;
}

interface IWrappedEther is IERC20 {
    function deposit() external payable;

    function withdraw(uint256 amount) external;
}

/// Swaps through one to three pools of Uniswap v4. Ether stands for wrapped ether: it is unwrapped for a pool that trades
/// ether, and wrapped before the caller gets it.
///
/// It has no state and no owner. Only the manager may call back, once in each run and with what it was handed. Nothing
/// stays here or with the manager: a run gives exactly its amount, and takes exactly what came of it.
contract UniswapV4Action is PathVenue, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for int256;
    using SafeCast for uint256;

    uint160 private constant LOWEST = 4295128739 + 1;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970342 - 1;
    address private constant ETHER = address(0);
    /// Where the manager has its pools, and in each of them its liquidity (v4-core, StateLibrary).
    uint256 private constant POOLS = 6;
    uint256 private constant LIQUIDITY = 3;

    IPoolManager public immutable manager;
    IWrappedEther public immutable weth;

    /// keccak256 of what the manager was handed in this run, until it came back.
    bytes32 private transient _handed;

    /// The manager has no such pool, with this fee and tick spacing and without hooks.
    error NoPool(bytes32 poolId);
    /// The protocol takes another part of this pool's trades than the policy counts on: sizes and worst prices rest on
    /// what the policy says.
    error OtherProtocolFee(bytes32 poolId, uint24 protocolFee, uint24 counted);
    /// A pool took only a part.
    error FilledInPart(bytes32 poolId, uint256 taken, uint256 offered);
    /// Nothing was handed to the manager that this could be.
    error NotHanded(address caller);
    /// Ether comes from the manager and from its wrapping alone.
    error NoEtherFrom(address sender);

    constructor(IPoolManager manager_, IWrappedEther weth_) {
        (manager, weth) = (manager_, weth_);
    }

    receive() external payable {
        if (msg.sender != address(manager) && msg.sender != address(weth)) revert NoEtherFrom(msg.sender);
    }

    /// @param parameters `abi.encode(HooklessPool[] pools)`, from the asset to the numeraire
    function run(bytes calldata parameters, Step calldata step) external nonReentrant {
        bytes memory data = abi.encode(msg.sender, step, abi.decode(parameters, (HooklessPool[])));
        _handed = keccak256(data);
        manager.unlock(data);
        _handed = 0;
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        if (msg.sender != address(manager) || keccak256(data) != _handed) revert NotHanded(msg.sender);
        _handed = 0;
        (address caller, Step memory step, HooklessPool[] memory pools) =
            abi.decode(data, (address, Step, HooklessPool[]));
        uint256 count = pools.length;
        bool forward = _isForward(_pairOf(pools[0]), step.tokenIn);
        uint256 amount = step.amountIn;
        address currency = _sideOf(_pairOf(pools[forward ? 0 : count - 1]), step.tokenIn);
        _pay(currency, caller, amount);
        for (uint256 i = 0; i < count; i++) {
            HooklessPool memory pool = pools[forward ? i : count - 1 - i];
            (address next, bool zeroForOne) = _across(_pairOf(pool), currency);
            (currency, amount) = (next, _swap(pool, zeroForOne, amount));
        }
        if (_tokenOf(currency) != step.tokenOut) revert NotAPath(_tokenOf(currency), step.tokenOut);
        _collect(currency, caller, amount);
        return "";
    }

    function _pay(address currency, address caller, uint256 amount) private {
        manager.sync(currency);
        uint256 paid;
        if (currency == ETHER) {
            IERC20(weth).safeTransferFrom(caller, address(this), amount);
            weth.withdraw(amount);
            paid = manager.settle{value: amount}();
        } else {
            IERC20(currency).safeTransferFrom(caller, address(manager), amount);
            paid = manager.settle();
        }
        if (paid != amount) revert FeeOnTransfer(currency, amount, paid);
    }

    function _swap(HooklessPool memory pool, bool zeroForOne, uint256 amount) private returns (uint256 got) {
        _price(pool);
        int256 delta = manager.swap(
            _keyOf(pool), SwapParams(zeroForOne, -amount.toInt256(), zeroForOne ? LOWEST : HIGHEST), ""
        );
        (int256 ofIn, int256 ofOut) = (int128(delta >> 128), int128(delta));
        if (!zeroForOne) (ofIn, ofOut) = (ofOut, ofIn);
        if (ofIn != -amount.toInt256()) revert FilledInPart(_idOf(pool), (-ofIn).toUint256(), amount);
        got = ofOut.toUint256();
    }

    function _collect(address currency, address caller, uint256 amount) private {
        if (currency == ETHER) {
            manager.take(ETHER, address(this), amount);
            weth.deposit{value: amount}();
            IERC20(weth).safeTransfer(caller, amount);
        } else {
            manager.take(currency, caller, amount);
        }
    }

    // ---- pools ----

    function _keyOf(HooklessPool memory pool) private pure returns (PoolKey memory) {
        return PoolKey(pool.currency0, pool.currency1, pool.fee, pool.tickSpacing, address(0));
    }

    function _idOf(HooklessPool memory pool) private pure returns (bytes32) {
        return keccak256(abi.encode(_keyOf(pool)));
    }

    function _slotOf(HooklessPool memory pool) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(_idOf(pool), POOLS)));
    }

    /// The root of its price. What the protocol takes is asked at each trade: it may be set anew at any time, to less
    /// (then a step would be too large for what a sandwich has to pay) as to more.
    function _price(HooklessPool memory pool) private view returns (uint160 rootX96) {
        uint256 slot0 = uint256(manager.extsload(bytes32(_slotOf(pool))));
        rootX96 = uint160(slot0);
        if (rootX96 == 0) revert NoPool(_idOf(pool));
        uint24 protocolFee = uint24(slot0 >> 184);
        if (protocolFee != pool.protocolFee) revert OtherProtocolFee(_idOf(pool), protocolFee, pool.protocolFee);
    }

    function _pairOf(HooklessPool memory pool) private pure returns (Pair memory) {
        return Pair(pool.currency0, pool.currency1);
    }

    function _pairs(bytes calldata parameters) internal pure override returns (Pair[] memory pairs) {
        HooklessPool[] memory pools = abi.decode(parameters, (HooklessPool[]));
        pairs = new Pair[](pools.length);
        for (uint256 i = 0; i < pools.length; i++) {
            pairs[i] = _pairOf(pools[i]);
        }
    }

    function _feeOf(bytes calldata parameters, uint256 index, Pair memory) internal view override returns (uint256) {
        return _stateOf(parameters, index).fee;
    }

    function _stateOf(bytes calldata parameters, uint256 index) internal view override returns (PoolState memory state) {
        HooklessPool memory pool = abi.decode(parameters, (HooklessPool[]))[index];
        state.rootX96 = _price(pool);
        state.depth = uint128(uint256(manager.extsload(bytes32(_slotOf(pool) + LIQUIDITY))));
        // In the dearer of both directions. The protocol takes its part first, and providers theirs of the rest.
        uint256 protocols = pool.protocolFee & 0xfff;
        if (pool.protocolFee >> 12 > protocols) protocols = pool.protocolFee >> 12;
        state.fee = protocols + pool.fee - protocols * pool.fee / ONE;
    }

    function _sideOf(Pair memory pair, address token) internal view override returns (address) {
        return token == address(weth) && token != pair.token1 && pair.token0 == ETHER ? ETHER : token;
    }

    function _tokenOf(address side) internal view override returns (address) {
        return side == ETHER ? address(weth) : side;
    }
}
