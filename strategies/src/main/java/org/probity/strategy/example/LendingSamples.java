package org.probity.strategy.example;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.OwnLoans.Reserve;
import org.probity.strategy.feature.PriceMath;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.FeatureVector;

/**
 * Moments of a {@link PairMarket} as a vault sees them that holds two assets, has supplied them to
 * a lending market and owes some of the numeraire there; and what each of four plans would earn.
 *
 * <p>Payoffs are in basis points of the vault's equity: the moves of what is held, less what trades
 * cost, less what a liquidation takes. Whether one comes is read off the path of the coming while,
 * minute by minute, at the market's thresholds; and a crash may come at any time. It counts for
 * more than it takes, since a vault that is liquidated was not looked after.
 */
final class LendingSamples {

  private static final TwapReturns POOL =
      new TwapReturns(List.of(60, 300, 900, 1_800, 3_600, 5_400, 7_200));
  private static final OwnBooks BOOKS = new OwnBooks(PairMarket.ASSETS + 1);

  /** Of the numeraire, which is owed, and of the two that are supplied. */
  private static final OwnLoans LOANS = new OwnLoans(PairMarket.ASSETS + 1);

  /** Two pools, the vault's own books, and its loans. */
  static final FeatureProgram PROGRAM = new FeatureProgram(List.of(POOL, POOL, BOOKS, LOANS));

  private static final int HEALTH = 2 * POOL.width() + BOOKS.width();
  private static final int HEALTH_THAT_REDUCES = 150;
  private static final int HEALTH_THAT_UNWINDS = 125;

  private static final int LONGEST_AGE = 1_440;
  private static final int REFERENCE_SECONDS = 300;
  private static final int STEP_SECONDS = 600;
  private static final BigInteger GROSS = BigInteger.TEN.pow(18);
  private static final BigInteger CAPACITY = GROSS;

  private static final double[] THRESHOLDS = {0.825, 0.78};
  private static final double FLOOR = 1.3;

  /** What the market itself refuses lies at one: a little more. */
  private static final double BRIM = 1.01;

  private static final double COST_PER_TURNOVER = 0.0010;
  private static final double FIXED_COST_BPS = 0.5;
  private static final double REFUSED_COST_BPS = 80;
  private static final double LEAST_TRADE = 0.01;
  private static final double MOST_TRADE = 0.5;

  /** What a liquidator gets, and what a sale at such a time costs, of the debt that it repays. */
  private static final double SEIZED = 0.09;

  private static final double DREAD = 10;

  /** A market like that of the backtest of liquidations falls once a week, from nowhere. */
  private static final double CRASHES = 1.0 / (7 * 24);

  private static final double SHALLOWEST = 0.1;
  private static final double DEEPEST = 0.45;
  private static final double HALF_BELOW = 0.95;
  private static final double MOST_BPS = 3_000;
  private static final double TICK = StrictMath.log(1.0001);

  private LendingSamples() {}

  /** What a vault has, as parts of the value of all that it holds. */
  private record Position(double[] held, double[] supplied, double debt, double used) {

    double free(int asset) {
      return held[asset] - supplied[asset];
    }

    double numeraire() {
      return 1 - held[0] - held[1];
    }

    double secured() {
      return THRESHOLDS[0] * supplied[0] + THRESHOLDS[1] * supplied[1];
    }

    double lent() {
      return supplied[0] + supplied[1];
    }
  }

  /**
   * Draws samples from one walk.
   *
   * @param count number of samples
   * @param every minutes between two of them
   */
  static TradingSamples.Drawn draw(int count, int every, SplittableRandom random) {
    int first = LONGEST_AGE + POOL.historySeconds() / PairMarket.SECONDS_PER_STEP + 1;
    var market =
        new PairMarket(first + count * every + MarketProcess.LOOKAHEAD + 1, random.split());
    int[][] features = new int[count][];
    float[][] expected = new float[count][];
    float[][] realised = new float[count][];
    for (int i = 0; i < count; i++) {
      int step = first + i * every; // the last one that is known
      long asOf = (step + 1L) * PairMarket.SECONDS_PER_STEP;
      Position position = drawPosition(random);
      long tradedAt =
          random.nextDouble() < 0.15
              ? 0 // never
              : asOf - 60 * (long) Math.expm1(random.nextDouble() * Math.log1p(LONGEST_AGE));
      features[i] = features(market, asOf, position, tradedAt, random).toArray();
      double[][] path = path(market, step);
      expected[i] = payoffs(position, market.expectedMoves(step), path);
      realised[i] = payoffs(position, market.realisedMoves(step), path);
    }
    return new TradingSamples.Drawn(
        new Samples(features, expected), new Samples(features, realised));
  }

  /** The prices of the coming while, as multiples of those of now. */
  private static double[][] path(PairMarket market, int step) {
    double[][] path = new double[PairMarket.ASSETS][MarketProcess.LOOKAHEAD];
    for (int asset = 0; asset < path.length; asset++) {
      long now = market.tick(asset, step);
      for (int later = 0; later < path[asset].length; later++) {
        path[asset][later] = Math.exp(TICK * (market.tick(asset, step + 1 + later) - now));
      }
    }
    return path;
  }

  // ---- what a vault may have ----

  private static Position drawPosition(SplittableRandom random) {
    double numeraire = random.nextDouble() < 0.5 ? 0.02 * random.nextDouble() : random.nextDouble();
    double first = (1 - numeraire) * random.nextDouble();
    double[] held = {first, 1 - numeraire - first};
    double[] supplied = new double[held.length];
    for (int i = 0; i < held.length; i++) {
      supplied[i] = held[i] * (random.nextDouble() < 0.7 ? 1 : random.nextDouble());
    }
    double secured = THRESHOLDS[0] * supplied[0] + THRESHOLDS[1] * supplied[1];
    double kind = random.nextDouble();
    double health =
        kind < 0.65
            ? 1.02 + 1.2 * random.nextDouble()
            : 1.02 * Math.exp(random.nextDouble() * Math.log(5));
    double debt = kind < 0.15 ? 0 : secured / health;
    return new Position(held, supplied, debt, random.nextBoolean() ? 0 : random.nextDouble());
  }

  private static FeatureVector features(
      PairMarket market, long asOf, Position position, long tradedAt, SplittableRandom random) {
    List<Integer> refs = refs(market, asOf);
    List<Book> books = new ArrayList<>();
    List<Reserve> loans = new ArrayList<>();
    books.add(book(part(position.numeraire())));
    loans.add(reserve(0, BigInteger.ZERO, part(position.debt), 7_800, random));
    for (int i = 0; i < PairMarket.ASSETS; i++) {
      int ref = refs.get(i + 1);
      books.add(book(units(position.free(i), ref)));
      loans.add(
          reserve(
              i + 1,
              units(position.supplied[i], ref),
              BigInteger.ZERO,
              (int) Math.round(10_000 * THRESHOLDS[i]),
              random));
    }
    var state =
        new State(
            books,
            STEP_SECONDS,
            tradedAt == 0 ? LastTrade.NONE : new LastTrade(tradedAt, refs(market, tradedAt)),
            new Turnover(part(position.used), asOf, CAPACITY, 86_400));
    return PROGRAM.vector(
        List.of(
            POOL.features(market.cumulativeTick(0), asOf, false),
            POOL.features(market.cumulativeTick(1), asOf, false),
            BOOKS.features(state, loans, asOf, refs),
            LOANS.features(state, loans, asOf, refs)));
  }

  private static Book book(BigInteger amount) {
    return new Book(amount, BigInteger.ZERO, 0);
  }

  /** Rates that are low as a rule, or not known yet. */
  private static Reserve reserve(
      int asset, BigInteger supplied, BigInteger owed, int thresholdBps, SplittableRandom random) {
    boolean known = random.nextDouble() < 0.8;
    int debtRate = known ? (int) (1_200 * random.nextDouble() * random.nextDouble()) : 0;
    int supplyRate = (int) (debtRate * 0.8 * random.nextDouble());
    return new Reserve(
        asset,
        supplied,
        owed,
        BigInteger.valueOf(supplyRate),
        BigInteger.valueOf(debtRate),
        thresholdBps);
  }

  private static BigInteger part(double share) {
    return new BigDecimal(GROSS).multiply(BigDecimal.valueOf(Math.max(0, share))).toBigInteger();
  }

  private static BigInteger units(double share, int ref) {
    BigInteger root = PriceMath.sqrtRatioX96(ref);
    return part(share).shiftLeft(192).divide(root.multiply(root));
  }

  /** The mean ticks that a vault values with, the numeraire's first. */
  private static List<Integer> refs(PairMarket market, long asOf) {
    var refs = new ArrayList<>(List.of(0));
    for (int asset = 0; asset < PairMarket.ASSETS; asset++) {
      var cumulative = market.cumulativeTick(asset);
      long sum = cumulative.applyAsLong(asOf) - cumulative.applyAsLong(asOf - REFERENCE_SECONDS);
      refs.add(Math.toIntExact(Math.floorDiv(sum, (long) REFERENCE_SECONDS)));
    }
    return refs;
  }

  // ---- what a plan comes to ----

  private static float[] payoffs(Position position, double[] moves, double[][] path) {
    var payoffs = new float[ExampleStrategies.LENDING_ACTIONS.size()];
    for (int action = 0; action < payoffs.length; action++) {
      ExampleStrategies.LoanTargets targets = ExampleStrategies.LENDING_TARGETS.get(action);
      Planned planned = planned(position, targets);
      double earned = earned(planned.after, moves, path) - planned.cost;
      double bps = 1e4 * earned / Math.max(0.05, 1 - position.debt);
      if (planned.steps) {
        bps -= FIXED_COST_BPS;
      } else if (!targets.weightsBps().stream().allMatch(Optional::isEmpty)) {
        bps -= REFUSED_COST_BPS;
      }
      payoffs[action] = (float) Math.clamp(bps, -MOST_BPS, MOST_BPS);
    }
    return payoffs;
  }

  /**
   * A plan carried out.
   *
   * @param steps whether it had any
   */
  private record Planned(Position after, double cost, boolean steps) {}

  /** As a vault plans: takes back what a sale needs and health allows, sells, buys, repays. */
  private static Planned planned(Position before, ExampleStrategies.LoanTargets targets) {
    double[] held = before.held.clone();
    double[] supplied = before.supplied.clone();
    double left = 1 - before.used;
    double wantedDebt =
        targets.borrowBps().isEmpty()
            ? before.debt
            : before.lent() * targets.borrowBps().get() / 10_000.0;
    double excess = Math.max(0, before.debt - wantedDebt);
    double slack = Math.max(0, before.secured() - before.debt * FLOOR);
    double brim = Math.max(0, before.secured() - before.debt * BRIM);
    double repayable = excess;
    double cash = before.numeraire();
    double turned = 0;
    for (int i = 0; i < held.length; i++) {
      if (targets.weightsBps().get(i).isEmpty()) {
        continue;
      }
      double wanted = held[i] - targets.weightsBps().get(i).get() / 10_000.0;
      double room =
          before.debt == 0
              ? supplied[i]
              : Math.min(
                  supplied[i], Math.min(slack / THRESHOLDS[i] + repayable, brim / THRESHOLDS[i]));
      double sold = Math.min(Math.min(wanted, MOST_TRADE), Math.min(left, before.free(i) + room));
      if (sold < LEAST_TRADE) {
        continue;
      }
      double taken = Math.max(0, sold - before.free(i));
      repayable -= Math.min(repayable, Math.max(0, taken - slack / THRESHOLDS[i]));
      slack -= Math.min(slack, taken * THRESHOLDS[i]);
      brim -= Math.min(brim, taken * THRESHOLDS[i]);
      held[i] -= sold;
      supplied[i] -= taken;
      cash += sold * (1 - COST_PER_TURNOVER);
      left -= sold;
      turned += sold;
    }
    double lacking = Math.max(0, wantedDebt - before.debt);
    double borrowed = Math.min(lacking, slack / FLOOR);
    borrowed = borrowed < LEAST_TRADE ? 0 : borrowed;
    cash += borrowed;
    for (int i = 0; i < held.length && targets.buys(); i++) {
      if (targets.weightsBps().get(i).isEmpty()) {
        continue;
      }
      // What is borrowed now is bought with by the next decision: without that none would begin.
      double wanted = (1 + borrowed) * targets.weightsBps().get(i).get() / 10_000.0 - held[i];
      double bought = Math.min(Math.min(wanted, MOST_TRADE), Math.min(left, cash));
      if (bought >= LEAST_TRADE) {
        held[i] += bought * (1 - COST_PER_TURNOVER);
        cash -= bought;
        left -= bought;
        turned += bought;
      }
    }
    double repaid = Math.min(excess, cash);
    repaid = repaid < LEAST_TRADE && wantedDebt > 0 ? 0 : repaid;
    return new Planned(
        new Position(held, supplied, before.debt + borrowed - repaid, before.used),
        turned * COST_PER_TURNOVER,
        turned + borrowed + repaid > 0);
  }

  /** The moves of what is held, less what a liquidation takes and is feared for. */
  private static double earned(Position position, double[] moves, double[][] path) {
    double earned = 0;
    for (int i = 0; i < moves.length; i++) {
      earned += position.held[i] * Math.expm1(TICK * Math.clamp(moves[i], -5_000.0, 5_000.0));
    }
    if (position.debt <= 0) {
      return earned;
    }
    double lowest = Double.POSITIVE_INFINITY;
    for (int later = 0; later < path[0].length; later++) {
      double secured =
          THRESHOLDS[0] * position.supplied[0] * path[0][later]
              + THRESHOLDS[1] * position.supplied[1] * path[1][later];
      lowest = Math.min(lowest, secured / position.debt);
    }
    double repaid = lowest < HALF_BELOW ? position.debt : lowest < 1 ? position.debt / 2 : 0;
    double health = position.secured() / position.debt;
    double fatal =
        Math.clamp((DEEPEST - Math.max(0, 1 - 1 / health)) / (DEEPEST - SHALLOWEST), 0.0, 1.0);
    return earned - DREAD * SEIZED * (repaid + CRASHES * fatal * position.debt);
  }

  /**
   * What to compare with: reduces below one health factor, unwinds below another, and nothing else.
   */
  static int thresholdRule(FeatureVector features) {
    int health = features.get(HEALTH);
    return ExampleStrategies.LENDING_ACTIONS.indexOf(
        health < HEALTH_THAT_UNWINDS ? "unwind" : health < HEALTH_THAT_REDUCES ? "reduce" : "hold");
  }
}
