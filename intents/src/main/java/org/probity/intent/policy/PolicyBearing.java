package org.probity.intent.policy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.probity.chain.uniswap.Observation;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Numbers;

/**
 * What a policy bears on its pools as they are: the numbers that an owner should see before a vault
 * is there, and what contradicts them. Nothing here is a check of the vault's own: each is what
 * follows from those.
 */
public final class PolicyBearing {

  private static final BigInteger BPS = BigInteger.valueOf(PolicyBounds.BPS);
  private static final long DAY = 86_400;

  /** The guard wants the start of a block, so three observations. */
  private static final int RING_LEAST = 3;

  /** What one more place in a pool's ring costs, in gas: a fresh slot, and the loop around it. */
  private static final long PLACE_GAS = 22_300;

  /** A decision must live for some blocks to be executed. */
  private static final int BLOCKS_LEAST = 3;

  /**
   * A pool as it is, in its own orientation.
   *
   * @param cardinality how many observations its ring has room for
   */
  public record PoolFacts(
      BigInteger liquidity, BigInteger sqrtPriceX96, int tick, int cardinality) {}

  /**
   * What the policy does not say.
   *
   * @param symbols of the assets, the numeraire first
   * @param pools one for each of the policy's
   * @param feedThresholdBps for each asset but the numeraire the deviation at which its feed
   *     answers anew; 0 where it has none
   * @param historySeconds the longest horizon of a feature that reads a pool
   * @param blockSeconds the time between two blocks
   */
  public record Facts(
      List<String> symbols,
      List<PoolFacts> pools,
      List<Integer> feedThresholdBps,
      long historySeconds,
      double blockSeconds) {
    public Facts {
      symbols = List.copyOf(symbols);
      pools = List.copyOf(pools);
      feedThresholdBps = List.copyOf(feedThresholdBps);
    }
  }

  /**
   * The most of one step for which nobody with up to half of the liquidity gains by moving the
   * price, in the numeraire: by the depth that is counted on, and by the policy's own cap.
   *
   * @param feeTicks the fees of the way
   * @param impactTicks how far a step may move the price
   */
  public record LargestStep(
      int asset, BigInteger buy, BigInteger sale, int feeTicks, int impactTicks) {}

  private final Policy policy;
  private final Numbers limits;
  private final Facts facts;
  private final List<LargestStep> steps = new ArrayList<>();
  private final List<LargestStep> atVenues = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if the facts are of another number of pools or assets
   */
  public PolicyBearing(Policy policy, Facts facts) {
    int others = policy.assets() - 1;
    if (facts.pools().size() != policy.parts().pools().size()
        || facts.symbols().size() != policy.assets()
        || facts.feedThresholdBps().size() != others) {
      throw new IllegalArgumentException(
          "The facts are of %s pools, %s symbols and %s feeds, and the policy has %s pools and %s assets"
              .formatted(
                  facts.pools().size(),
                  facts.symbols().size(),
                  facts.feedThresholdBps().size(),
                  policy.parts().pools().size(),
                  policy.assets()));
    }
    this.policy = policy;
    this.limits = policy.limits().numbers();
    this.facts = facts;
    for (int i = 1; i <= others; i++) {
      steps.add(largest(i));
    }
    for (int i = 0; i < policy.parts().venues().size(); i++) {
      atVenues.add(largestAt(i));
    }
  }

  /** Along the routes, one for each asset but the numeraire. */
  public List<LargestStep> largestSteps() {
    return List.copyOf(steps);
  }

  /** One for each venue. */
  public List<LargestStep> largestStepsAtVenues() {
    return List.copyOf(atVenues);
  }

  /**
   * The most that the vault can lose within any 24 hours: what is used leaks while it is filled.
   */
  public BigInteger worstDay() {
    return limits.dayLoss().shiftLeft(1).add(limits.maxLossPerAction());
  }

  /** The most that it can trade within any window of the allowance. */
  public BigInteger worstTurnover() {
    return limits.turnover().shiftLeft(1);
  }

  /**
   * What honest trading costs a day if the whole allowance is used: fees, half of the impact that
   * is allowed, and a feed's noise, of the dearest asset. Rounded up.
   */
  public BigInteger honestLossPerDay() {
    BigInteger perDay =
        limits
            .turnover()
            .multiply(BigInteger.valueOf(DAY))
            .divide(BigInteger.valueOf(limits.turnoverWindow()));
    BigInteger quarterBps = BigInteger.ZERO;
    for (LargestStep step : steps) {
      long quarters =
          4L * step.feeTicks + 2L * step.impactTicks + facts.feedThresholdBps().get(step.asset - 1);
      quarterBps = quarterBps.max(BigInteger.valueOf(quarters));
    }
    BigInteger whole = BPS.shiftLeft(2);
    return perDay.multiply(quarterBps).add(whole).subtract(BigInteger.ONE).divide(whole);
  }

  /** How many observations each ring must have room for. */
  public int ringNeeded() {
    long reach = Math.max(facts.historySeconds(), limits.window()) + limits.maxAge();
    return (int) Math.max(RING_LEAST, (long) Math.ceil(reach / facts.blockSeconds()) + 2);
  }

  /** Each number in a sentence of its own. */
  public List<String> sentences() {
    List<String> said = new ArrayList<>();
    for (LargestStep step : steps) {
      String asset = facts.symbols().get(step.asset);
      said.add(
          "One step buys %s for at most %s and sells at most %s of it: beyond, a sandwich could pay."
              .formatted(asset, amount(step.buy), amount(step.sale)));
    }
    for (int i = 0; i < atVenues.size(); i++) {
      LargestStep step = atVenues.get(i);
      said.add(
          "At venue %s, of %s, it buys for at most %s and sells at most %s."
              .formatted(
                  i + 1, facts.symbols().get(step.asset), amount(step.buy), amount(step.sale)));
    }
    said.add(
        "Within any %s it trades at most %s, and %s in the long run."
            .formatted(
                time(limits.turnoverWindow()), amount(worstTurnover()), amount(limits.turnover())));
    said.add(
        "Within any 24 hours it loses at most %s; honest trading of the whole allowance costs about %s a day."
            .formatted(amount(worstDay()), amount(honestLossPerDay())));
    for (int i = 0; i < facts.pools().size(); i++) {
      int missing = ringNeeded() - facts.pools().get(i).cardinality();
      if (missing > 0) {
        said.add(growth(i, missing));
      }
    }
    return List.copyOf(said);
  }

  private String growth(int pool, int missing) {
    return String.format(
        Locale.ROOT,
        "The ring of pool %s has %s places and needs %s: growing it takes %,d gas.",
        policy.parts().pools().get(pool).pool(),
        facts.pools().get(pool).cardinality(),
        ringNeeded(),
        missing * PLACE_GAS);
  }

  /**
   * Why this policy would not do what its owner wants, each with what to change; empty if it would.
   */
  public List<String> contradictions() {
    List<String> found = new ArrayList<>();
    for (LargestStep step : steps) {
      String asset = facts.symbols().get(step.asset);
      BigInteger least = step.buy.min(step.sale);
      if (least.compareTo(limits.minTrade()) < 0) {
        found.add(
            "A step of %s bears %s, less than the smallest trade of %s: lower minTrade, count on more liquidity, or take a deeper pool."
                .formatted(asset, amount(least), amount(limits.minTrade())));
      }
      int threshold = facts.feedThresholdBps().get(step.asset - 1);
      if (policy.parts().assets().get(step.asset).feed().exists()
          && limits.maxDeviationBps() <= threshold + step.feeTicks) {
        found.add(
            "The feed of %s answers anew at %s basis points and its route costs %s: with a maxDeviationBps of %s honest trades are refused, so allow more than %s."
                .formatted(
                    asset,
                    threshold,
                    step.feeTicks,
                    limits.maxDeviationBps(),
                    threshold + step.feeTicks));
      }
    }
    for (int i = 0; i < atVenues.size(); i++) {
      LargestStep step = atVenues.get(i);
      BigInteger least = step.buy.min(step.sale);
      if (least.compareTo(limits.minTrade()) < 0) {
        found.add(
            "A step at venue %s, of %s, bears %s, less than the smallest trade of %s: lower minTrade, count on more liquidity, or leave the venue out."
                .formatted(
                    i + 1,
                    facts.symbols().get(step.asset),
                    amount(least),
                    amount(limits.minTrade())));
      }
    }
    found.addAll(unreachable());
    for (int i = 0; i < facts.pools().size(); i++) {
      if (facts.pools().get(i).liquidity().compareTo(policy.limits().pools().get(i).minLiquidity())
          < 0) {
        found.add(
            "Pool %s has a liquidity of %s in range, and the policy trades only above %s: lower minLiquidity, or take another pool."
                .formatted(
                    policy.parts().pools().get(i).pool(),
                    facts.pools().get(i).liquidity(),
                    policy.limits().pools().get(i).minLiquidity()));
      }
      int cardinality = facts.pools().get(i).cardinality();
      if (cardinality < ringNeeded()) {
        found.add(
            "The ring of pool %s holds %s observations, and with a block every %s seconds it needs %s: call increaseObservationCardinalityNext(%s)."
                .formatted(
                    policy.parts().pools().get(i).pool(),
                    cardinality,
                    BigDecimal.valueOf(facts.blockSeconds()).stripTrailingZeros().toPlainString(),
                    ringNeeded(),
                    ringNeeded()));
      }
    }
    BigInteger honest = honestLossPerDay();
    if (honest.compareTo(limits.dayLoss()) > 0) {
      found.add(
          "Honest trading costs about %s a day, and dayLoss stops it at %s: allow more losses or less turnover."
              .formatted(amount(honest), amount(limits.dayLoss())));
    }
    if (honest.multiply(BigInteger.valueOf(30)).compareTo(limits.monthLoss()) > 0) {
      found.add(
          "Honest trading costs about %s in thirty days, and monthLoss stops it at %s: allow more losses or less turnover."
              .formatted(
                  amount(honest.multiply(BigInteger.valueOf(30))), amount(limits.monthLoss())));
    }
    if (limits.maxAge() < BLOCKS_LEAST * facts.blockSeconds()) {
      found.add(
          "A decision lives for %s seconds, less than three blocks: raise maxAge."
              .formatted(limits.maxAge()));
    }
    return List.copyOf(found);
  }

  /**
   * Classes that are to owe more than the health floor lets them: even where all that is supplied
   * counts whole.
   */
  private List<String> unreachable() {
    List<String> found = new ArrayList<>();
    int reserves = policy.parts().lending().reserves().size();
    int floor = policy.limits().healthFloorBps();
    List<Integer> targets = policy.model().lendingTargets();
    for (int c = 0; floor != 0 && c < targets.size() / (2 * reserves); c++) {
      long owed = 0;
      for (int r = 0; r < reserves; r++) {
        int target = targets.get(2 * (c * reserves + r) + 1);
        owed += target == Policy.HOLD ? 0 : target;
      }
      long most = (long) PolicyBounds.BPS * PolicyBounds.BPS / floor;
      if (owed > most) {
        found.add(
            "Class %s is to owe %s bps of what is supplied, and with a health factor of at least %s it owes less than %s bps: borrow less, or lower the floor."
                .formatted(
                    c,
                    owed,
                    BigDecimal.valueOf(floor, 4).stripTrailingZeros().toPlainString(),
                    most));
      }
    }
    return found;
  }

  private LargestStep largestAt(int index) {
    Policy.Venue venue = policy.parts().venues().get(index);
    BigInteger counted = policy.limits().venues().get(index).countedLiquidity();
    PriceGuard guard = new PriceGuard(limits, 0, limits.window());
    PriceGuard.Route route = route(venue.asset());
    BigInteger buy = guard.depth(route, counted, venue.fee(), false);
    BigInteger sale =
        PriceGuard.valueAt(guard.depth(route, counted, venue.fee(), true), guard.startOf(route));
    PriceGuard.Toll toll = PriceGuard.Toll.of(limits, venue.fee());
    return new LargestStep(
        venue.asset(),
        buy.min(limits.maxAction()),
        sale.min(limits.maxAction()),
        toll.fees(),
        toll.impact());
  }

  private LargestStep largest(int asset) {
    PriceGuard guard = new PriceGuard(limits, 0, limits.window());
    PriceGuard.Route route = route(asset);
    BigInteger buy = guard.depth(route, false);
    BigInteger sale = PriceGuard.valueAt(guard.depth(route, true), guard.startOf(route));
    PriceGuard.Toll toll = guard.toll(route);
    return new LargestStep(
        asset,
        buy.min(limits.maxAction()),
        sale.min(limits.maxAction()),
        toll.fees(),
        toll.impact());
  }

  private PriceGuard.Route route(int asset) {
    Asset listed = policy.parts().assets().get(asset);
    List<Hop> hops = listed.route();
    PriceGuard.Pool[] pools = new PriceGuard.Pool[hops.size()];
    boolean[] inverted = new boolean[hops.size()];
    for (int h = 0; h < pools.length; h++) {
      int index = hops.get(h).pool();
      pools[h] = new PriceGuard.Pool(index, policy, new AtRest(facts.pools().get(index)));
      inverted[h] = hops.get(h).inverted();
    }
    return new PriceGuard.Route(pools, inverted);
  }

  /** A pool that has stood where it is for as long as anybody asks. */
  private record AtRest(PoolFacts pool) implements PoolView {
    @Override
    public BigInteger sqrtPriceX96() {
      return pool.sqrtPriceX96();
    }

    @Override
    public int tick() {
      return pool.tick();
    }

    @Override
    public BigInteger liquidity() {
      return pool.liquidity();
    }

    @Override
    public int cardinality() {
      return RING_LEAST;
    }

    @Override
    public Observation observation(int back) {
      return new Observation(-back, (long) -back * pool.tick(), true);
    }

    @Override
    public long oldest() {
      return Long.MIN_VALUE;
    }

    @Override
    public long tickCumulative(long moment) {
      return moment * pool.tick();
    }

    @Override
    public BigInteger secondsPerLiquidityX128(long moment) {
      return BigInteger.valueOf(moment).shiftLeft(128).divide(pool.liquidity());
    }
  }

  /** An amount of the numeraire, rounded to six digits or to its own. */
  private String amount(BigInteger units) {
    int decimals = policy.parts().assets().getFirst().decimals();
    BigDecimal whole = new BigDecimal(units).movePointLeft(decimals);
    BigDecimal shown = whole.setScale(Math.min(decimals, 2), RoundingMode.HALF_UP);
    return String.format(Locale.ROOT, "%,.2f %s", shown, facts.symbols().getFirst());
  }

  private static String time(long seconds) {
    return seconds % DAY == 0 && seconds >= DAY
        ? seconds == DAY ? "24 hours" : seconds / DAY + " days"
        : seconds % 3600 == 0 ? seconds / 3600 + " hours" : seconds + " seconds";
  }
}
