// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {PoolKey, SwapParams} from "vault/IUniswapV4.sol";

/// A token that keeps a part of what is moved.
contract TaxedToken is ERC20("Taxed", "TAX") {
    uint256 private _bps;

    function tax(uint256 bps) external {
        _bps = bps;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 kept = from == address(0) || to == address(0) ? 0 : amount * _bps / 10_000;
        super._update(from, to, amount - kept);
        if (kept != 0) super._update(from, address(this), kept);
    }
}

/// A token that calls somebody once it was moved, by somebody who was allowed to.
contract CallingToken is ERC20("Calling", "CALL") {
    address private _target;
    bytes private _data;
    uint256 public calls;
    bool public done;
    bytes public answer;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function will(address target, bytes calldata data) external {
        (_target, _data, calls) = (target, data, 0);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        if (_target != address(0)) {
            calls++;
            (done, answer) = _target.call(_data);
        }
        return true;
    }
}

/// Takes what comes, and gives nothing.
contract FalsePair {
    address public immutable token0;
    address public immutable token1;

    constructor(address a, address b) {
        (token0, token1) = a < b ? (a, b) : (b, a);
    }

    function getReserves() external pure returns (uint112, uint112, uint32) {
        return (0, 0, 0);
    }

    function swap(uint256, uint256, address, bytes calldata) external {}
}

interface Unlocked {
    function unlockCallback(bytes calldata data) external returns (bytes memory);
}

/// Whoever it is that a manager lets call in its place.
contract Messenger {
    function carry(Unlocked to, bytes calldata data) external {
        to.unlockCallback(data);
    }
}

/// A manager of v4 that does what it is told: unlocks by a messenger, with other data, twice, later; takes less than it is
/// offered, gives nothing, says what it likes.
contract FalseManager {
    enum Deed {
        HONEST,
        BY_ANOTHER,
        OTHER_DATA,
        TWICE,
        LATER
    }

    Deed private _deed;
    int128 private _taken;
    int128 private _given;
    bytes private _data;
    address private _synced;
    uint256 private _had;

    function will(Deed deed, int128 taken, int128 given) external {
        (_deed, _taken, _given) = (deed, taken, given);
    }

    function unlock(bytes calldata data) external returns (bytes memory) {
        Unlocked caller = Unlocked(msg.sender);
        _data = data;
        if (_deed == Deed.LATER) return "";
        if (_deed == Deed.BY_ANOTHER) new Messenger().carry(caller, data);
        else if (_deed == Deed.OTHER_DATA) caller.unlockCallback(bytes.concat(data, bytes1(0)));
        else caller.unlockCallback(data);
        if (_deed == Deed.TWICE) caller.unlockCallback(data);
        return "";
    }

    /// Once the run is over.
    function again(Unlocked action) external {
        action.unlockCallback(_data);
    }

    function extsload(bytes32) external pure returns (bytes32) {
        return bytes32(uint256(1 << 96));
    }

    function sync(address currency) external {
        _synced = currency;
        if (currency != address(0)) _had = ERC20(currency).balanceOf(address(this));
    }

    function settle() external payable returns (uint256) {
        return _synced == address(0) ? msg.value : ERC20(_synced).balanceOf(address(this)) - _had;
    }

    function swap(PoolKey calldata, SwapParams calldata params, bytes calldata) external view returns (int256) {
        (int256 amount0, int256 amount1) = params.zeroForOne ? (_taken, _given) : (_given, _taken);
        return (amount0 << 128) | int256(uint256(uint128(int128(amount1))));
    }

    function take(address, address, uint256) external {}
}

/// Somebody with an unlock of his own, in which he does what he likes.
contract Unlocker {
    address private _target;
    bytes private _call;
    bool public done;
    bytes public answer;

    function unlock(address manager, address target, bytes calldata call) external {
        (_target, _call) = (target, call);
        Unlocking(manager).unlock("");
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        (done, answer) = _target.call(_call);
        return "";
    }
}

interface Unlocking {
    function unlock(bytes calldata data) external returns (bytes memory);
}
