// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The part of an ERC-20 token that the vault calls. Tokens that charge a fee on transfer or rebase are not supported.
interface IERC20 {
    function balanceOf(address account) external view returns (uint256);

    function transfer(address to, uint256 amount) external returns (bool);

    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}
