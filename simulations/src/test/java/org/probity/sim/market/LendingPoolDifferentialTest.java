package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.sim.market.Twins.big;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.ground.TestKind;
import org.probity.sim.market.LendingPool.AccountData;
import org.probity.sim.market.LendingPool.Liquidation;
import org.probity.sim.market.LendingPool.ReserveState;
import org.probity.sim.market.Twins.Operation;
import org.probity.sim.market.Twins.View;

/**
 * Random sequences of operations of three accounts on the bytecode of Aave's core-v3 with three
 * reserves and on {@link LendingPool}, compared like those of {@link V3PoolDifferentialTest} and
 * repeated by the same properties. Prices move, and months pass.
 */
@TestKind.Differential
final class LendingPoolDifferentialTest {

  private static final int OPERATIONS =
      Integer.getInteger("probity.market.operations", 2_000) * 2 / 10;
  private static final long SEED = Long.getLong("probity.market.seed", 1);
  private static final int ACTORS = 3;
  private static final int DAY = 86_400;

  private static final BigInteger ALL = LendingPool.ALL;
  private static final BigInteger VARIABLE = BigInteger.TWO;
  private static final List<Integer> DECIMALS = List.of(6, 18, 8);

  /** In the oracle's currency, 8 decimals. */
  private static final List<BigInteger> PRICES =
      List.of(big(100_000_000L), big(2_000_00000000L), big(30_000_00000000L));

  private static final AbiFunction READ =
      AbiFunction.parse("read(address,address[],address[]) returns (uint256[])");
  private static final AbiFunction SUPPLY =
      AbiFunction.parse("supply(address,uint256,address,uint16)");
  private static final AbiFunction WITHDRAW =
      AbiFunction.parse("withdraw(address,uint256,address) returns (uint256)");
  private static final AbiFunction BORROW =
      AbiFunction.parse("borrow(address,uint256,uint256,uint16,address)");
  private static final AbiFunction REPAY =
      AbiFunction.parse("repay(address,uint256,uint256,address) returns (uint256)");
  private static final AbiFunction REPAY_WITH_SUPPLY =
      AbiFunction.parse("repayWithATokens(address,uint256,uint256) returns (uint256)");
  private static final AbiFunction USE =
      AbiFunction.parse("setUserUseReserveAsCollateral(address,bool)");
  private static final AbiFunction LIQUIDATE =
      AbiFunction.parse("liquidationCall(address,address,address,uint256,bool)");
  private static final AbiFunction FLASH =
      AbiFunction.parse("flashLoanSimple(address,address,uint256,bytes,uint16)");
  private static final AbiFunction TO_TREASURY = AbiFunction.parse("mintToTreasury(address[])");
  private static final AbiFunction TRANSFER =
      AbiFunction.parse("transfer(address,uint256) returns (bool)");
  private static final AbiFunction APPROVE =
      AbiFunction.parse("approve(address,uint256) returns (bool)");
  private static final AbiFunction SET_PRICE = AbiFunction.parse("setAssetPrice(address,uint256)");
  private static final AbiFunction PAUSE = AbiFunction.parse("setReservePause(address,bool)");
  private static final AbiFunction FREEZE = AbiFunction.parse("setReserveFreeze(address,bool)");
  private static final AbiFunction ACTIVE = AbiFunction.parse("setReserveActive(address,bool)");
  private static final AbiFunction BORROWING =
      AbiFunction.parse("setReserveBorrowing(address,bool)");
  private static final AbiFunction FLASHING =
      AbiFunction.parse("setReserveFlashLoaning(address,bool)");
  private static final AbiFunction BORROW_CAP = AbiFunction.parse("setBorrowCap(address,uint256)");
  private static final AbiFunction SUPPLY_CAP = AbiFunction.parse("setSupplyCap(address,uint256)");
  private static final AbiFunction ACCOUNT_OF =
      AbiFunction.parse("accountOf(address,address) returns (address made)");
  private static final AbiFunction OPEN =
      AbiFunction.parse("open(address,uint256,uint256,address[]) returns (address)");
  private static final AbiFunction MOVE = AbiFunction.parse("move(uint8,address,uint256,uint256)");
  private static final AbiFunction LOOK =
      AbiFunction.parse(
          "look(address,address,address[],uint256) returns (address,"
              + "(uint256,uint256,uint256,uint256,uint256,bool,uint256,uint256,uint256)[])");
  private static final AbiFunction COLLATERAL =
      AbiFunction.parse("configureReserveAsCollateral(address,uint256,uint256,uint256)");

  @Test
  void everyOperationReturnsRevertsAndLeavesTheStateOfTheContracts() {
    Twins.Met met =
        Twins.inSequences(
            OPERATIONS,
            ACTORS,
            (twins, i, operations) -> new Sequence(twins, SEED + i).run(operations));
    assertThat(met.returned())
        .containsAll(
            Set.of(
                "supply",
                "withdraw",
                "borrow",
                "repay",
                "repayWithATokens",
                "setUserUseReserveAsCollateral",
                "liquidationCall",
                "flashLoanSimple",
                "mintToTreasury",
                "transfer"));
    assertThat(met.reasons())
        .contains(
            LendingErrors.INVALID_AMOUNT,
            LendingErrors.RESERVE_INACTIVE,
            LendingErrors.RESERVE_PAUSED,
            LendingErrors.NOT_ENOUGH_BALANCE,
            LendingErrors.HEALTH_FACTOR_TOO_LOW,
            LendingErrors.COLLATERAL_CANNOT_COVER,
            LendingErrors.NO_DEBT,
            LendingErrors.HEALTH_FACTOR_NOT_BELOW_THRESHOLD,
            RayMath.OVERFLOW);
  }

  /** An account of ours acts among the others, who pay for it and liquidate it, too. */
  @Test
  void anAccountOfAVaultDoesAndTellsWhatTheContractsDo() {
    Twins.Met met =
        Twins.inSequences(
            Math.ceilDiv(OPERATIONS, 2),
            ACTORS,
            (twins, i, operations) -> {
              Sequence sequence = new Sequence(twins, SEED + i);
              sequence.open();
              sequence.run(operations);
            });
    assertThat(met.returned()).contains("open", "move", "supply", "repay");
    if (OPERATIONS > 2_000) {
      assertThat(met.returned()).contains("liquidationCall");
    }
  }

  /** A vault's account, and what it has booked. */
  private static final class Acting {
    final Address desk;
    final Address account;
    final LendingAccount twin;
    final BigInteger[] supplied = new BigInteger[DECIMALS.size()];
    final BigInteger[] owed = new BigInteger[DECIMALS.size()];

    Acting(Address desk, Address account, LendingAccount twin) {
      this.desk = desk;
      this.account = account;
      this.twin = twin;
      Arrays.fill(supplied, BigInteger.ZERO);
      Arrays.fill(owed, BigInteger.ZERO);
    }

    List<LendingAccount.Booked> booked() {
      return IntStream.range(0, supplied.length)
          .mapToObj(i -> new LendingAccount.Booked(supplied[i], owed[i]))
          .toList();
    }

    void book(BigInteger[] books, int reserve, boolean all, LendingAccount.Moved moved) {
      books[reserve] =
          all
              ? BigInteger.ZERO
              : books[reserve]
                  .add(moved.left())
                  .subtract(moved.before())
                  .max(BigInteger.ZERO)
                  .min(moved.left());
    }
  }

  private static final class Sequence {
    @Nullable Acting acting;
    final Twins twins;
    final long seed;
    final Draw draw;
    final AaveMarket market;
    LendingPool pool = new LendingPool(AaveMarket.TREASURY.hex());
    final List<Address> accounts = new ArrayList<>();
    final BigInteger[][] wallets = new BigInteger[DECIMALS.size()][ACTORS + 1];
    final List<BigInteger> prices = new ArrayList<>(PRICES);

    Sequence(Twins twins, long seed) {
      this.twins = twins;
      this.seed = seed;
      this.draw = new Draw(seed);
      for (int i = 0; i < ACTORS; i++) {
        accounts.add(twins.actor(i));
      }
      this.market = new AaveMarket(twins.chain, twins.deployer, List.copyOf(accounts));
      accounts.add(AaveMarket.TREASURY);
      deploy();
    }

    private void deploy() {
      List<ReserveTerms> terms =
          List.of(
              ReserveTerms.open(6, 7_700, 8_000, 10_450, draw.of(List.of(0, 1_000)), 1_000),
              ReserveTerms.open(18, 8_000, 8_250, 10_500, 1_500, draw.of(List.of(0, 1_000))),
              ReserveTerms.open(8, 7_000, 7_500, 11_000, draw.of(List.of(2_000, 10_000)), 5_000));
      List<RateCurve> curves =
          List.of(
              RateCurve.ofBasisPoints(9_000, 0, 400, 6_000),
              new RateCurve(
                  ray(80), ray(1), ray(4), ray(draw.between(50, 400)), ray(5), ray(100), ray(2)),
              RateCurve.ofBasisPoints(draw.of(List.of(4_500, 10_000)), 100, 700, 30_000));
      market.list(terms, curves);
      market.setFlashLoanPremium(9, 4_000);
      pool.setFlashLoanPremium(9, 4_000);
      for (int i = 0; i < DECIMALS.size(); i++) {
        pool.addReserve(terms.get(i), curves.get(i));
        market.call(market.oracle, "setAssetPrice(address,uint256)", token(i), prices.get(i));
        pool.setPrice(i, prices.get(i));
        for (int j = 0; j < ACTORS; j++) {
          market.call(token(i), "mint(address,uint256)", accounts.get(j), Twins.FUNDS);
          wallets[i][j] = Twins.FUNDS;
        }
        wallets[i][ACTORS] = BigInteger.ZERO;
      }
    }

    /** Gives the first actor an account with the market, as a vault has. */
    void open() {
      Address desk =
          twins.chain.deploy(twins.deployer, ContractArtifact.load("AaveV3Desk").deployment());
      Address account =
          twins.chain.client().call(desk, ACCOUNT_OF, twins.actor(0), market.pool).address("made");
      acting = new Acting(desk, account, new LendingAccount(pool, account.hex()));
      accounts.add(account);
    }

    private List<Operation> opened(Acting own) {
      List<Operation> all = new ArrayList<>();
      all.add(
          new Operation(
              own.desk,
              OPEN,
              List.of(market.pool, BigInteger.ZERO, big(600), List.copyOf(market.tokens)),
              () -> List.of(own.account)));
      for (Address token : market.tokens) {
        all.add(new Operation(token, APPROVE, List.of(own.account, ALL), () -> List.of(true)));
      }
      return all;
    }

    /** A movement of the account's, seldom an impossible one. */
    private Operation move(Acting own, int reserve) {
      int loan = draw.below(4);
      String name = own.account.hex();
      BigInteger supplied = pool.supplied(twins.time(), reserve, name);
      BigInteger debt = pool.debt(twins.time(), reserve, name);
      BigInteger worth = pool.account(twins.time(), name).availableBorrows();
      BigInteger most =
          worth.multiply(BigInteger.TEN.pow(DECIMALS.get(reserve))).divide(prices.get(reserve));
      BigInteger amount =
          switch (loan) {
            case 0 -> draw.oneIn(4) ? ALL : draw.part(supplied);
            case 1 -> draw.part(most);
            case 2 -> draw.oneIn(4) ? ALL : draw.part(debt);
            default ->
                draw.oneIn(12)
                    ? BigInteger.ZERO
                    : draw.part(whole(reserve, reserve == 0 ? 500_000 : reserve == 1 ? 300 : 20));
          };
      return new Operation(
          own.account,
          MOVE,
          List.of(big(loan), token(reserve), amount, big(600)),
          () -> {
            moved(own, loan, reserve, amount);
            return List.of();
          });
    }

    private void moved(Acting own, int loan, int reserve, BigInteger amount) {
      long time = twins.time();
      switch (loan) {
        case 0 -> {
          BigInteger there =
              own.supplied[reserve].min(pool.scaledSupply(reserve, own.account.hex()));
          BigInteger worth =
              there.multiply(pool.normalizedIncome(time, reserve)).divide(BigInteger.TEN.pow(27));
          LendingAccount.Moved done = own.twin.withdraw(time, reserve, amount);
          own.book(own.supplied, reserve, amount.compareTo(worth) >= 0, done);
          gets(0, reserve, done.amount());
        }
        case 1 -> {
          own.book(own.owed, reserve, false, own.twin.borrow(time, reserve, amount));
          gets(0, reserve, amount);
        }
        case 2 -> {
          LendingAccount.Moved done = own.twin.repay(time, reserve, amount);
          own.book(own.owed, reserve, false, done);
          pays(0, reserve, done.amount());
        }
        default -> {
          own.book(own.supplied, reserve, false, own.twin.supply(time, reserve, amount));
          pays(0, reserve, amount);
        }
      }
    }

    private View look(Acting own) {
      List<Integer> reserves = List.of(0, 1, 2);
      return new View(
          "look",
          own.desk,
          LOOK,
          List.of(twins.actor(0), market.pool, List.copyOf(market.tokens), big(7)),
          () ->
              List.of(
                  own.account,
                  own
                      .twin
                      .look(twins.time(), reserves, List.of(true, true, true), own.booked())
                      .stream()
                      .map(Sequence::state)
                      .toList()));
    }

    private static List<Object> state(LendingAccount.State of) {
      return List.of(
          of.supplied(),
          of.owed(),
          of.liquid(),
          of.supplyRoom(),
          of.borrowRoom(),
          of.repayable(),
          of.price(),
          big(of.thresholdBps()),
          big(of.ltvBps()));
    }

    private static BigInteger ray(int percent) {
      return big(percent).multiply(BigInteger.TEN.pow(25));
    }

    void run(int operations) {
      twins.follow();
      for (int i = 0; i < ACTORS; i++) {
        List<Operation> approvals = new ArrayList<>();
        for (int j = 0; j < DECIMALS.size(); j++) {
          approvals.add(
              new Operation(token(j), APPROVE, List.of(market.pool, ALL), () -> List.of(true)));
        }
        twins.run(i, approvals, List.of());
      }
      Acting own = acting;
      if (own != null) {
        twins.run(0, opened(own), List.of());
      }
      int done = opening();
      while (done < operations) {
        if (acting == null && done % 7 == 0) {
          // A copy is as good as the pool.
          pool = pool.copy();
        }
        int actor = draw.below(ACTORS);
        List<Operation> block = new ArrayList<>();
        int size = draw.between(1, 4);
        for (int i = 0; i < size; i++) {
          block.add(next(actor));
        }
        twins.run(actor, block, views());
        done += block.size();
        if (draw.oneIn(3)) {
          twins.pass(draw.oneIn(4) ? draw.between(0, 60 * DAY) : draw.between(0, DAY));
        }
      }
      twins.compare("seed " + seed);
      twins.unfollow();
    }

    /** Everybody supplies something, and a reserve is tried before it is active. */
    private int opening() {
      twins.run(
          0,
          List.of(
              flag(2, ACTIVE, false, t -> withFlags(t, false, false, false, true, true)),
              supply(0, 2, whole(2, 5), 0),
              flag(2, ACTIVE, true, t -> withFlags(t, true, false, false, true, true)),
              supply(0, 2, whole(2, 50), 0),
              supply(0, 0, whole(0, 900_000), 0)),
          views());
      twins.run(1, List.of(supply(1, 1, whole(1, 800), 1), borrow(1, 0)), views());
      twins.run(2, List.of(supply(2, 0, whole(0, 700_000), 2), borrow(2, 1)), views());
      return 9;
    }

    private static BigInteger whole(int reserve, long amount) {
      return big(amount).multiply(BigInteger.TEN.pow(DECIMALS.get(reserve)));
    }

    private Operation next(int actor) {
      int reserve = draw.below(DECIMALS.size());
      Acting own = acting;
      if (own != null && actor == 0 && !draw.oneIn(4)) {
        return move(own, reserve);
      }
      return switch (draw.below(24)) {
        case 0, 1, 2 -> supply(actor, reserve, amount(reserve), someone(actor));
        case 3, 4 -> withdraw(actor, reserve);
        case 5, 6, 7, 8 -> borrow(actor, reserve);
        case 9, 10 -> repay(actor, reserve, someone(actor));
        case 11 -> repayWithSupply(actor, reserve);
        case 12, 13 -> use(actor, reserve);
        case 14, 15, 16, 17 -> liquidate(actor, reserve);
        case 18 -> flash(actor, reserve);
        case 19 -> toTreasury();
        case 20 -> transfer(actor, reserve);
        case 21, 22 -> price(reserve);
        default -> change(reserve);
      };
    }

    private int someone(int actor) {
      int there = acting == null ? ACTORS : ACTORS + 1;
      int any = draw.oneIn(4) ? draw.below(there) : actor;
      return any == ACTORS ? ACTORS + 1 : any;
    }

    private BigInteger amount(int reserve) {
      return switch (draw.below(12)) {
        case 0 -> BigInteger.ZERO;
        case 1 -> draw.sized(170);
        case 2 -> draw.sized(20);
        default -> draw.part(whole(reserve, reserve == 0 ? 500_000 : reserve == 1 ? 300 : 20));
      };
    }

    private Address token(int reserve) {
      return market.tokens.get(reserve);
    }

    private String name(int account) {
      return accounts.get(account).hex();
    }

    private Operation op(
        AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
      return new Operation(market.pool, function, arguments, java);
    }

    private void pays(int account, int reserve, BigInteger amount) {
      wallets[reserve][account] = wallets[reserve][account].subtract(amount);
    }

    private void gets(int account, int reserve, BigInteger amount) {
      pays(account, reserve, amount.negate());
    }

    // ---- operations ----

    private Operation supply(int actor, int reserve, BigInteger amount, int onBehalfOf) {
      return op(
          SUPPLY,
          List.of(token(reserve), amount, accounts.get(onBehalfOf), BigInteger.ZERO),
          () -> {
            pool.supply(twins.time(), reserve, amount, name(onBehalfOf));
            pays(actor, reserve, amount);
            return List.of();
          });
    }

    private Operation withdraw(int actor, int reserve) {
      BigInteger supplied = pool.supplied(twins.time(), reserve, name(actor));
      BigInteger amount = draw.oneIn(4) ? ALL : draw.oneIn(8) ? supplied : draw.part(supplied);
      return op(
          WITHDRAW,
          List.of(token(reserve), amount, accounts.get(actor)),
          () -> {
            BigInteger taken = pool.withdraw(twins.time(), reserve, amount, name(actor));
            gets(actor, reserve, taken);
            return List.of(taken);
          });
    }

    private Operation borrow(int actor, int reserve) {
      BigInteger worth = pool.account(twins.time(), name(actor)).availableBorrows();
      BigInteger most =
          worth
              .multiply(BigInteger.TEN.pow(DECIMALS.get(reserve)))
              .divide(prices.get(reserve).max(BigInteger.ONE));
      BigInteger amount = draw.oneIn(5) ? amount(reserve) : draw.part(most);
      return op(
          BORROW,
          List.of(token(reserve), amount, VARIABLE, BigInteger.ZERO, accounts.get(actor)),
          () -> {
            pool.borrow(twins.time(), reserve, amount, name(actor));
            gets(actor, reserve, amount);
            return List.of();
          });
    }

    private Operation repay(int actor, int reserve, int debtor) {
      BigInteger amount =
          draw.oneIn(3) ? ALL : draw.part(pool.debt(twins.time(), reserve, name(debtor)));
      return op(
          REPAY,
          List.of(token(reserve), amount, VARIABLE, accounts.get(debtor)),
          () -> {
            BigInteger paid = pool.repay(twins.time(), reserve, amount, name(debtor), name(actor));
            pays(actor, reserve, paid);
            return List.of(paid);
          });
    }

    private Operation repayWithSupply(int actor, int reserve) {
      BigInteger amount =
          draw.oneIn(3) ? ALL : draw.part(pool.debt(twins.time(), reserve, name(actor)));
      return op(
          REPAY_WITH_SUPPLY,
          List.of(token(reserve), amount, VARIABLE),
          () -> List.of(pool.repayWithSupply(twins.time(), reserve, amount, name(actor))));
    }

    private Operation use(int actor, int reserve) {
      boolean use = draw.oneIn(2);
      return op(
          USE,
          List.of(token(reserve), use),
          () -> {
            pool.useAsCollateral(twins.time(), reserve, use, name(actor));
            return List.of();
          });
    }

    /** Of whoever is worst off, most of the time. */
    private Operation liquidate(int actor, int any) {
      int debtor = draw.below(ACTORS);
      for (int i = 0; i < ACTORS; i++) {
        if (draw.below(4) > 0 && health(i).compareTo(health(debtor)) < 0) {
          debtor = i;
        }
      }
      int account = acting != null && draw.oneIn(2) ? ACTORS + 1 : debtor;
      int debt = draw.oneIn(6) ? any : richest(i -> pool.debt(twins.time(), i, name(account)));
      int collateral =
          draw.oneIn(6) ? any : richest(i -> pool.supplied(twins.time(), i, name(account)));
      BigInteger cover =
          draw.oneIn(2) ? ALL : draw.part(pool.debt(twins.time(), debt, name(account)));
      boolean receiveSupply = draw.oneIn(2);
      return op(
          LIQUIDATE,
          List.of(token(collateral), token(debt), accounts.get(account), cover, receiveSupply),
          () -> {
            Liquidation done =
                pool.liquidate(
                    twins.time(),
                    collateral,
                    debt,
                    name(account),
                    cover,
                    receiveSupply,
                    name(actor));
            pays(actor, debt, done.debtRepaid());
            if (!receiveSupply) {
              gets(actor, collateral, done.collateralSeized());
            }
            return List.of();
          });
    }

    private BigInteger health(int account) {
      return pool.account(twins.time(), name(account)).healthFactor();
    }

    private int richest(IntFunction<BigInteger> amount) {
      int best = 0;
      BigInteger most = BigInteger.ZERO;
      for (int i = 0; i < DECIMALS.size(); i++) {
        BigInteger worth =
            amount.apply(i).multiply(prices.get(i)).divide(BigInteger.TEN.pow(DECIMALS.get(i)));
        if (worth.compareTo(most) > 0) {
          best = i;
          most = worth;
        }
      }
      return best;
    }

    private Operation flash(int actor, int reserve) {
      BigInteger amount =
          draw.oneIn(6) ? amount(reserve) : draw.part(pool.state(reserve).available());
      return op(
          FLASH,
          List.of(accounts.get(actor), token(reserve), amount, Bytes.parse("0x"), BigInteger.ZERO),
          () -> {
            pays(actor, reserve, pool.flashLoan(twins.time(), reserve, amount));
            return List.of();
          });
    }

    private Operation toTreasury() {
      return op(
          TO_TREASURY,
          List.of(List.copyOf(market.tokens)),
          () -> {
            pool.mintToTreasury(twins.time(), List.of(0, 1, 2));
            return List.of();
          });
    }

    private Operation transfer(int actor, int reserve) {
      int to = draw.below(ACTORS);
      BigInteger supplied = pool.supplied(twins.time(), reserve, name(actor));
      BigInteger amount =
          draw.oneIn(4) ? supplied : draw.oneIn(6) ? draw.sized(140) : draw.part(supplied);
      return new Operation(
          market.supplyTokens.get(reserve),
          TRANSFER,
          List.of(accounts.get(to), amount),
          () -> {
            pool.transferSupply(twins.time(), reserve, name(actor), name(to), amount);
            return List.of(true);
          });
    }

    private Operation price(int reserve) {
      BigInteger price =
          acting == null && draw.oneIn(25)
              ? BigInteger.ZERO
              : PRICES.get(reserve).multiply(big(draw.between(50, 160))).divide(big(100));
      prices.set(reserve, price);
      return new Operation(
          market.oracle,
          SET_PRICE,
          List.of(token(reserve), price),
          () -> {
            pool.setPrice(reserve, price);
            return List.of();
          });
    }

    // ---- configuration ----

    private interface Change {
      ReserveTerms of(ReserveTerms before);
    }

    private Operation flag(int reserve, AbiFunction function, boolean on, Change change) {
      return configure(reserve, function, List.of(token(reserve), on), change);
    }

    private Operation configure(
        int reserve, AbiFunction function, List<Object> arguments, Change change) {
      return new Operation(
          market.configurator,
          function,
          arguments,
          () -> {
            pool.setTerms(reserve, change.of(pool.terms(reserve)));
            return List.of();
          });
    }

    private Operation change(int reserve) {
      boolean on = draw.oneIn(3);
      BigInteger cap = draw.oneIn(2) ? BigInteger.ZERO : draw.sized(20);
      return switch (draw.below(7)) {
        case 0 ->
            flag(
                reserve,
                PAUSE,
                on,
                t -> withFlags(t, t.active(), t.frozen(), on, t.borrowing(), t.flashLoans()));
        case 1 ->
            flag(
                reserve,
                FREEZE,
                on,
                t -> withFlags(t, t.active(), on, t.paused(), t.borrowing(), t.flashLoans()));
        case 2 ->
            flag(
                reserve,
                BORROWING,
                !on,
                t -> withFlags(t, t.active(), t.frozen(), t.paused(), !on, t.flashLoans()));
        case 3 ->
            flag(
                reserve,
                FLASHING,
                !on,
                t -> withFlags(t, t.active(), t.frozen(), t.paused(), t.borrowing(), !on));
        case 4 ->
            configure(
                reserve,
                BORROW_CAP,
                List.of(token(reserve), cap),
                t -> withCaps(t, cap.longValue(), t.supplyCap()));
        case 5 ->
            configure(
                reserve,
                SUPPLY_CAP,
                List.of(token(reserve), cap),
                t -> withCaps(t, t.borrowCap(), cap.longValue()));
        default -> {
          int ltv = draw.oneIn(4) ? 0 : draw.between(1, 7_500);
          yield configure(
              reserve,
              COLLATERAL,
              List.of(token(reserve), big(ltv), big(7_500), big(10_800)),
              t -> withCollateral(t, ltv, 7_500, 10_800));
        }
      };
    }

    // ---- state ----

    private List<View> views() {
      List<View> views = new ArrayList<>();
      views.add(
          new View(
              "state",
              market.reader,
              READ,
              List.of(
                  market.pool,
                  List.copyOf(market.tokens),
                  List.copyOf(accounts.subList(0, ACTORS + 1))),
              () -> List.of(state())));
      Acting own = acting;
      if (own != null) {
        views.add(look(own));
      }
      return views;
    }

    private List<Object> state() {
      List<Object> state = new ArrayList<>();
      long time = twins.time();
      for (int i = 0; i < DECIMALS.size(); i++) {
        ReserveState r = pool.state(i);
        state.addAll(
            List.of(
                r.liquidityIndex(),
                r.liquidityRate(),
                r.borrowIndex(),
                r.borrowRate(),
                r.stableRate(),
                big(r.lastUpdate()),
                r.accruedToTreasury(),
                r.available(),
                r.totalSupplied(),
                r.totalBorrowed()));
        for (int j = 0; j <= ACTORS; j++) {
          state.add(pool.scaledSupply(i, name(j)));
          state.add(pool.scaledDebt(i, name(j)));
          state.add(pool.supplied(time, i, name(j)));
          state.add(pool.debt(time, i, name(j)));
          state.add(wallets[i][j]);
        }
      }
      for (int j = 0; j <= ACTORS; j++) {
        AccountData a = pool.account(time, name(j));
        state.addAll(
            List.of(
                pool.accountFlags(name(j)),
                a.collateral(),
                a.debt(),
                a.availableBorrows(),
                a.liquidationThreshold(),
                a.ltv(),
                a.healthFactor()));
      }
      return state;
    }
  }

  private static ReserveTerms withCaps(ReserveTerms t, long borrow, long supply) {
    return new ReserveTerms(
        t.decimals(),
        t.ltv(),
        t.liquidationThreshold(),
        t.liquidationBonus(),
        t.reserveFactor(),
        borrow,
        supply,
        t.liquidationProtocolFee(),
        t.active(),
        t.frozen(),
        t.paused(),
        t.borrowing(),
        t.flashLoans());
  }

  private static ReserveTerms withFlags(
      ReserveTerms t,
      boolean isActive,
      boolean isFrozen,
      boolean isPaused,
      boolean borrows,
      boolean flashes) {
    return new ReserveTerms(
        t.decimals(),
        t.ltv(),
        t.liquidationThreshold(),
        t.liquidationBonus(),
        t.reserveFactor(),
        t.borrowCap(),
        t.supplyCap(),
        t.liquidationProtocolFee(),
        isActive,
        isFrozen,
        isPaused,
        borrows,
        flashes);
  }

  private static ReserveTerms withCollateral(ReserveTerms t, int newLtv, int threshold, int bonus) {
    return new ReserveTerms(
        t.decimals(),
        newLtv,
        threshold,
        bonus,
        t.reserveFactor(),
        t.borrowCap(),
        t.supplyCap(),
        t.liquidationProtocolFee(),
        t.active(),
        t.frozen(),
        t.paused(),
        t.borrowing(),
        t.flashLoans());
  }
}
