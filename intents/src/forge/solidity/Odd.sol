// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IAction, Step} from "vault/IAction.sol";
import {IFeatureSource} from "vault/IFeatureSource.sol";
import {UniswapV3Action} from "vault/UniswapV3Action.sol";

interface Minted {
    function mint(address to, uint256 amount) external;
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Whoever asks how many decimals it has.
contract ManyDecimals {
    uint8 public constant decimals = 19;
}

/// A pool whose history is what it is told, and which does what it is told to do where a swap is wanted.
contract ToldPool {
    enum Deed {
        NOTHING,
        ASK_TOO_MUCH,
        ASK_NOTHING,
        ASK_TWICE,
        ASK_HALF,
        PAY_NOTHING,
        PAY
    }

    struct Observed {
        uint32 time;
        int56 ticks;
        uint160 perLiquidity;
        bool filled;
    }

    address public token0;
    address public token1;
    uint24 public fee;
    uint128 public liquidity;
    uint160 private _sqrtPriceX96;
    int24 private _tick;
    uint16 private _newest;
    uint16 private _cardinality;
    Deed private _deed;
    mapping(uint256 index => Observed) public observations;

    constructor(address token0_, address token1_, uint24 fee_) {
        (token0, token1, fee) = (token0_, token1_, fee_);
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (_sqrtPriceX96, _tick, _newest, _cardinality, _cardinality, 0, true);
    }

    function tell(uint160 sqrtPriceX96, int24 tick, uint16 newest, uint16 cardinality, uint128 liquidity_) external {
        (_sqrtPriceX96, _tick, _newest, _cardinality, liquidity) = (sqrtPriceX96, tick, newest, cardinality, liquidity_);
    }

    function observed(uint256 index, uint32 time, int56 ticks, uint160 perLiquidity, bool filled) external {
        observations[index] = Observed(time, ticks, perLiquidity, filled);
    }

    function will(Deed deed) external {
        _deed = deed;
    }

    function swap(address to, bool zeroForOne, int256 amount, uint160, bytes calldata) external returns (int256, int256) {
        if (_deed == Deed.NOTHING) return (0, 0);
        int256 asked = _deed == Deed.ASK_TOO_MUCH ? amount + 1 : _deed == Deed.ASK_NOTHING ? int256(0) : amount;
        if (_deed == Deed.ASK_HALF || _deed == Deed.ASK_TWICE) asked = amount / 2;
        ask(msg.sender, zeroForOne, asked);
        if (_deed == Deed.ASK_TWICE) ask(msg.sender, zeroForOne, asked);
        if (_deed != Deed.PAY_NOTHING) Minted(zeroForOne ? token1 : token0).mint(to, uint256(amount));
        return (0, 0);
    }

    /// The demand of a pool, at any time.
    function ask(address action, bool zeroForOne, int256 amount) public {
        int256 got = amount == 0 ? int256(0) : int256(-1);
        if (zeroForOne) UniswapV3Action(action).uniswapV3SwapCallback(amount, got, "");
        else UniswapV3Action(action).uniswapV3SwapCallback(got, amount, "");
    }
}

/// A token that calls somebody whenever it is moved, and does what it is asked to as whoever it is.
contract HookToken is ERC20("Hook", "HOOK") {
    address private _target;
    bytes private _data;
    bool public called;
    bool public done;
    bytes public answer;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function hook(address target, bytes calldata data) external {
        (_target, _data, called) = (target, data, false);
    }

    function forward(address target, bytes calldata data) external returns (bool ok, bytes memory said) {
        return target.call(data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0) || called || from == address(0)) return;
        called = true;
        (done, answer) = _target.call(_data);
    }
}

/// A token with two addresses: each moves the same balances.
contract TwoDoors is ERC20("Two doors", "DOOR") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function moveFor(address from, address to, uint256 amount) external {
        _transfer(from, to, amount);
    }
}

contract OtherDoor {
    TwoDoors private immutable _token;

    constructor(TwoDoors token) {
        _token = token;
    }

    function balanceOf(address who) external view returns (uint256) {
        return _token.balanceOf(who);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _token.moveFor(msg.sender, to, amount);
        return true;
    }
}

/// Somebody who takes no ether.
contract NoEther {
    error NotHere();

    receive() external payable {
        revert NotHere();
    }
}

/// An action that does what it is told instead of what it is asked.
contract OddAction is IAction {
    /// In basis points of what is offered.
    uint256 private _takes;
    uint256 private _gives;

    function will(uint256 takes, uint256 gives) external {
        (_takes, _gives) = (takes, gives);
    }

    function run(bytes calldata, Step calldata step) external {
        uint256 taken = step.amountIn * _takes / 10_000;
        if (taken <= step.amountIn) Minted(step.tokenIn).transferFrom(msg.sender, address(this), taken);
        else Burning(step.tokenIn).shrink(msg.sender, taken);
        Minted(step.tokenOut).mint(msg.sender, step.amountIn * _gives / 10_000);
    }
}

interface Burning {
    function shrink(address holder, uint256 amount) external;
}

/// A source that answers what it is told, byte for byte.
contract OddSource is IFeatureSource {
    bytes private _answer;
    bool private _refuses;

    error OwnWords(uint256 number);

    function tell(bool refuses, bytes calldata answer) external {
        (_refuses, _answer) = (refuses, answer);
    }

    function width(bytes calldata) external pure returns (uint256) {
        return 16;
    }

    function features(bytes calldata, uint32, bytes calldata) external view returns (int256[] memory) {
        if (_refuses) revert OwnWords(7);
        bytes memory answer = _answer;
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
