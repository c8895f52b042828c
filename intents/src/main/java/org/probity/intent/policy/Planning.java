package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.Venue;
import org.probity.intent.policy.PriceGuard.Guarded;
import org.probity.intent.policy.PriceGuard.Pool;
import org.probity.intent.policy.PriceGuard.Route;
import org.probity.intent.policy.PriceGuard.Toll;

/** One plan in the making; the {@code Work} of {@code PolicyEngine.sol}, in its order. */
final class Planning {

  private final PlanInput input;
  private final Policy policy;
  private final Numbers limits;
  private final MarketView market;
  private final Optional<Address> sequencer;
  private final PriceGuard guard;
  private final IndependentPrice independent;
  private final int assets;
  private final @Nullable Pool[] pools;
  private final int[] weights;
  private final BigInteger[] values;
  private final int[] refs;

  /** What there is of each asset, with what is supplied to a lending market. */
  private final BigInteger[] held;

  private final LendingView lending;
  private @Nullable LoanPlanning loans;
  private BigInteger total = BigInteger.ZERO;
  private boolean sells;
  private boolean buys;
  private BigInteger left;

  /** The numeraire, with what the sells should bring. */
  private BigInteger funds;

  Planning(PlanInput input, long now, MarketView market, Optional<Address> sequencer) {
    this.input = input;
    this.policy = input.policy();
    this.limits = policy.limits().numbers();
    this.market = market;
    this.sequencer = sequencer;
    this.guard = new PriceGuard(limits, input.asOf(), now);
    this.independent = new IndependentPrice(market, now);
    this.assets = policy.assets();
    this.pools = new Pool[policy.parts().pools().size()];
    this.weights = new int[assets];
    this.values = new BigInteger[assets];
    this.refs = new int[assets];
    this.held = input.books().toArray(BigInteger[]::new);
    this.lending = policy.parts().lending().exists() ? market.lending() : LendingView.NONE;
    this.left = input.turnoverLeft();
    this.funds = input.books().getFirst();
  }

  /** A step that is sized and not yet held against the market. */
  private record Sized(int asset, boolean sell, BigInteger amountIn, BigInteger notional) {}

  Plan plan() {
    requireVenues();
    want();
    value();
    if (policy.parts().lending().exists()) {
      lend();
    }
    List<Sized> sized = new ArrayList<>(assets - 1);
    Reason reason = size(sized);
    List<PlanStep> steps = List.of();
    if (!sized.isEmpty()) {
      reason = Reason.NONE;
      if (sequencer.isPresent()) {
        independent.requireSequencer(sequencer.get(), limits.sequencerGrace());
      }
      steps = new ArrayList<>(sized.size());
      for (Sized step : sized) {
        steps.add(guarded(step));
      }
    }
    List<Integer> references = Arrays.stream(refs).boxed().toList();
    return loans == null
        ? new Plan(steps, references, reason)
        : withLoans(loans, steps, references, reason);
  }

  private Plan withLoans(
      LoanPlanning lent, List<PlanStep> steps, List<Integer> references, Reason reason) {
    BigInteger[] sold = new BigInteger[assets];
    Arrays.fill(sold, BigInteger.ZERO);
    boolean[] bought = new boolean[assets];
    for (PlanStep step : steps) {
      int given = step.sell() ? step.asset() : 0;
      sold[given] = sold[given].add(step.amountIn());
      bought[step.sell() ? 0 : step.asset()] = true;
    }
    LoanPlanning.Loans made = lent.close(sold, bought);
    boolean lends = !made.before().isEmpty() || !made.later().isEmpty();
    return new Plan(
        steps,
        references,
        lends || !steps.isEmpty() ? Reason.NONE : max(reason, made.reason()),
        made.before(),
        made.later(),
        lending.account());
  }

  // ---- what the model wants ----

  /** Weights by asset, HOLD where an asset is to be left as it is. The numeraire has the rest. */
  private void want() {
    if (policy.model().linear()) {
      wantWeights(policy.model().weightStepBps());
    } else {
      wantClass(policy.model());
    }
  }

  private void wantClass(Model model) {
    requireOutputs(1);
    BigInteger output = input.outputs().getFirst();
    int decisions = model.directions().size();
    if (output.signum() < 0 || output.compareTo(BigInteger.valueOf(decisions)) >= 0) {
      throw Refused.by("UnknownDecision", output, decisions);
    }
    int decision = output.intValueExact();
    for (int i = 1; i < assets; i++) {
      weights[i] = model.targets().get(decision * (assets - 1) + i - 1);
    }
    sells = (model.directions().get(decision) & 1) != 0;
    buys = (model.directions().get(decision) & 2) != 0;
  }

  private void wantWeights(int weightStepBps) {
    requireOutputs(assets - 1 + 2 * policy.parts().lending().reserves().size());
    BigInteger most = BigInteger.valueOf(PolicyBounds.BPS / weightStepBps);
    int sum = 0;
    for (int i = 1; i < assets; i++) {
      BigInteger steps = input.outputs().get(i - 1).max(BigInteger.ZERO).min(most);
      weights[i] = steps.intValueExact() * weightStepBps;
      sum += weights[i];
    }
    // A refusal would silence an honest model for ever.
    for (int i = 1; sum > PolicyBounds.BPS && i < assets; i++) {
      weights[i] = PolicyBounds.BPS * weights[i] / sum;
    }
    sells = true;
    buys = true;
  }

  private void requireOutputs(int expected) {
    int given = input.outputs().size();
    if (given != expected) {
      throw Refused.by("WrongOutputs", expected, given);
    }
  }

  // ---- what there is ----

  /**
   * Of every asset, held and wanted or not: the vault's own features have these prices, and must
   * not depend on what is decided.
   */
  private void value() {
    List<Reserve> reserves = policy.parts().lending().reserves();
    for (int r = 0; r < reserves.size(); r++) {
      int asset = reserves.get(r).asset();
      held[asset] = held[asset].add(lending.reserves().get(r).supplied());
    }
    values[0] = held[0];
    total = values[0];
    for (int i = 1; i < assets; i++) {
      refs[i] =
          ReferenceTicks.of(
              policy.parts().assets().get(i).route(),
              limits.window(),
              input.asOf(),
              (pool, moment) -> guard.referred(pool(pool), moment));
      values[i] = PriceGuard.valueAt(held[i], refs[i]);
      total = total.add(values[i]);
    }
  }

  /** What the market gives back and lends, before any trade is sized. */
  private void lend() {
    BigInteger[] gaps = new BigInteger[assets];
    for (int i = 0; i < assets; i++) {
      gaps[i] = i == 0 || weights[i] == Policy.HOLD ? BigInteger.ZERO : gap(i);
    }
    LoanPlanning opened =
        new LoanPlanning(policy, lending, input.books(), refs, LoanPlanning.Wanted.of(input));
    opened.open(new LoanPlanning.Gaps(gaps, held, values));
    funds = funds.add(opened.comes(0));
    loans = opened;
  }

  /** What is to be bought of an asset, or below 0 sold, as far as the decision may. */
  private BigInteger gap(int i) {
    BigInteger gap = target(i).subtract(values[i]);
    boolean may = gap.signum() < 0 ? sells : buys && !policy.parts().assets().get(i).sellOnly();
    return may && !isCrumb(gap.abs()) ? gap : BigInteger.ZERO;
  }

  private BigInteger target(int i) {
    return total.multiply(BigInteger.valueOf(weights[i])).divide(Uint.BPS);
  }

  /** What can be given of an asset: what is free, and what the lending market gives back. */
  private BigInteger free(int i) {
    BigInteger booked = input.books().get(i);
    return loans == null ? booked : booked.add(loans.comes(i));
  }

  // ---- steps ----

  /** The steps, sells first; or why there is none. */
  private Reason size(List<Sized> steps) {
    Reason reason = Reason.HOLD;
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 1; i < assets; i++) {
        if (weights[i] == Policy.HOLD) {
          continue;
        }
        BigInteger target = target(i);
        boolean sell = target.compareTo(values[i]) < 0;
        if (sell != (pass == 0)) {
          continue;
        }
        Reason why = size(i, sell, values[i].subtract(target).abs(), steps);
        reason = max(reason, why);
      }
    }
    return reason;
  }

  private static Reason max(Reason a, Reason b) {
    return a.compareTo(b) < 0 ? b : a;
  }

  /** Caps shrink a step. */
  private Reason size(int i, boolean sell, BigInteger wanted, List<Sized> steps) {
    if (isCrumb(wanted)) {
      return Reason.AT_TARGET;
    }
    if (sell ? !sells : !buys || policy.parts().assets().get(i).sellOnly()) {
      return Reason.DIRECTION;
    }
    BigInteger notional = wanted.min(limits.maxAction()).min(left);
    if (isCrumb(notional)) {
      return Reason.ALLOWANCE;
    }
    BigInteger amountIn = notional;
    if (sell) {
      amountIn = Uint.mulDiv(held[i], notional, values[i]);
      BigInteger free = free(i);
      if (amountIn.compareTo(free) > 0) {
        notional = Uint.mulDiv(notional, free, amountIn);
        amountIn = free;
        if (isCrumb(notional)) {
          return Reason.FUNDS;
        }
      }
    } else {
      if (isCrumb(funds)) {
        return Reason.FUNDS;
      }
      notional = notional.min(room(i));
      if (isCrumb(notional)) {
        return Reason.EXPOSURE;
      }
      amountIn = notional;
    }
    Route route = route(i);
    Optional<Chosen> venue = venue(i);
    BigInteger bears =
        venue
            .map(chosen ->
                guard.depth(route, chosen.limits.countedLiquidity(), chosen.venue.fee(), sell))
            .orElseGet(() -> guard.depth(route, sell));
    if (amountIn.compareTo(bears) > 0) {
      notional = sell ? Uint.mulDiv(notional, bears, amountIn) : bears;
      if (isCrumb(notional)) {
        // What steps before it took of a pool that both need is no reason to refuse them.
        if (!steps.isEmpty()) {
          return Reason.ALLOWANCE;
        }
        throw Refused.by("TooLargeForDepth", notional, limits.minTrade());
      }
      amountIn = bears;
    }
    if (venue.isEmpty()) {
      // A venue is of one asset, so that no other step needs what this one takes of it.
      guard.use(route, sell, amountIn);
    }
    steps.add(new Sized(i, sell, amountIn, notional));
    left = left.subtract(notional);
    if (sell) {
      funds = funds.add(notional);
    }
    return Reason.NONE;
  }

  private boolean isCrumb(BigInteger value) {
    return value.compareTo(limits.minTrade()) < 0;
  }

  /**
   * What may still be bought of an asset: at the larger of its fresh and its independent price,
   * against all at the reference.
   */
  private BigInteger room(int i) {
    Exposure cap = policy.limits().exposures().get(i - 1);
    BigInteger most =
        cap.most().min(Uint.mulDiv(total, BigInteger.valueOf(cap.mostBps()), Uint.BPS));
    Prices prices = prices(i);
    BigInteger worth = Uint.mulDivUp(held[i], prices.priceX96.max(prices.freshX96), Uint.ONE_X96);
    return most.subtract(worth).max(BigInteger.ZERO);
  }

  private PlanStep guarded(Sized step) {
    Route route = route(step.asset);
    Optional<Chosen> venue = venue(step.asset);
    Guarded found =
        guard.check(
            route,
            venue
                .map(chosen -> Toll.of(limits, chosen.venue.fee()))
                .orElseGet(() -> guard.toll(route)),
            step.sell,
            refs[step.asset],
            Math.min(limits.maxSlippageBps(), input.slippageBps()));
    BigInteger limitX96 =
        venue.isPresent() ? BigInteger.ZERO : PriceGuard.limitX96(route, step.sell, found.limit());
    BigInteger priceX96 = prices(step.asset).priceX96;
    venue.ifPresent(chosen ->
        PriceGuard.requireLiquid(
            chosen.venue.action(),
            market.venueLiquidity(chosen.index),
            chosen.limits.minLiquidity()));
    List<Integer> order = new ArrayList<>(route.length());
    for (int h = 0; venue.isEmpty() && h < route.length(); h++) {
      order.add(route.pool(step.sell ? h : route.length() - 1 - h).index);
    }
    return new PlanStep(
        step.asset,
        step.sell,
        step.amountIn,
        step.notional,
        limitX96,
        found.worstX96(),
        priceX96,
        order,
        input.choices().get(step.asset - 1));
  }

  /** A venue of the policy, by its index, with what is asked of its liquidity. */
  private record Chosen(int index, Venue venue, PoolLimits limits) {}

  /** Where the executor chose to trade an asset; empty for its route. */
  private Optional<Chosen> venue(int asset) {
    int at = input.choices().get(asset - 1) - 1;
    return at < 0
        ? Optional.empty()
        : Optional.of(
            new Chosen(at, policy.parts().venues().get(at), policy.limits().venues().get(at)));
  }

  private void requireVenues() {
    List<Venue> venues = policy.parts().venues();
    for (int i = 1; i < assets; i++) {
      int choice = input.choices().get(i - 1);
      if (choice > venues.size() || choice != 0 && venues.get(choice - 1).asset() != i) {
        throw Refused.by("NotAVenueOf", i, choice);
      }
    }
  }

  /**
   * Two prices of an asset.
   *
   * @param priceX96 what losses are measured with: the independent one where there is one
   * @param freshX96 the fresh mean
   */
  private record Prices(BigInteger priceX96, BigInteger freshX96) {}

  private Prices prices(int i) {
    Asset asset = policy.parts().assets().get(i);
    Route route = route(i);
    int fresh = guard.freshOf(route);
    BigInteger freshX96 = PriceGuard.priceX96(fresh);
    BigInteger unit = BigInteger.TEN.pow(9 + asset.decimals());
    BigInteger other;
    if (asset.feed().exists()) {
      other = independent.value(policy.parts().assets().getFirst(), asset);
    } else if (asset.secondPool() != 0) {
      int tick = guard.freshTick(pool(asset.secondPool() - 1));
      other = PriceGuard.valueAt(unit, asset.secondInverted() ? -tick : tick);
    } else {
      return new Prices(freshX96, freshX96);
    }
    int most = limits.maxDeviationBps();
    IndependentPrice.requireAgree(asset.token(), PriceGuard.valueAt(unit, fresh), other, most);
    IndependentPrice.requireAgree(
        asset.token(), PriceGuard.valueAt(unit, guard.startOf(route)), other, most);
    return new Prices(Uint.mulDiv(other, Uint.ONE_X96, unit), freshX96);
  }

  private Route route(int i) {
    List<Hop> hops = policy.parts().assets().get(i).route();
    Pool[] along = new Pool[hops.size()];
    boolean[] inverted = new boolean[along.length];
    for (int h = 0; h < along.length; h++) {
      along[h] = pool(hops.get(h).pool());
      inverted[h] = hops.get(h).inverted();
    }
    return new Route(along, inverted);
  }

  /** A pool as it is now, looked at once. */
  private Pool pool(int index) {
    Pool known = pools[index];
    if (known == null) {
      known = new Pool(index, policy, market.pool(index));
      pools[index] = known;
    }
    return known;
  }
}
