// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {AaveV3Account} from "vault/AaveV3Account.sol";
import {AaveV3Desk} from "vault/AaveV3Desk.sol";
import {IAaveV3Token} from "vault/IAaveV3.sol";
import {ILendingAccount, ILendingDesk, Loan, ReserveState} from "vault/ILendingDesk.sol";
import {AaveMarket, IAaveUser} from "./AaveMarket.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// A vault's account at a market of Aave, with a contract in the vault's place that does as it is told.
abstract contract Borrower {
    uint256 internal constant BEGIN = 1_750_000_200;
    uint256 internal constant STEP = 600;
    address internal constant STRANGER = address(uint160(uint256(keccak256("stranger"))));

    AaveMarket internal market;
    IAaveUser internal pool;
    AaveV3Desk internal desk;
    AaveV3Account internal account;
    TestToken internal quote;
    TestToken internal base;
    address[] internal tokens;

    constructor() {
        VM.warp(BEGIN);
        market = new AaveMarket();
        pool = market.pool();
        (quote, base) = (TestToken(Deployed.token("Quote", "QUOTE")), TestToken(Deployed.token("Base", "BASE")));
        tokens = [address(quote), address(base)];
        desk = AaveV3Desk(Deployed.ours("AaveV3Desk", ""));
        for (uint256 i = 0; i < 2; i++) {
            market.list(TestToken(tokens[i]));
            _give(STRANGER, TestToken(tokens[i]), 10_000_000e18);
            VM.prank(STRANGER);
            pool.supply(tokens[i], 1_000_000e18, STRANGER, 0);
            TestToken(tokens[i]).mint(address(this), 1_000_000e18);
        }
        account = AaveV3Account(desk.open(address(pool), 0, STEP, tokens));
        quote.approve(address(account), type(uint256).max);
        base.approve(address(account), type(uint256).max);
    }

    function _give(address to, TestToken token, uint256 amount) internal {
        token.mint(to, amount);
        VM.prank(to);
        token.approve(address(pool), type(uint256).max);
    }

    function _move(Loan loan, TestToken token, uint256 amount) internal {
        account.move(loan, address(token), amount, STEP);
    }

    function _look() internal view returns (ReserveState memory ofQuote, ReserveState memory ofBase) {
        (, ReserveState[] memory states) = desk.look(address(this), address(pool), tokens, 3);
        return (states[0], states[1]);
    }

    function _asOf(uint256 moment)
        internal
        view
        returns (uint256[] memory supplied, uint256[] memory owed, uint256[2][] memory rates, uint256[] memory thresholds)
    {
        return account.asOf(uint32(moment), STEP, tokens);
    }

    function _next() internal {
        VM.warp(block.timestamp - block.timestamp % STEP + STEP);
    }

    function _scaled(TestToken token, bool debt) internal view returns (uint256) {
        address counted = debt ? market.debtToken(address(token)) : market.supplyToken(address(token));
        return IAaveV3Token(counted).scaledBalanceOf(address(account));
    }

    function _refuses(address target, bytes memory asked, bytes memory reason) internal {
        (bool done, bytes memory answer) = target.call(asked);
        require(!done, "not refused");
        require(keccak256(answer) == keccak256(reason), string.concat("another refusal: ", VM.toString(answer)));
    }
}

contract AaveAccounts is Borrower {
    function test_alifeofloans() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        require(quote.balanceOf(address(this)) == 999_000e18 && base.balanceOf(address(this)) == 1_000_300e18);
        (ReserveState memory q, ReserveState memory b) = _look();
        require(q.supplied == 1000e18 && q.owed == 0 && b.supplied == 0 && b.owed == 300e18);
        require(q.thresholdBps == 8000 && q.ltvBps == 7500 && q.price == 1e8 && b.repayable);
        require(q.liquid == 1_001_000e18 && b.liquid == 1_000_000e18 - 300e18 && b.borrowRoom == b.liquid);
        VM.warp(block.timestamp + 365 days);
        (q, b) = _look();
        require(b.owed > 300e18 && q.supplied == 1000e18);
        // A full repayment leaves nothing owed, and a full withdrawal nothing supplied.
        _move(Loan.REPAY, base, b.owed);
        require(_scaled(base, true) == 0, "dust of debt");
        _move(Loan.WITHDRAW, quote, q.supplied);
        require(!account.used(address(quote)) && !account.used(address(base)), "still in use");
        require(quote.balanceOf(address(account)) == 0 && base.balanceOf(address(account)) == 0);
        require(quote.allowance(address(account), address(pool)) == 0 && base.allowance(address(account), address(pool)) == 0);
    }

    function test_nobodyelse() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        VM.startPrank(STRANGER);
        _refuses(
            address(account),
            abi.encodeCall(account.move, (Loan.WITHDRAW, address(quote), 1, STEP)),
            abi.encodeWithSelector(AaveV3Account.NotVault.selector, STRANGER)
        );
        VM.stopPrank();
        VM.prank(STRANGER);
        try account.checkpoint(STEP, tokens) {
            revert("a stranger's checkpoint");
        } catch (bytes memory reason) {
            require(bytes4(reason) == AaveV3Account.NotVault.selector);
        }
        VM.prank(STRANGER);
        try account.sync(address(quote), STEP) {
            revert("a stranger's sync");
        } catch (bytes memory reason) {
            require(bytes4(reason) == AaveV3Account.NotVault.selector);
        }
        VM.prank(STRANGER);
        try account.enter(1, STEP, tokens) {
            revert("a stranger's category");
        } catch (bytes memory reason) {
            require(bytes4(reason) == AaveV3Account.NotDesk.selector);
        }
    }
}
