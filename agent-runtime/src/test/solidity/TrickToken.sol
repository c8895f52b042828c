// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// For tests: a token that no vault should hold. It takes a part of what is moved, or counts in shares of a total that
/// grows, as it is told. Anybody may mint.
contract TrickToken {
    error Frozen(address holder);

    string public name = "Trick";
    string public symbol;
    uint8 public immutable decimals;
    bool private immutable _inShares;

    uint256 private _takenBps;
    address private _spared;
    address private _frozen;
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    constructor(string memory symbol_, uint8 decimals_, bool inShares) {
        symbol = symbol_;
        decimals = decimals_;
        _inShares = inShares;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// From now on so much of what is moved is lost, but for what comes from or goes to one account.
    function take(uint256 bps, address spared) external {
        (_takenBps, _spared) = (bps, spared);
    }

    /// From now on it cannot move what it holds.
    function freeze(address holder) external {
        _frozen = holder;
    }

    /// As aTokens answer; of others it is no function.
    function scaledBalanceOf(address owner) external view returns (uint256) {
        require(_inShares);
        return balanceOf[owner];
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (from == _frozen) revert Frozen(from);
        balanceOf[from] -= amount;
        uint256 bps = from == _spared || to == _spared ? 0 : _takenBps;
        balanceOf[to] += amount - amount * bps / 10_000;
        return true;
    }
}
