// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// What a token does when it is moved, as a node simulates it: this code stands in for that of a holder, such as a pool,
/// and for that of an empty account, in one call that changes nothing. It is never deployed.
contract TransferProbe {
    using SafeERC20 for IERC20;

    /// Sends an amount to the other account, which sends back what it got, by an allowance.
    /// @return given what this account had less after the first transfer
    /// @return received what the other had more
    /// @return returned what the other had less after the second
    /// @return regained what this account had more
    function tryOut(IERC20 token, TransferProbe other, uint256 amount)
        external
        returns (uint256 given, uint256 received, uint256 returned, uint256 regained)
    {
        uint256 mine = token.balanceOf(address(this));
        uint256 theirs = token.balanceOf(address(other));
        token.safeTransfer(address(other), amount);
        given = _less(mine, token.balanceOf(address(this)));
        received = _less(token.balanceOf(address(other)), theirs);

        mine = token.balanceOf(address(this));
        theirs = token.balanceOf(address(other));
        other.allow(token, received);
        token.safeTransferFrom(address(other), address(this), received);
        returned = _less(theirs, token.balanceOf(address(other)));
        regained = _less(token.balanceOf(address(this)), mine);
    }

    /// Lets the caller take an amount.
    function allow(IERC20 token, uint256 amount) external {
        token.forceApprove(msg.sender, amount);
    }

    function _less(uint256 more, uint256 less) private pure returns (uint256) {
        return more > less ? more - less : 0;
    }
}
