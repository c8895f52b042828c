package org.probity.intent.policy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Feed;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.Venue;

/**
 * What a policy may be at all, as far as no chain is needed to say it: every bound of {@code
 * PolicyRules.sol}, in its order. What only the chain knows is left to it: whether tokens, pools,
 * feeds, sources, actions, the desk and the key are there, whether the pools are the factory's and
 * lead from asset to numeraire, what tokens, feeds and sources say of their own decimals and
 * widths, what a venue's way costs, and what a lending market bears.
 */
public final class PolicyRules {

  private static final BigInteger UINT32_MOST = BigInteger.valueOf(0xffff_ffffL);
  private static final BigInteger UINT128_MOST =
      BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
  private static final BigInteger MOST_WINDOW = BigInteger.valueOf(366L * 86_400);

  private final Policy policy;
  private final ModelShape shape;
  private final boolean sequencer;

  private PolicyRules(Policy policy, ModelShape shape, boolean sequencer) {
    this.policy = policy;
    this.shape = shape;
    this.sequencer = sequencer;
  }

  /**
   * Refuses a policy for the first thing wrong with it.
   *
   * @param shape of the model that the policy pins
   * @param sequencer whether the chain has a sequencer's uptime feed
   * @throws BadPolicy with a sentence that says what, and what to do
   */
  public static void check(Policy policy, ModelShape shape, boolean sequencer) {
    new PolicyRules(policy, shape, sequencer).check();
  }

  private void check() {
    List<Asset> assets = policy.parts().assets();
    int pools = policy.parts().pools().size();
    within("assets", assets.size(), 2, PolicyBounds.ASSETS, "list the numeraire and others");
    within("pools", pools, 1, PolicyBounds.POOLS, "list the pools of all routes, each once");
    Set<Address> places = new HashSet<>();
    for (PoolPart pool : policy.parts().pools()) {
      if (!places.add(pool.pool())) {
        throw new BadPolicy(
            Refusal.of("PoolTwice", pool.pool()),
            "The policy lists the pool %s twice: one pool has one allowance and one opinion"
                .formatted(pool.pool()));
      }
    }
    Set<Address> tokens = new HashSet<>();
    boolean second = false;
    for (int i = 0; i < assets.size(); i++) {
      Asset asset = assets.get(i);
      if (!tokens.add(asset.token())) {
        throw new BadPolicy(
            Refusal.of("TokenTwice", asset.token()),
            "The policy lists the token %s twice: one entry is one asset".formatted(asset.token()));
      }
      checkAsset(asset, i);
      second |= asset.feed().exists() || asset.secondPool() != 0;
    }
    checkVenues();
    checkLimits(policy.limits(), assets.size() - 1, second);
    checkModel(policy.model(), assets.size() - 1, policy.parts().lending().reserves().size());
    checkLending(policy.parts().lending());
    fits();
  }

  /** That each field's type holds its value is what the ABI says, in its own words. */
  private void fits() {
    try {
      policy.encoded();
    } catch (IllegalArgumentException e) {
      throw new BadPolicy(
          Refusal.of("NotCanonicallyEncoded"),
          "The policy cannot be encoded: %s; give a smaller value".formatted(e.getMessage()));
    }
  }

  // ---- parts ----

  private void checkAsset(Asset asset, int i) {
    within(
        "decimals",
        asset.decimals(),
        0,
        PolicyBounds.TOKEN_DECIMALS_MOST,
        "tokens with more have no place in a vault");
    if (asset.feed().exists()) {
      checkFeed(asset, i);
    }
    if (i == 0) {
      within(
          "numeraire route",
          asset.route().size() + asset.secondPool(),
          0,
          0,
          "the numeraire is its own price, leave out its route and second pool");
      return;
    }
    within(
        "route",
        asset.route().size(),
        1,
        PolicyBounds.HOPS,
        "name the pools from the asset to the numeraire");
    int fees = 0;
    Set<Integer> hops = new HashSet<>();
    for (Hop hop : asset.route()) {
      checkHop(hop.pool());
      PoolPart pool = policy.parts().pools().get(hop.pool());
      fees += PriceGuard.feeTicks(pool.fee());
      if (!hops.add(hop.pool())) {
        throw new BadPolicy(
            Refusal.of("PoolTwice", pool.pool()),
            "The route of asset %s goes through the pool %s twice: it would bear twice what it bears"
                .formatted(i, pool.pool()));
      }
    }
    int slippage = policy.limits().numbers().maxSlippageBps();
    if (slippage <= fees) {
      throw outOfBounds(
          "maxSlippageBps",
          slippage,
          "must be above %s, the fees of the route of asset %s: accept more, or take cheaper pools"
              .formatted(fees, i));
    }
    if (asset.secondPool() != 0) {
      for (Hop hop : asset.route()) {
        if (hop.pool() == asset.secondPool() - 1) {
          throw outOfBounds(
              "secondPool",
              asset.secondPool(),
              "is a pool of the route itself and no second opinion: name another, or 0 for none");
        }
      }
      checkHop(asset.secondPool() - 1);
    }
  }

  private void checkFeed(Asset asset, int i) {
    Feed feed = asset.feed();
    within(
        "feed.decimals", feed.decimals(), 0, PolicyBounds.FEED_DECIMALS_MOST, "take another feed");
    within(
        "feed.heartbeat",
        feed.heartbeat(),
        BigInteger.ONE,
        UINT32_MOST,
        "say how old an answer may be");
    within(
        "feed.least",
        feed.least(),
        BigInteger.ONE,
        feed.most(),
        "say between which answers the feed is believed");
    if (i != 0 && !asset.feedInNumeraire() && !policy.parts().assets().getFirst().feed().exists()) {
      throw new BadPolicy(
          Refusal.of("NoCode", text("numeraire feed"), Address.ZERO),
          "Asset %s has a feed and the numeraire has none to divide it by: name one, or say that the feed is in the numeraire"
              .formatted(i));
    }
  }

  private void checkHop(int pool) {
    within(
        "route.pool",
        pool,
        0,
        policy.parts().pools().size() - 1,
        "a hop names its pool by the index in the list of pools");
  }

  // ---- venues ----

  private void checkVenues() {
    List<Venue> venues = policy.parts().venues();
    within("venues", venues.size(), 0, PolicyBounds.VENUES, "leave some out");
    for (int i = 0; i < venues.size(); i++) {
      Venue venue = venues.get(i);
      within(
          "venue.asset",
          venue.asset(),
          1,
          policy.assets() - 1,
          "a venue trades one of the assets against the numeraire");
      within(
          "venue.fee",
          venue.fee(),
          1,
          PolicyBounds.VENUE_FEE_MOST,
          "take a venue whose whole way costs no more");
      for (int j = 0; j < i; j++) {
        Venue other = venues.get(j);
        if (other.asset() == venue.asset()
            && other.action().equals(venue.action())
            && other.parameters().equals(venue.parameters())) {
          throw new BadPolicy(
              Refusal.of("VenueTwice", j, i),
              "The policy's venues %s and %s are one: list each once".formatted(j, i));
        }
      }
      int slippage = policy.limits().numbers().maxSlippageBps();
      int fees = PriceGuard.feeTicks(venue.fee());
      if (slippage <= fees) {
        throw outOfBounds(
            "maxSlippageBps",
            slippage,
            "must be above %s, the fees of venue %s: accept more, or take a cheaper venue"
                .formatted(fees, i));
      }
    }
  }

  // ---- lending ----

  private void checkLending(Lending lending) {
    if (!lending.exists()) {
      requireNone("lending.pool", lending.pool().equals(Address.ZERO));
      requireNone("lending.eMode", lending.eMode() == 0);
      requireNone("lending.reserves", lending.reserves().isEmpty());
      return;
    }
    within(
        "reserves",
        lending.reserves().size(),
        1,
        PolicyBounds.RESERVES,
        "name what is lent and borrowed");
    Set<Integer> reserves = new HashSet<>();
    for (Reserve reserve : lending.reserves()) {
      within(
          "reserve.asset",
          reserve.asset(),
          0,
          policy.assets() - 1,
          "a reserve is one of the assets, by its index");
      if (!reserves.add(reserve.asset())) {
        throw new BadPolicy(
            Refusal.of("ReserveTwice", reserve.asset()),
            "The policy has asset %s under two reserves: list it once".formatted(reserve.asset()));
      }
    }
  }

  private static void requireNone(String field, boolean isNone) {
    if (!isNone) {
      throw noLending(field);
    }
  }

  private static BadPolicy noLending(String field) {
    return new BadPolicy(
        Refusal.of("NoLending", text(field)),
        "The policy has no lending market and its %s is of one: name the market, or leave it out"
            .formatted(field));
  }

  // ---- limits ----

  private void checkLimits(Limits limits, int others, boolean second) {
    Numbers l = limits.numbers();
    checkTimes(l);
    checkPrices(l, second);
    if (sequencer) {
      within(
          "sequencerGrace",
          l.sequencerGrace(),
          BigInteger.valueOf(PolicyBounds.SEQUENCER_GRACE_LEAST),
          UINT32_MOST,
          "give feeds time to catch up after the sequencer was down");
    }
    checkSizes(l);
    within("exposures", limits.exposures().size(), others, others, "one for each but asset 0");
    for (Exposure exposure : limits.exposures()) {
      within(
          "exposures.mostBps",
          exposure.mostBps(),
          0,
          PolicyBounds.BPS,
          "10000 is all that the vault has");
    }
    checkFloors("limits.pools", limits.pools(), policy.parts().pools().size());
    checkFloors("limits.venues", limits.venues(), policy.parts().venues().size());
    int reserves = policy.parts().lending().reserves().size();
    within(
        "limits.reserves",
        limits.reserves().size(),
        reserves,
        reserves,
        "one for each of the reserves");
    if (reserves == 0) {
      within("healthFloorBps", limits.healthFloorBps(), 0, 0, "there are no loans without lending");
    } else {
      within(
          "healthFloorBps",
          limits.healthFloorBps(),
          PolicyBounds.HEALTH_FLOOR_LEAST,
          PolicyBounds.HEALTH_FLOOR_MOST,
          "at 10000 the market liquidates, 15000 does for most");
    }
  }

  private static void checkFloors(String field, List<PoolLimits> floors, int count) {
    within(field, floors.size(), count, count, "one for each of them");
    for (PoolLimits pool : floors) {
      within(
          "minLiquidity",
          pool.minLiquidity(),
          BigInteger.ONE,
          UINT128_MOST,
          "say under which liquidity nothing is traded");
      within(
          "countedLiquidity",
          pool.countedLiquidity(),
          BigInteger.ONE,
          pool.minLiquidity(),
          "count on no more than the floor, since what lies above may be an attacker's");
    }
  }

  private void checkTimes(Numbers l) {
    within(
        "step",
        l.step(),
        PolicyBounds.STEP_LEAST,
        PolicyBounds.STEP_MOST,
        "decide once a minute to once a day");
    within("maxAge", l.maxAge(), 1, l.step() / 2, "a decision is dead before half of its step");
    within(
        "minInterval",
        l.minInterval(),
        0,
        l.step() - l.maxAge(),
        "a longer one refuses a decision that came late and the next that came early");
    within(
        "window",
        l.window(),
        PolicyBounds.WINDOW_LEAST,
        PolicyBounds.WINDOW_MOST,
        "a shorter mean is cheap to move, a longer one lags");
    within("settle", l.settle(), 1, l.window(), "at most the window");
  }

  private void checkPrices(Numbers l, boolean second) {
    within("maxSlippageBps", l.maxSlippageBps(), 1, PolicyBounds.SLIPPAGE_MOST, "50 does for most");
    within("maxDrift", l.maxDrift(), 1, PolicyBounds.DRIFT_MOST, "50 does for most");
    within(
        "maxSlippageBps + maxDrift",
        (long) l.maxSlippageBps() + l.maxDrift(),
        2,
        PolicyBounds.ROOM_MOST,
        "lower one of them");
    within("impactMargin", l.impactMargin(), 0, PolicyBounds.IMPACT_MARGIN_MOST, "5 does for most");
    within(
        "depthShareBps", l.depthShareBps(), 1, PolicyBounds.BPS, "at 10000 a sandwich breaks even");
    within("minFillBps", l.minFillBps(), 1, PolicyBounds.BPS, "2500 is a quarter of a step");
    within(
        "maxDeviationBps",
        l.maxDeviationBps(),
        second ? 1 : 0,
        PolicyBounds.BPS,
        "say how far pool and independent price may lie apart");
  }

  private void checkSizes(Numbers l) {
    BigInteger most = PolicyBounds.BOOK_MOST;
    within("minTrade", l.minTrade(), BigInteger.ONE, most, "say what is worth its gas");
    within("maxAction", l.maxAction(), l.minTrade(), most, "at least the smallest trade");
    within("turnover", l.turnover(), l.minTrade(), most, "at least the smallest trade");
    within(
        "turnoverWindow",
        l.turnoverWindow(),
        BigInteger.valueOf(l.step()),
        MOST_WINDOW,
        "at least a step, at most 366 days");
    within(
        "monthLoss",
        l.monthLoss(),
        BigInteger.ONE,
        PolicyBounds.LOSS_MOST,
        "say at which losses of thirty days trading stops");
    within("dayLoss", l.dayLoss(), BigInteger.ONE, l.monthLoss(), "at most the month's");
    within(
        "maxLossPerAction",
        l.maxLossPerAction(),
        BigInteger.ONE,
        l.monthLoss(),
        "at most the month's");
  }

  // ---- model ----

  /**
   * @param reserves 0 without lending
   */
  private void checkModel(Model model, int others, int reserves) {
    if (model.agent().equals(Address.ZERO)) {
      throw new BadPolicy(
          Refusal.of("NoCode", text("agent"), Address.ZERO),
          "The policy names no agent: give the address of the account that acts for the model");
    }
    if (shape.linear()) {
      within(
          "weightStepBps", model.weightStepBps(), 1, PolicyBounds.BPS, "a LINEAR head needs one");
      requireModel(
          "outputs",
          others + 2 * reserves,
          shape.outputs(),
          "it has a weight for each but asset 0, and two numbers for each reserve");
      within(
          "targets",
          model.targets().size() + model.directions().size(),
          0,
          0,
          "the outputs of a LINEAR head are its targets");
      within(
          "lendingTargets",
          model.lendingTargets().size(),
          0,
          0,
          "the outputs of a LINEAR head are its targets");
    } else {
      checkClasses(model, others, reserves);
    }
    checkProgram(model, others, reserves);
  }

  private void checkClasses(Model model, int others, int reserves) {
    int classes = model.directions().size();
    within("weightStepBps", model.weightStepBps(), 0, 0, "an ARGMAX head has targets instead");
    within("decisions", classes, 1, PolicyBounds.DECISIONS, "one direction for each class");
    requireModel("outputs", classes, shape.outputs(), "give each class its direction and targets");
    within(
        "targets",
        model.targets().size(),
        (long) classes * others,
        (long) classes * others,
        "for each class one for each but asset 0");
    for (int d = 0; d < classes; d++) {
      if (reserves == 0) {
        within("directions", model.directions().get(d), 1, 3, "1 sells, 2 buys, 3 does both");
      } else {
        within(
            "directions",
            model.directions().get(d),
            1,
            15,
            "the sum of 1 sells, 2 buys, 4 borrows and takes back, 8 repays and supplies");
      }
      long sum = 0;
      for (int i = 0; i < others; i++) {
        int target = model.targets().get(d * others + i);
        sum += target == Policy.HOLD ? 0 : target;
      }
      within("targets", sum, 0, PolicyBounds.BPS, "the weights of a class are parts of one whole");
    }
    long loans = 2L * classes * reserves;
    within(
        "lendingTargets",
        model.lendingTargets().size(),
        loans,
        loans,
        "for each class two for each reserve");
    for (int target : model.lendingTargets()) {
      if (target != Policy.HOLD) {
        within("lendingTargets", target, 0, PolicyBounds.BPS, "10000 is all of it");
      }
    }
  }

  private void checkProgram(Model model, int others, int reserves) {
    within("program", model.program().size(), 1, PolicyBounds.SOURCES, "name the model's inputs");
    int width = 0;
    for (Feature feature : model.program()) {
      int own = feature.width();
      String words = "";
      if (feature.ofLoans()) {
        requireNone("program", reserves != 0);
        own = 1 + 4 * reserves;
        words = "loans are %s features and not %s: one, and four for each reserve";
      } else if (feature.ofOwnBooks()) {
        if (!feature.parameters().isEmpty()) {
          throw outOfBounds(
              "program.parameters",
              feature.parameters().length(),
              "of a source of the vault's own: it has none, or the one byte that says that it is its loans");
        }
        own = 2 * others + 2;
        words =
            "own books are %s features and not %s: two for each asset but the numeraire, and two more";
      }
      if (own != feature.width()) {
        throw new BadPolicy(
            Refusal.of("WrongWidth", feature.source(), feature.width(), own),
            ("The vault's " + words).formatted(own, feature.width()));
      }
      width += own;
    }
    requireModel("inputs", width, shape.inputs(), "make the program as wide as the model");
  }

  private static void requireModel(String what, int policy, int model, String remedy) {
    if (policy != model) {
      throw new BadPolicy(
          Refusal.of("WrongModel", text(what), policy, model),
          "The policy is for a model of %s %s, and its model has %s: %s"
              .formatted(policy, what, model, remedy));
    }
  }

  // ---- words ----

  private static void within(String field, long value, long least, long most, String remedy) {
    within(field, value, BigInteger.valueOf(least), BigInteger.valueOf(most), remedy);
  }

  private static void within(
      String field, long value, BigInteger least, BigInteger most, String remedy) {
    within(field, BigInteger.valueOf(value), least, most, remedy);
  }

  private static void within(
      String field, BigInteger value, BigInteger least, BigInteger most, String remedy) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw outOfBounds(field, value, "must lie from %s to %s: %s".formatted(least, most, remedy));
    }
  }

  private static BadPolicy outOfBounds(String field, Object value, String rule) {
    return new BadPolicy(
        Refusal.of("PolicyOutOfBounds", text(field), value),
        "The policy's %s is %s and %s".formatted(field, value, rule));
  }

  /** A literal of Solidity's as a {@code bytes32}. */
  private static Bytes32 text(String literal) {
    return Bytes32.of(Arrays.copyOf(literal.getBytes(StandardCharsets.US_ASCII), Bytes32.SIZE));
  }
}
