// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {AaveV3Account} from "vault/AaveV3Account.sol";
import {AaveV3Desk} from "vault/AaveV3Desk.sol";
import {Loan, ReserveState} from "vault/ILendingDesk.sol";
import {IAaveConfigurator, ToldPrices} from "./AaveMarket.sol";
import {Deployed} from "./Deployed.sol";
import {Borrower} from "./LoansAccount.t.sol";
import {Etch} from "./LoansEngine.t.sol";
import {VM} from "./Vm.sol";

/// What the desk says a market would bear, against what it bears.
contract AaveDesk is Borrower {
    uint8 private constant STABLES = 1;


    function _check(uint256 eMode, bool borrowable) private view {
        uint256[] memory decimals = new uint256[](2);
        (decimals[0], decimals[1]) = (18, 18);
        bool[] memory borrowables = new bool[](2);
        borrowables[1] = borrowable;
        desk.check(address(pool), eMode, tokens, decimals, borrowables);
    }

    /// @notice for `try`
    function checked(uint256 eMode, bool borrowable) external view {
        _check(eMode, borrowable);
    }

    function _refusesCheck(uint256 eMode, bool borrowable, bytes memory reason) private {
        _refuses(address(this), abi.encodeCall(this.checked, (eMode, borrowable)), reason);
    }

    function test_whatitrefuses() external {
        IAaveConfigurator admin = market.configurator();
        _check(0, true);
        uint256 fresh = VM.snapshotState();
        VM.prank(address(market));
        admin.setReserveFreeze(address(base), true);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.ReserveNotLive.selector, base, true, true, false));
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setReservePause(address(base), true);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.ReserveNotLive.selector, base, true, false, true));
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setReserveBorrowing(address(base), false);
        _check(0, false);
        _refusesCheck(0, true, abi.encodeWithSelector(AaveV3Desk.BorrowingDisabled.selector, base));
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setSiloedBorrowing(address(base), true);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.SiloedReserve.selector, base));
        VM.revertToState(fresh);
        TestToken lone = TestToken(Deployed.token("Lone", "LONE"));
        market.list(lone);
        VM.prank(address(market));
        admin.setDebtCeiling(address(lone), 1_000_000_00);
        tokens[1] = address(lone);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.IsolatedReserve.selector, lone));
        tokens[1] = address(this);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.NotAReserve.selector, pool, this));
        tokens[1] = address(base);
        market.oracle().tell(address(base), 0);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.NoPrice.selector, base, 0));
        market.oracle().tell(address(base), 1 << 96);
        _refusesCheck(0, false, abi.encodeWithSelector(AaveV3Desk.NoPrice.selector, base, 1 << 96));
        market.oracle().tell(address(base), (1 << 96) - 1);
        _check(0, true);
        _refusesCheck(7, false, abi.encodeWithSelector(AaveV3Desk.NoSuchCategory.selector, pool, 7));
    }

    function test_decimals() external {
        uint256[] memory decimals = new uint256[](2);
        (decimals[0], decimals[1]) = (18, 6);
        _refuses(
            address(desk),
            abi.encodeCall(desk.check, (address(pool), 0, tokens, decimals, new bool[](2))),
            abi.encodeWithSelector(AaveV3Desk.WrongDecimals.selector, base, 18, 6)
        );
    }

    function test_acategory() external {
        IAaveConfigurator admin = market.configurator();
        VM.startPrank(address(market));
        admin.setEModeCategory(STABLES, 9300, 9500, 10_100, address(0), "stables");
        VM.stopPrank();
        _refusesCheck(STABLES, false, abi.encodeWithSelector(AaveV3Desk.NotInCategory.selector, quote, STABLES));
        VM.prank(address(market));
        admin.setAssetEModeCategory(address(quote), STABLES);
        _check(STABLES, false);
        _refusesCheck(STABLES, true, abi.encodeWithSelector(AaveV3Desk.NotInCategory.selector, base, STABLES));
        VM.prank(address(market));
        admin.setAssetEModeCategory(address(base), STABLES);
        _check(STABLES, true);
        require(desk.open(address(pool), STABLES, STEP, tokens) == address(account));
        require(pool.getUserEMode(address(account)) == STABLES);
        _move(Loan.SUPPLY, quote, 1000e18);
        (ReserveState memory q, ReserveState memory b) = _look();
        require(q.thresholdBps == 9500 && q.ltvBps == 9300 && b.borrowRoom == 1_000_000e18);
        _move(Loan.BORROW, base, 925e18);
        // The category's own price, where it has one.
        VM.prank(address(market));
        admin.setEModeCategory(STABLES, 9300, 9500, 10_100, address(this), "stables");
        (q, b) = _look();
        require(q.price == 1e8, "no price of its own: the asset's");
        market.oracle().tell(address(this), 1.5e8);
        (q, b) = _look();
        require(q.price == 1.5e8 && b.price == 1.5e8);
        // Nobody leaves it while what is owed needs it: the market's words, INCONSISTENT_EMODE_CATEGORY's or health's.
        market.oracle().tell(address(this), 0);
        _refuses(
            address(desk),
            abi.encodeCall(desk.open, (address(pool), 0, STEP, tokens)),
            abi.encodeWithSignature("Error(string)", "35")
        );
        // Outside of the category the terms are the reserve's own.
        VM.prank(address(market));
        admin.setAssetEModeCategory(address(quote), 0);
        (q, b) = _look();
        require(q.thresholdBps == 8000 && q.ltvBps == 7500);
        VM.prank(address(market));
        admin.setAssetEModeCategory(address(base), 0);
        (q, b) = _look();
        require(b.borrowRoom == 0, "not of the category");
    }

    function test_roomsofwhatisstopped() external {
        IAaveConfigurator admin = market.configurator();
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        uint256 fresh = VM.snapshotState();
        VM.prank(address(market));
        admin.setReserveFreeze(address(base), true);
        (, ReserveState memory b) = _look();
        require(b.supplyRoom == 0 && b.borrowRoom == 0 && b.repayable && b.liquid != 0 && b.owed == 300e18);
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setReservePause(address(base), true);
        (, b) = _look();
        require(b.supplyRoom == 0 && b.borrowRoom == 0 && !b.repayable && b.liquid == 0 && b.owed == 300e18);
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setReserveBorrowing(address(base), false);
        (, b) = _look();
        require(b.supplyRoom != 0 && b.borrowRoom == 0 && b.repayable && b.liquid != 0);
        VM.revertToState(fresh);
        // Not asked for.
        (, ReserveState[] memory states) = desk.look(address(this), address(pool), tokens, 1);
        require(states[1].borrowRoom == 0 && states[0].borrowRoom != 0);
    }

    /// All that is said to be there is there, and not a hundredth more of it, however long nobody touched the market.
    function test_caps() external {
        IAaveConfigurator admin = market.configurator();
        VM.startPrank(STRANGER);
        pool.borrow(address(base), 500_000e18, 2, 0, STRANGER);
        pool.borrow(address(quote), 100_000e18, 2, 0, STRANGER);
        VM.stopPrank();
        VM.startPrank(address(market));
        admin.setSupplyCap(address(quote), 1_040_000);
        admin.setBorrowCap(address(base), 560_000);
        VM.stopPrank();
        VM.warp(block.timestamp + 300 days);
        (ReserveState memory q, ReserveState memory b) = _look();
        require(q.supplyRoom > 30_000e18 && q.supplyRoom < 40_000e18 && b.borrowRoom > 10_000e18 && b.borrowRoom < 60_000e18);
        uint256 fresh = VM.snapshotState();
        _refuses(
            address(account),
            abi.encodeCall(account.move, (Loan.SUPPLY, address(quote), q.supplyRoom * 101 / 100, STEP)),
            abi.encodeWithSignature("Error(string)", "51")
        );
        _move(Loan.SUPPLY, quote, q.supplyRoom);
        VM.revertToState(fresh);
        VM.prank(address(market));
        admin.setSupplyCap(address(quote), 0);
        _move(Loan.SUPPLY, quote, 300_000e18);
        _refuses(
            address(account),
            abi.encodeCall(account.move, (Loan.BORROW, address(base), b.borrowRoom * 1001 / 1000, STEP)),
            abi.encodeWithSignature("Error(string)", "50")
        );
        _move(Loan.BORROW, base, b.borrowRoom);
        VM.prank(address(market));
        admin.setBorrowCap(address(base), 1);
        (, b) = _look();
        require(b.borrowRoom == 0);
    }

    /// What others have borrowed is not there to be paid out.
    function test_liquid() external {
        _move(Loan.SUPPLY, base, 1000e18);
        VM.startPrank(STRANGER);
        pool.supply(address(quote), 5_000_000e18, STRANGER, 0);
        pool.borrow(address(base), 1_000_900e18, 2, 0, STRANGER);
        VM.stopPrank();
        (, ReserveState memory b) = _look();
        require(b.liquid == 100e18 && b.supplied == 1000e18 && b.borrowRoom == 100e18);
        _move(Loan.WITHDRAW, base, b.liquid);
    }

    /// Until what counts for nothing is gone, the market lets nothing else go.
    function test_zeroesfirst() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.SUPPLY, base, 1000e18);
        VM.prank(address(market));
        market.configurator().configureReserveAsCollateral(address(base), 0, 8000, 10_500);
        (ReserveState memory q, ReserveState memory b) = _look();
        require(q.liquid != 0 && b.liquid != 0, "nothing is owed");
        _move(Loan.BORROW, quote, 100e18);
        (q, b) = _look();
        require(q.liquid == 0 && b.liquid != 0 && b.ltvBps == 0 && b.thresholdBps == 8000);
        _move(Loan.WITHDRAW, base, 1000e18);
        (q, b) = _look();
        require(q.liquid != 0);
        _move(Loan.WITHDRAW, quote, 1e18);
    }

    /// A supply that was none of a collateral at first becomes one.
    function test_collateralafterastranger() external {
        VM.prank(address(market));
        market.configurator().configureReserveAsCollateral(address(quote), 0, 8000, 10_500);
        VM.prank(STRANGER);
        pool.supply(address(quote), 1e18, address(account), 0);
        (ReserveState memory q,) = _look();
        require(q.thresholdBps == 0, "is no collateral");
        VM.prank(address(market));
        market.configurator().configureReserveAsCollateral(address(quote), 7500, 8000, 10_500);
        _move(Loan.SUPPLY, quote, 1000e18);
        (q,) = _look();
        require(q.thresholdBps == 8000);
        _move(Loan.BORROW, base, 700e18);
    }

    function test_health() external {
        require(desk.health(address(account)) == type(uint256).max);
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 500e18);
        require(desk.health(address(account)) == 1.6e18);
    }

    /// Who owes nothing can always unwind.
    function test_withoutdebtnopricematters() external {
        _move(Loan.SUPPLY, quote, 1000e18);
        Etch(address(VM)).etch(address(market.oracle()), hex"fe");
        require(desk.health(address(account)) == type(uint256).max);
    }

    /// forge-config: default.fuzz.runs = 24
    /// Over many tiny moves the books never say more than is there, and next to nothing is lost.
    function test_manytinymoves(uint256 seed) external {
        _move(Loan.SUPPLY, quote, 1000e18);
        _move(Loan.BORROW, base, 300e18);
        VM.warp(block.timestamp + 400 days);
        (ReserveState memory q0, ReserveState memory b0) = _look();
        for (uint256 i = 0; i < 24; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 amount = 3 + seed % 50;
            if (seed >> 250 & 3 == 0) {
                _move(Loan.SUPPLY, quote, amount);
            } else if (seed >> 250 & 3 == 1) {
                _move(Loan.WITHDRAW, quote, amount);
            } else if (seed >> 250 & 3 == 2) {
                _move(Loan.BORROW, base, amount);
            } else {
                _move(Loan.REPAY, base, amount);
            }
            (uint256 supplied,) = account.booked(address(quote));
            (, uint256 owed) = account.booked(address(base));
            require(supplied <= _scaled(quote, false) && owed <= _scaled(base, true), "books beyond what is there");
        }
        (ReserveState memory q, ReserveState memory b) = _look();
        require(q.supplied + 24 * 52 >= q0.supplied && b.owed <= b0.owed + 24 * 52);
        _move(Loan.REPAY, base, b.owed);
        _move(Loan.WITHDRAW, quote, q.supplied);
        require(!account.used(address(quote)) && _scaled(base, true) == 0);
    }

    /// Whoever pays for loans from a reserve with next to nothing in it raises its index for all: what is booked is worth
    /// what was given, before and after.
    function test_aninflatedindextakesnothing() external {
        IAaveConfigurator admin = market.configurator();
        VM.prank(address(market));
        admin.updateFlashloanPremiumTotal(10);
        TestToken thin = TestToken(Deployed.token("Thin", "THIN"));
        market.list(thin);
        thin.mint(address(this), 1000e18);
        thin.approve(address(account), type(uint256).max);
        _give(STRANGER, thin, 1000e18);
        VM.prank(STRANGER);
        pool.supply(address(thin), 1e12, STRANGER, 0);
        _inflated(thin, 1e15);
        require(pool.getReserveNormalizedIncome(address(thin)) > 1.8e27, "not inflated");
        _move(Loan.SUPPLY, thin, 100e18);
        address[] memory one = new address[](1);
        one[0] = address(thin);
        (, ReserveState[] memory states) = desk.look(address(this), address(pool), one, 0);
        require(states[0].supplied <= 100e18 && states[0].supplied + 2 >= 100e18, "worth what was given");
        _inflated(thin, 1e18);
        uint256 before = thin.balanceOf(address(this));
        _move(Loan.WITHDRAW, thin, states[0].supplied);
        require(thin.balanceOf(address(this)) - before == states[0].supplied);
    }

    function _inflated(TestToken thin, uint256 amount) private {
        VM.prank(STRANGER);
        thin.transfer(market.supplyToken(address(thin)), amount);
        Payer payer = new Payer();
        thin.mint(address(payer), amount);
        pool.flashLoanSimple(address(payer), address(thin), amount, "", 0);
    }
}

/// Pays for a loan what it costs.
contract Payer {
    function executeOperation(address asset, uint256 amount, uint256 premium, address, bytes calldata)
        external
        returns (bool)
    {
        TestToken(asset).approve(msg.sender, amount + premium);
        return true;
    }
}

/// Later revisions, by what they answer.
contract LaterPool {
    uint256 public POOL_REVISION;
    ToldPrices public getPriceOracle = new ToldPrices();
    uint256[15] private _words;
    mapping(uint8 id => uint256) public getEModeCategoryCollateralBitmap;
    mapping(uint8 id => uint256) public getEModeCategoryBorrowableBitmap;
    mapping(uint8 id => uint256) public getEModeCategoryLtvzeroBitmap;
    mapping(uint8 id => bool) public getIsEModeCategoryIsolated;

    function ADDRESSES_PROVIDER() external view returns (address) {
        return address(this);
    }

    function be(uint256 revision, uint256 config, uint256 collaterals, uint256 borrowables, uint256 zeroes, bool isolated)
        external
    {
        POOL_REVISION = revision;
        _words[0] = config;
        (_words[1], _words[7], _words[8], _words[10]) = (1e27, 3, uint160(address(this)), uint160(address(this)));
        (getEModeCategoryCollateralBitmap[1], getEModeCategoryBorrowableBitmap[1]) = (collaterals, borrowables);
        (getEModeCategoryLtvzeroBitmap[1], getIsEModeCategoryIsolated[1]) = (zeroes, isolated);
        getPriceOracle.tell(address(this), 1e8);
    }

    function getReserveData(address) external view returns (uint256[15] memory) {
        return _words;
    }

    function getConfiguration(address) external view returns (uint256) {
        return _words[0];
    }

    function getUserEMode(address) external pure returns (uint256) {
        return 0;
    }

    function getUserConfiguration(address) external pure returns (uint256) {
        return 0;
    }

    function getEModeCategoryCollateralConfig(uint8) external pure returns (uint256[3] memory) {
        return [uint256(9000), 9300, 10_100];
    }

    function getVirtualUnderlyingBalance(address) external pure returns (uint128) {
        return 77;
    }

    function getReserveNormalizedIncome(address) external pure returns (uint256) {
        return 1e27;
    }

    function getReserveNormalizedVariableDebt(address) external pure returns (uint256) {
        return 1e27;
    }

    /// As its own token.
    function balanceOf(address) external pure returns (uint256) {
        return 1000;
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }
}

contract LaterMarkets is Borrower {
    uint256 private constant LIVE = 1 << 56 | 18 << 48 | 8000 << 16 | 7500;
    uint256 private constant OPEN = LIVE | 1 << 58;
    uint256 private constant MINE = 1 << 3;

    LaterPool private immutable _later = new LaterPool();

    /// @notice for `try`
    function checked(uint256 eMode, bool borrowable) public view {
        address[] memory one = new address[](1);
        one[0] = address(_later);
        uint256[] memory decimals = new uint256[](1);
        decimals[0] = 18;
        bool[] memory borrowables = new bool[](1);
        borrowables[0] = borrowable;
        desk.check(address(_later), eMode, one, decimals, borrowables);
    }

    function _refusesCheck(uint256 eMode, bool borrowable, bytes memory reason) private {
        _refuses(address(this), abi.encodeCall(this.checked, (eMode, borrowable)), reason);
    }

    function _liquid() private view returns (uint256) {
        address[] memory one = new address[](1);
        one[0] = address(_later);
        (, ReserveState[] memory states) = desk.look(STRANGER, address(_later), one, 0);
        return states[0].liquid;
    }

    function _terms() private view returns (uint256) {
        (uint256 threshold, uint256 ltv) = desk.termsOf(address(_later), 1, address(_later));
        return threshold * 10_000 + ltv;
    }

    function test_revisions() external {
        _later.be(11, OPEN, 0, 0, 0, false);
        checked(0, true);
        _later.be(12, OPEN, 0, 0, 0, false);
        _refusesCheck(0, true, abi.encodeWithSelector(AaveV3Desk.UnknownRevision.selector, _later, 12));
        _later.be(0, OPEN, 0, 0, 0, false);
        _refusesCheck(0, true, abi.encodeWithSelector(AaveV3Desk.UnknownRevision.selector, _later, 0));
        // A ceiling that is left from before there were none.
        _later.be(11, OPEN | 5 << 212 | 1 << 62, 0, 0, 0, false);
        checked(0, true);
        _later.be(10, OPEN | 5 << 212, 0, 0, 0, false);
        _refusesCheck(0, true, abi.encodeWithSelector(AaveV3Desk.IsolatedReserve.selector, _later));
        // Virtual accounting's bit is none of the ceiling.
        _later.be(10, OPEN | 1 << 252, 0, 0, 0, false);
        checked(0, true);
    }

    function test_whatisthere() external {
        _later.be(3, OPEN, 0, 0, 0, false);
        require(_liquid() == 1000);
        _later.be(4, OPEN, 0, 0, 0, false);
        require(_liquid() == 1000, "not counted by the market");
        _later.be(4, OPEN | 1 << 252, 0, 0, 0, false);
        require(_liquid() == 77);
        _later.be(7, OPEN, 0, 0, 0, false);
        require(_liquid() == 1000);
        _later.be(8, OPEN, 0, 0, 0, false);
        require(_liquid() == 77);
    }

    function test_categories() external {
        _later.be(5, OPEN, MINE, MINE, MINE, true);
        checked(1, true);
        require(_terms() == 9300_9000, "no zeroes and no isolation yet");
        _later.be(5, OPEN, MINE, 0, 0, false);
        _refusesCheck(1, true, abi.encodeWithSelector(AaveV3Desk.NotInCategory.selector, _later, 1));
        _later.be(5, LIVE, MINE, MINE, 0, false);
        _refusesCheck(1, true, abi.encodeWithSelector(AaveV3Desk.BorrowingDisabled.selector, _later));
        _later.be(10, LIVE, MINE, MINE, MINE, true);
        checked(1, true);
        require(_terms() == 9300_0000, "a zero of its own");
        _later.be(10, LIVE, 0, MINE, 0, true);
        _refusesCheck(1, true, abi.encodeWithSelector(AaveV3Desk.NotInCategory.selector, _later, 1));
        require(_terms() == 8000_7500);
        _later.be(11, LIVE, 0, MINE, 0, true);
        require(_terms() == 8000_0000, "isolated");
        _later.be(11, LIVE, MINE, MINE, 0, true);
        require(_terms() == 9300_9000);
    }
}
