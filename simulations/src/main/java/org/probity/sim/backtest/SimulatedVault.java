package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.OptionalInt;
import org.probity.ground.Bytes32;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.VaultPolicy;
import org.probity.intent.VaultState;
import org.probity.settings.BadSetting;
import org.probity.sim.market.V3Pool;
import org.probity.sim.scenario.ExactPool;
import org.probity.strategy.feature.PriceMath;
import org.probity.strategy.feature.VaultBooks;

/**
 * {@code ProofBoundVault.sol} without its tokens: the same books, sizes, schedule, budget and
 * bounds on the price, in the same integers and in the same order of checks. The trades of a demo's
 * chain come out of it to the wei.
 */
final class SimulatedVault {

  private static final BigInteger BPS = BigInteger.valueOf(10_000);

  private final ExactPool pool;
  private final VaultPolicy policy;
  private final boolean baseIsToken0;
  private final int feeTicks;
  private VaultState state;

  /**
   * @param model digest of the model's key
   * @param base what it begins with, in smallest units
   * @param since when it was deployed, in seconds of Unix time
   */
  SimulatedVault(
      ExactPool pool,
      VaultPolicy policy,
      boolean baseIsToken0,
      Bytes32 model,
      BigInteger base,
      BigInteger quote,
      long since) {
    this.pool = pool;
    this.policy = policy;
    this.baseIsToken0 = baseIsToken0;
    this.feeTicks = (pool.feePips() + 99) / 100 + 1;
    if (policy.maxSlippageBps() <= feeTicks) {
      throw new BadSetting(
          "backtest.policy.max-slippage-bps is %d, and the pool's fee alone takes %d: allow more."
              .formatted(policy.maxSlippageBps(), feeTicks));
    }
    if (policy.maxNotionalPerEpoch().compareTo(policy.minTrade()) < 0) {
      throw new BadSetting(
          "backtest.policy.max-notional-per-epoch is less than min-trade: nothing could be traded.");
    }
    this.state =
        new VaultState(
            BigInteger.ZERO,
            false,
            new VaultBooks(
                base,
                quote,
                0,
                0,
                since / policy.epochSeconds(),
                BigInteger.ZERO,
                policy.maxNotionalPerEpoch(),
                policy.epochSeconds()),
            model,
            0,
            policy.stepSeconds());
  }

  /** What {@code execute} came to. */
  sealed interface Execution {
    /** It traded. */
    record Traded(BigInteger baseDelta, BigInteger quoteDelta) implements Execution {}

    /** A hold: recorded. */
    record Held() implements Execution {}

    /** It reverted, by the contract's name for the reason. */
    record Reverted(String reason) implements Execution {}
  }

  VaultState state() {
    return state;
  }

  boolean baseIsToken0() {
    return baseIsToken0;
  }

  /** What executing {@code proposal} would come to, as {@code DirectVenue} finds out. */
  Prospect prospect(Proposal proposal) {
    int decision = proposal.decision().index();
    if (decision >= policy.targets().size()) {
      return new Prospect.Nothing("the policy has no target for decision %d".formatted(decision));
    }
    if (proposal.head().timestamp() - proposal.observation().asOf() > policy.maxAgeSeconds()) {
      return new Prospect.Nothing("its moment is older than the policy allows");
    }
    OptionalInt target = policy.target(decision);
    if (target.isEmpty()) {
      return new Prospect.Hold();
    }
    VaultBooks books = state.books();
    BigInteger notional =
        books.notional(
            target.getAsInt(),
            proposal.observation().asOf(),
            proposal.observation().referenceTick());
    if (notional.abs().compareTo(policy.minTrade()) < 0) {
      boolean spent =
          notional.signum() == 0 && books.leftAt(proposal.observation().asOf()).signum() == 0;
      return new Prospect.Nothing(spent ? "the epoch's budget is spent" : "at its target");
    }
    return new Prospect.Trade(notional);
  }

  /**
   * Carries {@code proposal} out in a block, or leaves pool and vault as they are.
   *
   * @param time the block's timestamp
   */
  Execution execute(Proposal proposal, long time) {
    return execute(proposal, time, true);
  }

  private Execution execute(Proposal proposal, long time, boolean really) {
    long asOf = proposal.observation().asOf();
    if (!proposal.observation().state().nonce().equals(state.nonce())) {
      return new Execution.Reverted("WrongNonce");
    }
    if (time > proposal.deadline()) {
      return new Execution.Reverted("Expired");
    }
    if (asOf + policy.maxAgeSeconds() < time) {
      return new Execution.Reverted("Stale");
    }
    if (asOf % policy.stepSeconds() != 0) {
      return new Execution.Reverted("OffSchedule");
    }
    if (asOf <= state.lastAsOf()) {
      return new Execution.Reverted("OutOfOrder");
    }
    int decision = proposal.decision().index();
    if (decision >= policy.targets().size()) {
      return new Execution.Reverted("UnknownDecision");
    }
    OptionalInt target = policy.target(decision);
    if (target.isEmpty()) {
      state = after(state.books(), asOf);
      return new Execution.Held();
    }
    return trade(target.getAsInt(), asOf, proposal.observation().referenceTick(), time, really);
  }

  /** What {@code execute} would come to in a block at {@code time}; changes nothing. */
  Execution rehearse(Proposal proposal, long time) {
    VaultState before = state;
    Execution execution = execute(proposal, time, false);
    state = before;
    return execution;
  }

  private Execution trade(int targetBps, long asOf, int referenceTick, long time, boolean really) {
    VaultBooks books = state.books();
    BigInteger notional = books.notional(targetBps, asOf, referenceTick);
    if (books.leftAt(asOf).compareTo(policy.minTrade()) < 0) {
      return new Execution.Reverted("BudgetSpent");
    }
    if (notional.abs().compareTo(policy.minTrade()) < 0) {
      return new Execution.Reverted("TradeTooSmall");
    }
    boolean sell = notional.signum() < 0;
    BigInteger sqrtX96 = PriceMath.sqrtRatioX96(referenceTick);
    BigInteger baseValue = books.baseValue(referenceTick);
    BigInteger amountIn =
        sell ? books.baseBalance().multiply(notional.abs()).divide(baseValue) : notional;
    boolean zeroForOne = sell == baseIsToken0;
    BigInteger limit = PriceMath.sqrtRatioX96(limitTick(sell, referenceTick));
    BigInteger spot = pool.sqrtPriceX96();
    if (zeroForOne ? spot.compareTo(limit) <= 0 : spot.compareTo(limit) >= 0) {
      return new Execution.Reverted("PriceBeyondLimit");
    }

    V3Pool.Quote swapped = pool.exact().quote(time, zeroForOne, amountIn, limit);
    BigInteger baseDelta = (baseIsToken0 ? swapped.amount0() : swapped.amount1()).negate();
    BigInteger quoteDelta = (baseIsToken0 ? swapped.amount1() : swapped.amount0()).negate();
    BigInteger baseMoved = PriceMath.valueAt(baseDelta.abs(), sqrtX96);
    BigInteger given = sell ? baseMoved : quoteDelta.negate();
    BigInteger received = sell ? quoteDelta : baseMoved;
    BigInteger least =
        given.multiply(BPS.subtract(BigInteger.valueOf(policy.maxSlippageBps()))).divide(BPS);
    boolean partly = (sell ? baseDelta.negate() : quoteDelta.negate()).compareTo(amountIn) < 0;
    if (received.compareTo(least) < 0) {
      return new Execution.Reverted("SlippageExceeded");
    }
    if (partly && given.compareTo(policy.minTrade()) < 0) {
      return new Execution.Reverted("TradeTooSmall");
    }
    if (really) {
      pool.swap(time, zeroForOne, amountIn, limit);
    }
    long epoch = Math.max(Math.floorDiv(asOf, policy.epochSeconds()), books.epoch());
    BigInteger spent = epoch > books.epoch() ? BigInteger.ZERO : books.spent();
    state =
        after(
            new VaultBooks(
                books.baseBalance().add(baseDelta),
                books.quoteBalance().add(quoteDelta),
                time,
                referenceTick,
                epoch,
                spent.add(given),
                books.maxNotionalPerEpoch(),
                books.epochSeconds()),
            asOf);
    return new Execution.Traded(baseDelta, quoteDelta);
  }

  /** The worst marginal price: {@code _priceLimit} of the contract. */
  private int limitTick(boolean sell, int referenceTick) {
    int room = policy.maxSlippageBps() - feeTicks;
    int tick = sell ? referenceTick - room : referenceTick + room;
    int pools = baseIsToken0 ? tick : -tick;
    return Math.clamp(pools, 1 - PriceMath.MAX_TICK, PriceMath.MAX_TICK - 1);
  }

  private VaultState after(VaultBooks books, long asOf) {
    return new VaultState(
        state.nonce().add(BigInteger.ONE), false, books, state.model(), asOf, state.stepSeconds());
  }
}
