// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TestToken} from "chain/TestToken.sol";
import {Vault} from "vault/Vault.sol";
import {VM, Vm} from "./Vm.sol";
import {World} from "./World.sol";

/// A token whose issuer lets one account be paid no more.
contract Shunning is ERC20("Shunning", "SHUN") {
    address private _shunned;

    error Shunned(address account);

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shun(address account) external {
        _shunned = account;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (to == _shunned && to != address(0)) revert Shunned(to);
        super._update(from, to, amount);
    }
}

/// Where exits go, and that nobody but who it is changes that.
contract Recipients is World(2_500_000) {
    address private constant NEXT = address(uint160(uint256(keccak256("next recipient"))));

    function _base() internal override returns (TestToken) {
        return TestToken(address(new Shunning()));
    }

    /// What is booked of a token that does not pay the recipient any more leaves through the next one.
    function test_aRecipientThatIsNotPaidHandsOver() external {
        Shunning(address(base)).shun(RECIPIENT);
        bytes memory exit = abi.encodeCall(vault.exit, (address(base), type(uint256).max));
        refused(OWNER, exit, Shunning.Shunned.selector);
        VM.recordLogs();
        VM.prank(RECIPIENT);
        vault.offerRecipient(NEXT);
        require(vault.recipient() == RECIPIENT && vault.pendingRecipient() == NEXT, "more than an offer");
        VM.prank(NEXT);
        vault.acceptRecipient();
        require(vault.recipient() == NEXT && vault.pendingRecipient() == address(0));
        Vm.Log[] memory logs = VM.getRecordedLogs();
        require(logs.length == 2);
        _told(logs[0], Vault.RecipientOffered.selector);
        _told(logs[1], Vault.RecipientChanged.selector);
        VM.prank(OWNER);
        vault.exit(address(base), type(uint256).max);
        require(base.balanceOf(NEXT) == 50_000e18 && booked(base) == 0);
        // All that leaves goes there now.
        quote.mint(address(vault), 3);
        VM.startPrank(OWNER);
        vault.exit(address(quote), 1e18);
        vault.sweep(address(quote));
        VM.stopPrank();
        require(quote.balanceOf(NEXT) == 1e18 + 3 && quote.balanceOf(RECIPIENT) == 0);
    }

    /// Not the owner, nor whom it is offered to.
    function test_onlyTheRecipientOffers() external {
        address[4] memory others_ = [OWNER, AGENT, NEXT, STRANGER];
        for (uint256 i = 0; i < 4; i++) {
            _refused(others_[i], abi.encodeCall(vault.offerRecipient, (others_[i])));
        }
        _handOver();
        _refused(RECIPIENT, abi.encodeCall(vault.offerRecipient, (RECIPIENT)));
    }

    /// It takes nothing out itself, and changes nothing else: it gets what the owner takes out from then on.
    function test_aThiefOfTheRecipientsKeyWaitsForTheOwner() external {
        _handOver();
        bytes[5] memory calls = [
            abi.encodeCall(vault.exit, (address(quote), 1)),
            abi.encodeCall(vault.sweep, (address(quote))),
            abi.encodeCall(vault.sweepEther, ()),
            abi.encodeCall(vault.setPolicy, (abi.encode(policy))),
            abi.encodeCall(vault.transferOwnership, (NEXT))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            refused(NEXT, calls[i], Ownable.OwnableUnauthorizedAccount.selector);
        }
        require(quote.balanceOf(NEXT) == 0 && booked(quote) == 50_000e18 && booked(base) == 50_000e18);
    }

    function test_onlyWhoItIsOfferedToAccepts() external {
        _refused(NEXT, abi.encodeCall(vault.acceptRecipient, ()));
        VM.prank(RECIPIENT);
        vault.offerRecipient(NEXT);
        address[4] memory others_ = [OWNER, AGENT, RECIPIENT, STRANGER];
        for (uint256 i = 0; i < 4; i++) {
            _refused(others_[i], abi.encodeCall(vault.acceptRecipient, ()));
        }
    }

    function test_anOfferIsTakenBackOrReplaced() external {
        VM.startPrank(RECIPIENT);
        vault.offerRecipient(NEXT);
        vault.offerRecipient(address(0));
        VM.stopPrank();
        _refused(NEXT, abi.encodeCall(vault.acceptRecipient, ()));
        VM.startPrank(RECIPIENT);
        vault.offerRecipient(NEXT);
        vault.offerRecipient(STRANGER);
        VM.stopPrank();
        _refused(NEXT, abi.encodeCall(vault.acceptRecipient, ()));
        // Who took the place, and gave it away, does not get it back by the old offer.
        _handOver();
        VM.prank(NEXT);
        vault.offerRecipient(RECIPIENT);
        VM.prank(RECIPIENT);
        vault.acceptRecipient();
        _refused(NEXT, abi.encodeCall(vault.acceptRecipient, ()));
        require(vault.recipient() == RECIPIENT);
    }

    function _handOver() private {
        VM.prank(RECIPIENT);
        vault.offerRecipient(NEXT);
        VM.prank(NEXT);
        vault.acceptRecipient();
    }

    function _refused(address from, bytes memory call) private {
        (bool done, bytes memory reason) = execute(from, call);
        require(!done, "not refused");
        require(keccak256(reason) == keccak256(abi.encodeWithSelector(Vault.NotRecipient.selector, from)));
    }

    function _told(Vm.Log memory log, bytes32 event_) private pure {
        require(log.topics.length == 3 && log.topics[0] == event_);
        require(log.topics[1] == bytes32(uint256(uint160(RECIPIENT))) && log.topics[2] == bytes32(uint256(uint160(NEXT))));
    }
}
