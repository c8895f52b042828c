// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// What a token does when it is moved, as a node simulates it: this code stands in for that of a holder, such as a pool,
/// and for that of two empty accounts, in one call that changes nothing. It is never deployed.
contract TransferProbe {
    using SafeERC20 for IERC20;

    /// What one account had less, and the other more.
    struct Moved {
        uint256 given;
        uint256 received;
    }

    /// Sends an amount round: to one account, from it to another, and back by an allowance. A fee may be taken of any of
    /// the three, since tokens know pools.
    function tryOut(IERC20 token, TransferProbe one, TransferProbe other, uint256 amount)
        external
        returns (Moved memory away, Moved memory between, Moved memory back)
    {
        away = _sent(this, address(one), token, amount);
        between = _sent(one, address(other), token, away.received);
        uint256 mine = token.balanceOf(address(this));
        uint256 theirs = token.balanceOf(address(other));
        other.allow(token, between.received);
        token.safeTransferFrom(address(other), address(this), between.received);
        back = Moved(
            _less(theirs, token.balanceOf(address(other))), _less(token.balanceOf(address(this)), mine)
        );
    }

    /// Lets the caller take an amount.
    function allow(IERC20 token, uint256 amount) external {
        token.forceApprove(msg.sender, amount);
    }

    /// Sends an amount.
    function send(IERC20 token, address to, uint256 amount) external {
        token.safeTransfer(to, amount);
    }

    function _sent(TransferProbe from, address to, IERC20 token, uint256 amount) private returns (Moved memory) {
        uint256 mine = token.balanceOf(address(from));
        uint256 theirs = token.balanceOf(to);
        from.send(token, to, amount);
        return Moved(_less(mine, token.balanceOf(address(from))), _less(token.balanceOf(to), theirs));
    }

    function _less(uint256 more, uint256 less) private pure returns (uint256) {
        return more > less ? more - less : 0;
    }
}
