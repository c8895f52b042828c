package org.probity.strategy.feature;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Features of a vault's own books as of a moment; exactly what {@code Vault.sol} computes itself.
 * For each asset but the numeraire its weight at the reference price less half, of what is free and
 * what is supplied to a lending market; for each its reference tick less that of the last trade;
 * then the minutes since the last trade's moment, and the part of the turnover's allowance that is
 * used.
 *
 * @param assets of the vault, the numeraire among them; 2 to 8
 */
public record OwnBooks(int assets) implements ProgramEntry {

  /** A move since the last trade lies in [-LIMIT, LIMIT], in ticks. */
  public static final int LIMIT = 4095;

  private static final int MOST_ASSETS = 8;
  private static final int BPS = 10_000;
  private static final int LONGEST_MINUTES = 1440;

  /** Refuses what a policy cannot have. */
  public OwnBooks {
    if (assets < 2 || assets > MOST_ASSETS) {
      throw new IllegalArgumentException(
          "A vault has 2 to %d assets, not %d: name the policy's number"
              .formatted(MOST_ASSETS, assets));
    }
  }

  /**
   * What is booked of one asset, in its smallest unit.
   *
   * @param amount now
   * @param before what it was before the first change of the step in which it last changed
   * @param changedAt when it last changed, in seconds of Unix time; 0 if never
   */
  public record Book(BigInteger amount, BigInteger before, long changedAt) {

    /** Refuses negative amounts. */
    public Book {
      if (amount.signum() < 0 || before.signum() < 0) {
        throw new IllegalArgumentException("The books of a vault hold no negative amounts");
      }
    }

    /**
     * What was booked at a moment of the schedule.
     *
     * @throws IllegalArgumentException if that is not known any more
     */
    public BigInteger at(long asOf, long stepSeconds) {
      if (changedAt < asOf) {
        return amount;
      }
      if (changedAt - changedAt % stepSeconds == asOf) {
        return before;
      }
      throw new IllegalArgumentException(
          "What was booked as of %d is not known any more, for it changed at %d: decide as of a later moment"
              .formatted(asOf, changedAt));
    }
  }

  /**
   * The last trade: what moves and minutes are reckoned from.
   *
   * @param asOf its decision's moment, in seconds of Unix time; 0 before the first trade
   * @param refs its reference ticks, one for each asset that the vault had then, the numeraire's 0
   *     first; empty before the first trade
   */
  public record LastTrade(long asOf, List<Integer> refs) {

    /** Nothing was traded yet. */
    public static final LastTrade NONE = new LastTrade(0, List.of());

    /** Copies the list. */
    public LastTrade {
      refs = List.copyOf(refs);
    }

    /** The ticks since then; an asset that the vault did not have then counts from 0. */
    private int move(int asset, int ref) {
      int before = asset < refs.size() ? refs.get(asset) : 0;
      return asOf == 0 ? 0 : Math.clamp((long) ref - before, -LIMIT, LIMIT);
    }
  }

  /**
   * An allowance that leaks away by the clock, in units of the numeraire.
   *
   * @param used when it was last written
   * @param since when that was, in seconds of Unix time
   * @param capacity above 0
   * @param windowSeconds in which the capacity leaks away, above 0
   */
  public record Turnover(BigInteger used, long since, BigInteger capacity, long windowSeconds) {

    /** Refuses a capacity or a window that is not positive. */
    public Turnover {
      if (used.signum() < 0 || capacity.signum() <= 0 || windowSeconds <= 0) {
        throw new IllegalArgumentException(
            "An allowance needs a positive capacity and window, and cannot be used by less than 0");
      }
    }

    /** What of it is used with {@code asOf} as now; at most all of it. */
    public BigInteger usedAt(long asOf) {
      return new Bucket(used, since).usedAt(asOf, capacity, windowSeconds).min(capacity);
    }
  }

  /**
   * All that the features depend on besides the prices.
   *
   * @param books one for each asset, the numeraire's first
   * @param stepSeconds of the vault's schedule
   */
  public record State(List<Book> books, long stepSeconds, LastTrade lastTrade, Turnover turnover) {

    /** Copies the list. */
    public State {
      books = List.copyOf(books);
    }
  }

  /**
   * The features of a vault that lends nothing.
   *
   * @see #features(State, List, long, List)
   */
  public int[] features(State state, long asOf, List<Integer> refs) {
    return features(state, List.of(), asOf, refs);
  }

  /**
   * The features.
   *
   * @param loans as of {@code asOf}: what is supplied is held, too
   * @param asOf a moment of the schedule, not before that of the last trade
   * @param refs reference ticks as of {@code asOf}, one for each asset; the numeraire's, which is
   *     first, is not looked at
   * @throws IllegalArgumentException if the state is of another number of assets, or the books as
   *     of the moment are not known any more
   */
  public int[] features(State state, List<OwnLoans.Reserve> loans, long asOf, List<Integer> refs) {
    LastTrade last = state.lastTrade();
    if (state.books().size() != assets || refs.size() != assets) {
      throw new IllegalArgumentException(
          "Books and reference ticks of %d assets are needed: read them from the vault with its policy"
              .formatted(assets));
    }
    if (asOf < last.asOf()) {
      throw new IllegalArgumentException(
          "The moment %d lies before that of the last trade, %d: decide as of a later one"
              .formatted(asOf, last.asOf()));
    }
    List<BigInteger> values = values(state, loans, asOf, refs);
    BigInteger total = values.stream().reduce(BigInteger.ZERO, BigInteger::add);
    int others = assets - 1;
    var features = new int[width()];
    for (int i = 1; i <= others; i++) {
      features[i - 1] = share(values.get(i), total) - BPS / 2;
      features[others + i - 1] = last.move(i, refs.get(i));
    }
    features[2 * others] =
        last.asOf() == 0
            ? LONGEST_MINUTES
            : (int) Math.min((asOf - last.asOf()) / 60, LONGEST_MINUTES);
    features[2 * others + 1] = share(state.turnover().usedAt(asOf), state.turnover().capacity());
    return features;
  }

  /** Of all that is held by asset, in units of the numeraire, at the reference prices. */
  static List<BigInteger> values(
      State state, List<OwnLoans.Reserve> loans, long asOf, List<Integer> refs) {
    var values = new ArrayList<BigInteger>();
    for (int i = 0; i < refs.size(); i++) {
      BigInteger amount = state.books().get(i).at(asOf, state.stepSeconds());
      for (OwnLoans.Reserve loan : loans) {
        if (loan.asset() == i) {
          amount = amount.add(loan.supplied());
        }
      }
      values.add(value(amount, i, refs));
    }
    return values;
  }

  static BigInteger value(BigInteger amount, int asset, List<Integer> refs) {
    return asset == 0 ? amount : PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(refs.get(asset)));
  }

  /** In basis points, rounded down; nothing of nothing is nothing. */
  private static int share(BigInteger part, BigInteger whole) {
    return whole.signum() == 0
        ? 0
        : part.multiply(BigInteger.valueOf(BPS)).divide(whole).intValueExact();
  }

  @Override
  public List<Input> inputs() {
    var inputs = new ArrayList<Input>();
    for (int i = 1; i < assets; i++) {
      inputs.add(new Input("weight of asset %d less half".formatted(i), "bps", -BPS / 2, BPS / 2));
    }
    for (int i = 1; i < assets; i++) {
      inputs.add(
          new Input("move of asset %d since the last trade".formatted(i), "tick", -LIMIT, LIMIT));
    }
    inputs.add(new Input("time since the last trade", "min", 0, LONGEST_MINUTES));
    inputs.add(new Input("turnover allowance used", "bps", 0, BPS));
    return inputs;
  }

  @Override
  public int width() {
    return 2 * assets;
  }

  @Override
  public String identity() {
    return "OwnBooks " + assets;
  }
}
