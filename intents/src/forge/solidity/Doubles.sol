// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that lies when it is told to: takes a part of what is moved, or more than what is moved, keeps a holder's
/// from moving, shrinks, has a second address, or calls somebody whenever it is moved.
contract TrickToken is ERC20("Trick", "TRICK") {
    uint256 private _takenBps;
    uint256 private _surchargeBps;
    address private _frozen;
    address private _called;
    bytes private _call;

    error Frozen();

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function take(uint256 bps) external {
        _takenBps = bps;
    }

    function surcharge(uint256 bps) external {
        _surchargeBps = bps;
    }

    function call(address called, bytes calldata call_) external {
        (_called, _call) = (called, call_);
    }

    /// What its second address calls.
    function move(address from, address to, uint256 amount) external {
        _transfer(from, to, amount);
    }

    function freeze(address holder) external {
        _frozen = holder;
    }

    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == _frozen && from != address(0)) revert Frozen();
        if (_called != address(0)) {
            (bool done, bytes memory reason) = _called.call(_call);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
        uint256 taken = from == address(0) || to == address(0) ? 0 : amount * _takenBps / 10_000;
        super._update(from, to, amount - taken);
        if (taken != 0) super._update(from, address(0), taken);
        uint256 more = from == address(0) || to == address(0) ? 0 : amount * _surchargeBps / 10_000;
        if (more != 0) super._update(from, address(0), more);
    }
}

/// The second address of a token: the same balances.
contract SecondDoor {
    TrickToken private immutable _token;

    constructor(TrickToken token) {
        _token = token;
    }

    function balanceOf(address holder) external view returns (uint256) {
        return _token.balanceOf(holder);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _token.move(msg.sender, to, amount);
        return true;
    }
}

/// A source that says what it is told to say, word for word.
contract ToldSource {
    uint256 private immutable _width;
    bytes private _answer;

    constructor(uint256 width_) {
        _width = width_;
    }

    function width(bytes calldata) external view returns (uint256) {
        return _width;
    }

    function tell(bytes calldata answer) external {
        _answer = answer;
    }

    function features(bytes calldata, uint32, bytes calldata) external view returns (int256[] memory) {
        bytes memory answer = _answer;
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}

interface Payer {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external;
}

/// What calls itself a pool: asks for so much, so often, and gives nothing.
contract FalsePool {
    address public immutable token0;
    address public immutable token1;
    uint24 public constant fee = 500;
    int256 private _asked;
    uint256 private _times;

    constructor(address token0_, address token1_) {
        (token0, token1) = (token0_, token1_);
    }

    function ask(int256 amount, uint256 times) external {
        (_asked, _times) = (amount, times);
    }

    function swap(address, bool zeroForOne, int256, uint160, bytes calldata) external returns (int256, int256) {
        for (uint256 i = 0; i < _times; i++) {
            if (zeroForOne) Payer(msg.sender).uniswapV3SwapCallback(_asked, 0, "");
            else Payer(msg.sender).uniswapV3SwapCallback(0, _asked, "");
        }
        return (0, 0);
    }
}

/// A price feed that says what it is told to say: Chainlink's own aggregator takes a round of its oracles for each
/// answer, and cannot be told a time.
contract ToldFeed {
    uint8 public decimals = 8;
    int256 private _answer;
    uint256 private _startedAt;
    uint256 private _updatedAt;

    function scale(uint8 decimals_) external {
        decimals = decimals_;
    }

    function tell(int256 answer, uint256 startedAt, uint256 updatedAt) external {
        (_answer, _startedAt, _updatedAt) = (answer, startedAt, updatedAt);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, _startedAt, _updatedAt, 1);
    }

    function getRoundData(uint80 round) external view returns (uint80, int256, uint256, uint256, uint80) {
        return (round, _answer, _startedAt, _updatedAt, round);
    }
}
