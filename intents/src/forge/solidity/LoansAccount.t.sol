// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {AaveV3Account} from "vault/AaveV3Account.sol";
import {AaveV3Desk} from "vault/AaveV3Desk.sol";
import {IAaveV3Token} from "vault/IAaveV3.sol";
import {ILendingAccount, ILendingDesk, Loan, ReserveState} from "vault/ILendingDesk.sol";
import {AaveMarket, IAaveConfigurator, IAaveUser} from "./AaveMarket.sol";
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

/// What strangers do to an account.
contract AaveStrangers is Borrower {
    /// Features as of the next moment, hashed, and sizes.
    function _seen() private view returns (bytes32 features) {
        (uint256[] memory supplied, uint256[] memory owed, uint256[2][] memory rates, uint256[] memory thresholds) =
            _asOf(block.timestamp - block.timestamp % STEP);
        return keccak256(abi.encode(supplied, owed, rates, thresholds));
    }

    function _sizes() private view returns (uint256, uint256, uint256, uint256) {
        (ReserveState memory q, ReserveState memory b) = _look();
        return (q.supplied, q.owed, b.supplied, b.owed);
    }

    function test_giftsmovenothing() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        VM.warp(block.timestamp + 2 hours);
        account.checkpoint(STEP, tokens);
        _next();
        bytes32 seen = _seen();
        (uint256 a, uint256 b, uint256 c, uint256 d) = _sizes();
        VM.startPrank(STRANGER);
        pool.supply(address(quote), 500e18, address(account), 0);
        pool.supply(address(base), 500e18, address(account), 0);
        pool.repay(address(base), 100e18, 2, address(account));
        TestToken(market.supplyToken(address(quote))).transfer(address(account), 7e18);
        quote.transfer(address(account), 5e18);
        VM.stopPrank();
        require(_seen() == seen, "features moved");
        (uint256 a2, uint256 b2, uint256 c2, uint256 d2) = _sizes();
        require(a == a2 && b == b2 && c == c2 && d == d2, "sizes moved");
        // Nothing is stuck: what is owed is repaid, and no more; the rest stays with the vault.
        uint256 before = base.balanceOf(address(this));
        _move(Loan.REPAY, base, d);
        require(_scaled(base, true) == 0);
        require(before - base.balanceOf(address(this)) == d - 100e18, "repaid what a stranger had");
        (, uint256 owed) = account.booked(address(base));
        require(owed == 0);
        _move(Loan.WITHDRAW, quote, a);
        (uint256 supplied,) = account.booked(address(quote));
        require(supplied == 0 && _scaled(quote, false) > 500e18, "a gift is none of the books");
        // All there is, gifts too.
        before = base.balanceOf(address(this));
        _move(Loan.WITHDRAW, base, type(uint256).max);
        require(base.balanceOf(address(this)) - before >= 500e18 && _scaled(base, false) == 0);
    }

    function test_allrepaidbyastranger() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        VM.prank(STRANGER);
        pool.repay(address(base), 400e18, 2, address(account));
        uint256 before = base.balanceOf(address(this));
        _move(Loan.REPAY, base, 300e18);
        require(base.balanceOf(address(this)) == before && base.allowance(address(account), address(pool)) == 0);
        (, uint256 owed) = account.booked(address(base));
        require(owed == 0, "the books forget what nobody owes");
    }

    function test_syncforgetswhatothersrepaid() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        _next();
        VM.prank(STRANGER);
        pool.repay(address(base), 100e18, 2, address(account));
        account.sync(address(base), STEP);
        (, uint256 owed) = account.booked(address(base));
        require(owed == _scaled(base, true) && owed < 201e18);
        account.sync(address(quote), STEP);
        (uint256 supplied,) = account.booked(address(quote));
        require(supplied == 1000e18);
        (AaveV3Account.Book memory q, AaveV3Account.Book memory b) = account.book(address(base));
        require(q.changedAt == 0 && b.before == 300e18 && b.changedAt == block.timestamp);
    }

    function test_aflashloanofeverythingmovesnofeature() external {
        IAaveConfigurator admin = market.configurator();
        VM.prank(address(market));
        admin.updateFlashloanPremiumTotal(9);
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        VM.warp(block.timestamp + 2 hours);
        uint256 honest = VM.snapshotState();
        account.checkpoint(STEP, tokens);
        AaveV3Account.Point[3] memory points = account.checkpoints(address(base));
        _next();
        bytes32 features = _seen();
        VM.revertToState(honest);
        Flash flash = new Flash(account, pool, this);
        base.mint(address(flash), 10_000e18);
        pool.flashLoanSimple(address(flash), address(base), 990_000e18, "", 0);
        require(flash.poked());
        AaveV3Account.Point[3] memory others = account.checkpoints(address(base));
        require(keccak256(abi.encode(points)) == keccak256(abi.encode(others)), "a checkpoint moved");
        _next();
        require(_seen() == features, "a feature moved");
    }

    /// What `Vault.poke` is to anyone.
    function poke() external {
        account.checkpoint(STEP, tokens);
    }

    function test_liquidated() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 700e18);
        VM.warp(block.timestamp + 2 hours);
        account.checkpoint(STEP, tokens);
        market.oracle().tell(address(base), 1.18e8);
        VM.prank(STRANGER);
        pool.liquidationCall(address(quote), address(base), address(account), 200e18, false);
        (uint256 a, uint256 b, uint256 c, uint256 d) = _sizes();
        require(a < 800e18 && c == 0 && b == 0, "what is gone is not counted");
        require(d < 501e18 && d >= 500e18, "and what was repaid with it is not owed");
        account.sync(address(quote), STEP);
        account.sync(address(base), STEP);
        (uint256 a2,,, uint256 d2) = _sizes();
        require(a2 == a && d2 == d);
        _move(Loan.REPAY, base, d);
        _move(Loan.WITHDRAW, quote, a);
        require(!account.used(address(quote)) && !account.used(address(base)));
    }

    /// A gift that counts, and that nothing can be borrowed on, would hold back all else.
    function test_sweeping() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 100e18);
        address gift = market.supplyToken(address(base));
        address own = market.supplyToken(address(quote));
        VM.startPrank(STRANGER);
        pool.supply(address(base), 1e18, address(account), 0);
        quote.transfer(address(account), 5e18);
        VM.stopPrank();
        uint256 before = quote.balanceOf(address(this));
        VM.prank(STRANGER);
        account.sweep(address(quote));
        require(quote.balanceOf(address(this)) - before == 5e18);
        _refuses(
            address(account),
            abi.encodeCall(account.sweep, (own)),
            abi.encodeWithSelector(AaveV3Account.InUse.selector, own)
        );
        _refuses(
            address(account),
            abi.encodeCall(account.sweep, (gift)),
            abi.encodeWithSelector(AaveV3Account.InUse.selector, gift)
        );
        VM.prank(address(market));
        market.configurator().configureReserveAsCollateral(address(base), 0, 8000, 10_500);
        (ReserveState memory q,) = _look();
        require(q.ltvBps == 7500);
        // The market itself: 57 is LTV_VALIDATION_FAILED.
        _refuses(
            address(account),
            abi.encodeCall(account.move, (Loan.WITHDRAW, address(quote), 1e18, STEP)),
            abi.encodeWithSignature("Error(string)", "57")
        );
        account.sweep(gift);
        require(TestToken(gift).balanceOf(address(this)) == 1e18);
        _move(Loan.WITHDRAW, quote, 1e18);
        // What is booked stays, whatever it counts for.
        VM.prank(address(market));
        market.configurator().configureReserveAsCollateral(address(quote), 0, 8000, 10_500);
        _refuses(
            address(account),
            abi.encodeCall(account.sweep, (own)),
            abi.encodeWithSelector(AaveV3Account.InUse.selector, own)
        );
    }

    function test_addressesareonevaultsalone() external {
        address mine = desk.accountOf(address(this), address(pool));
        require(mine == address(account) && account.vault() == address(this) && account.pool() == pool);
        VM.prank(STRANGER);
        address theirs = desk.open(address(pool), 0, STEP, tokens);
        require(theirs != mine && theirs == desk.accountOf(STRANGER, address(pool)));
        require(AaveV3Account(theirs).vault() == STRANGER);
        require(desk.open(address(pool), 0, STEP, tokens) == mine, "opened twice");
        (address vault, address at) = desk.making();
        require(vault == address(0) && at == address(0));
    }
}

/// Takes all that a market has, and has the account look at it then.
contract Flash {
    AaveV3Account private immutable _account;
    IAaveUser private immutable _pool;
    AaveStrangers private immutable _vault;
    bool public poked;

    constructor(AaveV3Account account, IAaveUser pool, AaveStrangers vault) {
        (_account, _pool, _vault) = (account, pool, vault);
    }

    function executeOperation(address asset, uint256 amount, uint256 premium, address, bytes calldata)
        external
        returns (bool)
    {
        _vault.poke();
        poked = true;
        TestToken(asset).approve(address(_pool), amount + premium);
        return true;
    }
}

contract AaveCheckpoints is Borrower {
    function _count() private view returns (uint256 count, uint256 newest) {
        AaveV3Account.Point[3] memory points = account.checkpoints(address(quote));
        for (uint256 k = 0; k < 3; k++) {
            if (points[k].takenAt != 0) count++;
            if (points[k].takenAt > newest) newest = points[k].takenAt;
        }
    }

    function test_oneanhourandthreekept() external {
        (uint256 count, uint256 newest) = _count();
        require(count == 1 && newest == BEGIN, "opening takes one");
        VM.warp(BEGIN + 3599);
        account.checkpoint(STEP, tokens);
        (count, newest) = _count();
        require(count == 1, "within the hour");
        for (uint256 i = 1; i < 5; i++) {
            VM.warp(BEGIN + 3600 * i);
            account.checkpoint(STEP, tokens);
            (count, newest) = _count();
            require(count == (i < 3 ? i + 1 : 3) && newest == BEGIN + 3600 * i);
        }
    }

    function test_oneastep() external {
        VM.warp(BEGIN + 3600);
        account.checkpoint(1 days, tokens);
        (uint256 count,) = _count();
        require(count == 1, "within the step");
        VM.warp(BEGIN - BEGIN % 1 days + 1 days);
        account.checkpoint(1 days, tokens);
        (count,) = _count();
        require(count == 2);
    }

    function test_asofreadsthenewestbefore() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.SUPPLY, base, 1000e18);
        _move(Loan.BORROW, base, 500e18);
        VM.warp(BEGIN - BEGIN % STEP + 30 days);
        uint256 moment = block.timestamp;
        (uint256[] memory supplied, uint256[] memory owed, uint256[2][] memory rates, uint256[] memory thresholds) =
            _asOf(moment);
        require(supplied[0] == 1000e18 && owed[1] == 500e18 && owed[0] == 0 && rates[1][1] == 0);
        require(thresholds[0] == 8000 && thresholds[1] == 8000);
        // One as of the very moment is too late for it.
        account.checkpoint(STEP, tokens);
        (, uint256[] memory same,,) = _asOf(moment);
        require(same[1] == 500e18);
        VM.warp(moment + STEP);
        (supplied, owed, rates,) = _asOf(moment + STEP);
        require(owed[1] > 500e18 && supplied[1] > 1000e18);
        // 2 % and a little for its use: 500 of a million borrowed.
        require(rates[1][1] == 200 && rates[1][0] == 0 && rates[0][1] == 200, VM.toString(rates[1][1]));
        // What is not there any more as of then.
        (, uint256 now_) = _count();
        _refuses(
            address(account),
            abi.encodeCall(account.asOf, (uint32(BEGIN - 600), STEP, tokens)),
            abi.encodeWithSelector(AaveV3Account.NoCheckpoint.selector, quote, BEGIN - 600)
        );
        require(now_ == moment);
    }

    function test_changesofastepdonotmoveitsmoment() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _next();
        uint256 moment = block.timestamp;
        VM.warp(moment + 100);
        _move(Loan.WITHDRAW, quote, 400e18);
        VM.warp(moment + 200);
        _move(Loan.SUPPLY, quote, 50e18);
        (uint256[] memory supplied,,,) = _asOf(moment);
        require(supplied[0] == 1000e18, VM.toString(supplied[0]));
        (supplied,,,) = _asOf(moment + STEP);
        require(supplied[0] == 650e18, VM.toString(supplied[0]));
    }
}
