// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface Token {
    function transfer(address to, uint256 value) external returns (bool);
}

/// Calls markets, pays what they ask for, and logs what each call did and what stood there after it.
contract MarketDriver {
    event Done(bool ok, bytes returned, bytes[] state);

    address private token0;
    address private token1;

    function trade(address token0_, address token1_) external {
        token0 = token0_;
        token1 = token1_;
    }

    /// Several calls in one block. A call that reverts is logged, and the next one follows.
    function run(address[] calldata targets, bytes[] calldata calls, address[] calldata viewed, bytes[] calldata views)
        external
    {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory returned) = targets[i].call(calls[i]);
            bytes[] memory state = new bytes[](views.length);
            for (uint256 j = 0; j < views.length; j++) {
                (, state[j]) = viewed[j].staticcall(views[j]);
            }
            emit Done(ok, returned, state);
        }
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata) external {
        pay(token0, owed0);
        pay(token1, owed1);
    }

    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata) external {
        if (delta0 > 0) pay(token0, uint256(delta0));
        if (delta1 > 0) pay(token1, uint256(delta1));
    }

    /// data: the loan of each token and what is paid beyond it.
    function uniswapV3FlashCallback(uint256, uint256, bytes calldata data) external {
        (uint256 loan0, uint256 loan1, uint256 paid0, uint256 paid1) =
            abi.decode(data, (uint256, uint256, uint256, uint256));
        pay(token0, loan0 + paid0);
        pay(token1, loan1 + paid1);
    }

    /// data: what is paid of each token.
    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        (uint256 paid0, uint256 paid1) = abi.decode(data, (uint256, uint256));
        pay(token0, paid0);
        pay(token1, paid1);
    }

    /// A flash loan of a lending pool: the pool takes it back itself.
    function executeOperation(address, uint256, uint256, address, bytes calldata) external pure returns (bool) {
        return true;
    }

    function pay(address token, uint256 amount) private {
        if (amount > 0) Token(token).transfer(msg.sender, amount);
    }
}
