// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {AaveV3Account} from "vault/AaveV3Account.sol";
import {AaveV3Desk} from "vault/AaveV3Desk.sol";
import {IAaveV3Token} from "vault/IAaveV3.sol";
import {Loan, ReserveState} from "vault/ILendingDesk.sol";
import {LoanEngine} from "vault/LoanEngine.sol";
import {Feature, HOLD, Reserve, ReserveLimits} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {Vault} from "vault/Vault.sol";
import {AaveMarket, IAaveConfigurator, IAaveUser} from "./AaveMarket.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

/// Cheat codes that only these tests use.
interface Meter {
    struct Gas {
        uint64 limit;
        uint64 totalUsed;
        uint64 memoryUsed;
        int64 refunded;
        uint64 remaining;
    }

    function lastCallGas() external view returns (Gas memory gas);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function etch(address place, bytes calldata code) external;
}

/// A vault that lends and borrows QUOTE and BASE at the published contracts of Aave v3.0.
abstract contract Lender is World(2_500_000) {
    uint256 internal constant FLOOR = 1.5e18;
    /// Supplies all but 250 of BASE, and owes three tenths of its value in QUOTE.
    uint256 internal constant LEVER = 0;
    /// Sells BASE down to a tenth, and owes nothing.
    uint256 internal constant SHRINK = 2;
    /// Supplies nothing, owes nothing.
    uint256 internal constant CLOSE = 3;
    /// Everything at once: sells, takes back, borrows, repays and supplies.
    uint256 internal constant ALL = 4;
    /// Takes nothing, and gives nothing.
    uint256 internal constant STAY = 5;

    AaveMarket internal market;
    IAaveUser internal pool;
    AaveV3Desk internal desk;
    AaveV3Account internal account;

    constructor() {
        market = new AaveMarket();
        pool = market.pool();
        desk = AaveV3Desk(Deployed.ours("AaveV3Desk", ""));
        TestToken[2] memory tokens = [quote, base];
        policy.parts.lending.desk = address(desk);
        policy.parts.lending.pool = address(pool);
        policy.limits.healthFloorBps = 15_000;
        for (uint256 i = 0; i < 2; i++) {
            market.list(tokens[i]);
            tokens[i].mint(STRANGER, 10_000_000e18);
            VM.startPrank(STRANGER);
            tokens[i].approve(address(pool), type(uint256).max);
            pool.supply(address(tokens[i]), 1_000_000e18, STRANGER, 0);
            VM.stopPrank();
            policy.parts.lending.reserves.push(Reserve(uint8(i), true));
            policy.limits.reserves.push(ReserveLimits(60_000e18, 30_000e18));
        }
        policy.model.directions = [15, 15, 15, 15, 15, 1];
        policy.model.targets = [HOLD, HOLD, HOLD, HOLD, 1000, HOLD, HOLD, HOLD, 3000, HOLD, HOLD, HOLD];
        policy.model.lendingTargets = [
            HOLD, 3000, 9950, HOLD, HOLD, HOLD, HOLD, HOLD, HOLD, 0, HOLD, HOLD,
            0, 0, 0, 0, 5000, 2000, 7000, 500, HOLD, 3000, 9950, HOLD
        ];
        policy.model.program.push(Feature(address(0), 9, hex"01"));
        key = modelKey(31, 6);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        revise();
        account = AaveV3Account(desk.accountOf(address(vault), address(pool)));
    }

    function asked(uint256 class) internal returns (bytes memory) {
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints) = deciding(class);
        return abi.encodeCall(vault.execute, (d, hints, sourceHints, ""));
    }

    function deciding(uint256 class)
        internal
        returns (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints)
    {
        d = decision(class);
        hints = engine.locate(vault.state().policyAt, d.asOf);
        sourceHints = new bytes[](3);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        PolicyEngine.Plan memory plan = engine.plan(vault.planInput(d.asOf, d.maxSlippageBps, d.outputs, hints));
        int256[] memory x = vault.featuresAt(d.asOf, plan.refs, sourceHints);
        verifier.authorise(key, x, d.outputs, vault.contextOf(d));
    }

    function decide(uint256 class) internal {
        executed(asked(class));
        pass(1);
    }

    /// 49,750 BASE supplied, 14,925 QUOTE owed.
    function levered() internal {
        decide(LEVER);
        decide(LEVER);
    }

    function states() internal view returns (ReserveState memory ofQuote, ReserveState memory ofBase) {
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(quote), address(base));
        (, ReserveState[] memory found) = desk.look(address(vault), address(pool), tokens, 3);
        return (found[0], found[1]);
    }

    /// The books are what is there, and nothing is left on the way.
    function settled() internal view {
        require(booked(quote) == quote.balanceOf(address(vault)) && booked(base) == base.balanceOf(address(vault)));
        require(quote.balanceOf(address(account)) == 0 && base.balanceOf(address(account)) == 0);
        require(quote.allowance(address(vault), address(account)) == 0);
        require(base.allowance(address(vault), address(account)) == 0);
        require(quote.allowance(address(account), address(pool)) == 0);
        require(base.allowance(address(account), address(pool)) == 0);
    }

    function _admin() internal view returns (IAaveConfigurator) {
        return market.configurator();
    }
}

contract LendingVaults is Lender {
    function test_alife() external {
        levered();
        (ReserveState memory q, ReserveState memory b) = states();
        require(b.supplied == 49_750e18 && q.owed >= 14_925e18 && q.owed < 14_926e18);
        require(booked(quote) == 64_925e18 && booked(base) == 250e18);
        settled();
        // All of it in one plan: BASE is sold out of what is supplied, taken back and borrowed, QUOTE repaid and supplied.
        decide(ALL);
        (q, b) = states();
        require(q.owed < 12_000e18 && q.supplied > 10_000e18 && b.owed > 100e18 && b.supplied < 40_000e18);
        settled();
        for (uint256 i = 0; i < 4; i++) {
            decide(CLOSE);
            (q, b) = states();
            if (!account.used(address(quote)) && !account.used(address(base))) break;
        }
        require(!account.used(address(quote)) && !account.used(address(base)), "not closed");
        require(IAaveV3Token(market.debtToken(address(quote))).scaledBalanceOf(address(account)) == 0, "dust of debt");
        require(IAaveV3Token(market.debtToken(address(base))).scaledBalanceOf(address(account)) == 0, "dust of debt");
        settled();
    }

    function test_soldoutofwhatissupplied() external {
        levered();
        uint256 supplied;
        uint256 owed;
        {
            (ReserveState memory q, ReserveState memory b) = states();
            (supplied, owed) = (b.supplied, q.owed);
        }
        // 250 are free, and what is sold is more.
        decide(SHRINK);
        (ReserveState memory q2, ReserveState memory b2) = states();
        require(b2.supplied < supplied && q2.owed == 0 && owed != 0);
        settled();
    }

    /// Below the floor, a plan that repays goes through, and health rises; one that borrows does not.
    function test_gap() external {
        levered();
        decide(SHRINK);
        levered();
        market.oracle().tell(address(base), 0.45e8);
        uint256 health = desk.health(address(account));
        require(health < FLOOR && health > 1e18, VM.toString(health));
        executed(asked(SHRINK));
        require(desk.health(address(account)) > health);
        settled();
    }

    /// The market's price falls between a proof and its execution: as much is borrowed as leaves the floor.
    function test_borrowingless() external {
        decide(LEVER);
        bytes memory call = asked(LEVER);
        market.oracle().tell(address(base), 0.3e8);
        executed(call);
        (ReserveState memory q,) = states();
        require(q.owed > 7900e18 && q.owed < 7960e18, VM.toString(q.owed));
        uint256 health = desk.health(address(account));
        require(health >= FLOOR && health < FLOOR * 1001 / 1000, VM.toString(health));
        settled();
    }

    /// What stands in the way between a proof and its execution is said, and the same proof goes when it is gone.
    function test_hindered() external {
        bytes memory call = asked(LEVER);
        IAaveConfigurator admin = _admin();
        VM.prank(address(market));
        admin.setReserveFreeze(address(base), true);
        refused(AGENT, call, LoanEngine.LoanHindered.selector);
        VM.prank(address(market));
        admin.setReserveFreeze(address(base), false);
        VM.prank(address(market));
        admin.setReservePause(address(base), true);
        refused(AGENT, call, LoanEngine.LoanHindered.selector);
        VM.prank(address(market));
        admin.setReservePause(address(base), false);
        VM.prank(address(market));
        admin.setSupplyCap(address(base), 1_000_000);
        refused(AGENT, call, LoanEngine.LoanHindered.selector);
        // As much as there is room for.
        VM.prank(address(market));
        admin.setSupplyCap(address(base), 1_005_000);
        executed(call);
        (, ReserveState memory b) = states();
        require(b.supplied > 4999e18 && b.supplied < 5000e18);
        pass(1);
        VM.prank(address(market));
        admin.setReserveBorrowing(address(quote), false);
        VM.prank(address(market));
        admin.setSupplyCap(address(base), 0);
        // Supplying still goes.
        decide(LEVER);
        (ReserveState memory q, ReserveState memory b2) = states();
        require(b2.supplied > 49_749e18 && q.owed == 0);
        VM.prank(address(market));
        admin.setReserveBorrowing(address(quote), true);
        call = asked(LEVER);
        VM.prank(address(market));
        admin.setReserveBorrowing(address(quote), false);
        refused(AGENT, call, LoanEngine.LoanHindered.selector);
    }

    /// The owner's own way is held to the floor, too.
    function test_unwinding() external {
        levered();
        uint256 health = desk.health(address(account));
        require(health > FLOOR);
        VM.startPrank(OWNER);
        try vault.unwind(address(base), 0, 25_000e18) {
            revert("below the floor");
        } catch (bytes memory reason) {
            require(bytes4(reason) == Vault.HealthTooLow.selector, VM.toString(reason));
        }
        vault.unwind(address(base), 0, 15_000e18);
        require(desk.health(address(account)) > FLOOR);
        vault.pause();
        vault.unwind(address(quote), type(uint256).max, 0);
        vault.unwind(address(base), 0, type(uint256).max);
        VM.stopPrank();
        require(!account.used(address(quote)) && !account.used(address(base)));
        settled();
        VM.prank(STRANGER);
        try vault.unwind(address(base), 0, 1) {
            revert("a stranger unwinds");
        } catch {}
    }

    /// After a liquidation decisions go on, synced or not.
    function test_liquidated() external {
        levered();
        market.oracle().tell(address(base), 0.35e8);
        market.oracle().tell(address(quote), 1.1e8);
        VM.prank(STRANGER);
        pool.liquidationCall(address(base), address(quote), address(account), 3000e18, false);
        market.oracle().tell(address(quote), 1e8);
        market.oracle().tell(address(base), 1e8);
        pass(1);
        uint256 fresh = VM.snapshotState();
        decide(SHRINK);
        (ReserveState memory q,) = states();
        require(q.owed == 0);
        settled();
        VM.revertToState(fresh);
        VM.startPrank(OWNER);
        vault.sync(address(base));
        vault.sync(address(quote));
        VM.stopPrank();
        pass(1);
        decide(SHRINK);
        (q,) = states();
        require(q.owed == 0);
        settled();
    }

    /// Anyone may poke, and nothing comes of it but a checkpoint an hour.
    function test_poking() external {
        levered();
        VM.warp(block.timestamp + 3 hours);
        pass(1);
        bytes memory call = asked(STAY);
        VM.prank(STRANGER);
        vault.poke();
        VM.startPrank(STRANGER);
        pool.supply(address(base), 1000e18, address(account), 0);
        pool.repay(address(quote), 1000e18, 2, address(account));
        VM.stopPrank();
        executed(call);
    }
}

/// Says of itself that it is a market, and keeps what it is given.
contract FalseMarket {
    uint256 public constant POOL_REVISION = 3;

    function ADDRESSES_PROVIDER() external view returns (address) {
        return address(this);
    }

    function getPriceOracle() external view returns (address) {
        return address(this);
    }

    function getAssetPrice(address) external pure returns (uint256) {
        return 1e8;
    }

    function getReserveData(address) external view returns (uint256[15] memory words) {
        words[0] = 1 << 58 | 1 << 56 | 18 << 48 | 8000 << 16 | 7500;
        words[1] = 1e27;
        (words[8], words[10]) = (uint160(address(this)), uint160(address(this)));
    }

    function getConfiguration(address token) external view returns (uint256) {
        return this.getReserveData(token)[0];
    }

    function getReserveNormalizedIncome(address) external pure returns (uint256) {
        return 1e27;
    }

    function getReserveNormalizedVariableDebt(address) external pure returns (uint256) {
        return 1e27;
    }

    function getUserConfiguration(address) external pure returns (uint256) {
        return 0;
    }

    function getUserEMode(address) external pure returns (uint256) {
        return 0;
    }

    function getUserAccountData(address) external pure returns (uint256[6] memory words) {
        words[5] = type(uint256).max;
    }

    function balanceOf(address) external pure returns (uint256) {
        return 1e30;
    }

    function scaledBalanceOf(address) external pure returns (uint256) {
        return 1e30;
    }

    function scaledTotalSupply() external pure returns (uint256) {
        return 0;
    }

    /// Takes what it is approved for, and all else that it can.
    function supply(address token, uint256 amount, address, uint16) external {
        TestToken(token).transferFrom(msg.sender, address(this), amount);
        try TestToken(token).transferFrom(msg.sender, address(this), 1) {
            revert("more than was given");
        } catch {}
    }

    function setUserUseReserveAsCollateral(address, bool) external {}
}

contract FalseMarkets is Lender {
    /// It can keep what the policy lets be supplied to it, and takes nothing else.
    function test_afalsemarket() external {
        FalseMarket none = new FalseMarket();
        policy.parts.lending.pool = address(none);
        policy.limits.reserves[1] = ReserveLimits(7000e18, 7000e18);
        revise();
        decide(LEVER);
        require(base.balanceOf(address(none)) == 7000e18 && quote.balanceOf(address(none)) == 0);
        require(booked(base) == 43_000e18 && booked(quote) == 50_000e18);
        address own = desk.accountOf(address(vault), address(none));
        require(base.allowance(own, address(none)) == 0 && base.allowance(address(vault), own) == 0);
    }
}

/// What decisions with loans cost, in gas, with every slot cold, without what a transaction costs and without the proof's
/// verification; accounts stay warm, as elsewhere.
contract LoansGas is Lender {
    Meter private constant METER = Meter(address(VM));

    function test_lending() external {
        METER.etch(address(verifier), hex"00");
        _measured(LEVER, "supply, the first ever");
        _measured(LEVER, "borrow, the first ever");
        // Two hours later: a checkpoint is taken with it.
        market.oracle().tell(address(base), 1.02e8);
        VM.warp(block.timestamp + 2 hours);
        pass(1);
        _measured(STAY, "hold, with loans");
        _measured(SHRINK, "sell and repay");
        _measured(LEVER, "take back and borrow");
        _measured(ALL, "all at once");
        _measured(CLOSE, "take back and repay");
    }

    function _measured(uint256 class, string memory name) private {
        bytes memory call = asked(class);
        address[19] memory touched = [
            address(vault), address(engine), address(engine.loans()), address(source), address(verifier),
            policy.parts.action, policy.model.code, vault.state().policyAt, policy.parts.pools[0].pool,
            policy.parts.pools[1].pool, address(quote), address(base), address(pool), address(market.oracle()),
            address(account), market.supplyToken(address(quote)), market.supplyToken(address(base)),
            market.debtToken(address(quote)), market.debtToken(address(base))
        ];
        for (uint256 i = 0; i < touched.length; i++) {
            VM.cool(touched[i]);
        }
        executed(call);
        METER.snapshotValue("loans", name, METER.lastCallGas().totalUsed);
        pass(1);
    }
}

/// Whole transactions of two assets and two reserves: four points of a pool, the vault's books, its loans. Less refunds,
/// with a proof's call data and with what the default model's verification costs (docs/benchmarks.md).
/// forge-config: default.isolate = true
contract WholeLoansGas is Lender {
    Meter private constant METER = Meter(address(VM));
    uint256 private constant VERIFICATION = 308_100;
    uint256 private constant PROOF = 4480;

    uint256 private constant KEEP_ALL = 0;
    uint256 private constant SUPPLY = 1;
    uint256 private constant BORROW = 2;
    uint256 private constant REPAY = 3;
    uint256 private constant SUPPLY_MORE = 4;
    uint256 private constant BORROW_MORE = 5;
    uint256 private constant REPAY_ALL = 6;

    function test_deciding() external {
        METER.etch(address(verifier), hex"00");
        _two();
        _whole(SUPPLY, "transaction: supply, the first ever");
        _whole(BORROW, "transaction: borrow, the first ever");
        for (uint256 i = 0; i < 4; i++) {
            VM.warp(block.timestamp + 1 hours);
            executed(asked(KEEP_ALL));
        }
        pass(1);
        _whole(KEEP_ALL, "transaction: hold, with loans");
        VM.warp(block.timestamp + 1 hours);
        _whole(KEEP_ALL, "transaction: hold, with loans and a checkpoint");
        _whole(SUPPLY_MORE, "transaction: supply");
        _whole(BORROW_MORE, "transaction: borrow");
        _whole(REPAY, "transaction: repay");
        _whole(REPAY_ALL, "transaction: repay all");
    }

    function _two() private {
        policy.parts.assets.pop();
        policy.parts.pools.pop();
        policy.limits.exposures.pop();
        policy.limits.pools.pop();
        policy.model.directions = [15, 15, 15, 15, 15, 15, 15];
        policy.model.targets = [HOLD, HOLD, HOLD, HOLD, HOLD, HOLD, HOLD];
        policy.model.lendingTargets = [
            HOLD, HOLD, HOLD, HOLD, HOLD, HOLD, 4000, HOLD, HOLD, 2000, HOLD, HOLD, HOLD, 1500, HOLD, HOLD,
            HOLD, HOLD, 6000, HOLD, HOLD, 3000, HOLD, HOLD, HOLD, 0, HOLD, HOLD
        ];
        uint32[] memory horizons = new uint32[](5);
        for (uint256 i = 0; i < 5; i++) {
            horizons[i] = uint32(600 << i);
        }
        policy.model.program[0] = Feature(
            address(source), 4, abi.encode(policy.parts.pools[0].pool, address(base) > address(quote), horizons)
        );
        policy.model.program[1] = Feature(address(0), 4, "");
        key = modelKey(17, 7);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        revise();
        account = AaveV3Account(desk.accountOf(address(vault), address(pool)));
    }

    function _whole(uint256 class, string memory name) private {
        (Vault.Decision memory d, bytes memory hints, bytes[] memory sourceHints) = deciding(class);
        bytes memory proof = new bytes(PROOF);
        for (uint256 i = 0; i < PROOF; i++) {
            proof[i] = 0xff;
        }
        executed(abi.encodeCall(vault.execute, (d, hints, sourceHints, proof)));
        METER.snapshotValue("loans", name, METER.lastCallGas().totalUsed + VERIFICATION);
        pass(1);
    }
}
