package org.probity.strategy.feature;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Features of what a vault has with its lending market as of a moment; exactly what {@code
 * Vault.sol} computes itself, at the reference prices and not by the market's oracle. The health
 * factor; then for each reserve what is supplied and what is owed, as parts of the value of all
 * that is held, and the yearly rates of both.
 *
 * @param reserves of the vault's policy; 1 to 4
 */
public record OwnLoans(int reserves) implements ProgramEntry {

  /**
   * The health factor lies in [0, LIMIT], in hundredths; above it, and without debt, it is that.
   */
  public static final int LIMIT = 1_000;

  private static final int MOST_RESERVES = 4;
  private static final int FEATURES_EACH = 4;
  private static final int BPS = 10_000;
  private static final int MOST_RATE = 9_999;
  private static final BigInteger HUNDREDTHS = BigInteger.valueOf(100);

  /** Refuses what a policy cannot have. */
  public OwnLoans {
    if (reserves < 1 || reserves > MOST_RESERVES) {
      throw new IllegalArgumentException(
          "A vault with a lending market has 1 to %d reserves, not %d: name the policy's number"
              .formatted(MOST_RESERVES, reserves));
    }
  }

  /**
   * What a vault has in one reserve as of a moment, by what was booked then and the indices that
   * were remembered before it. Amounts are in the asset's smallest unit.
   *
   * @param asset its index in the vault's books
   * @param supplyRateBps yearly, between the two newest indices; 0 while there are no two
   * @param debtRateBps likewise, of debts
   * @param thresholdBps what it counts for as collateral until it is liquidated
   */
  public record Reserve(
      int asset,
      BigInteger supplied,
      BigInteger owed,
      BigInteger supplyRateBps,
      BigInteger debtRateBps,
      int thresholdBps) {

    /** Refuses negative amounts. */
    public Reserve {
      if (supplied.signum() < 0 || owed.signum() < 0) {
        throw new IllegalArgumentException("A vault supplies and owes no negative amounts");
      }
    }
  }

  /**
   * The features.
   *
   * @param books of the vault
   * @param loans as of {@code asOf}, one for each reserve
   * @param asOf a moment of the schedule
   * @param refs reference ticks as of {@code asOf}, one for each asset
   * @throws IllegalArgumentException if there are other reserves, or the books as of the moment are
   *     not known any more
   */
  public int[] features(OwnBooks.State books, List<Reserve> loans, long asOf, List<Integer> refs) {
    if (loans.size() != reserves) {
      throw new IllegalArgumentException(
          "Loans of %d reserves are needed, not of %d: read them from the vault with its policy"
              .formatted(reserves, loans.size()));
    }
    BigInteger held =
        OwnBooks.values(books, loans, asOf, refs).stream().reduce(BigInteger.ZERO, BigInteger::add);
    var features = new int[width()];
    BigInteger secured = BigInteger.ZERO;
    BigInteger debt = BigInteger.ZERO;
    for (int r = 0; r < reserves; r++) {
      Reserve loan = loans.get(r);
      BigInteger supplied = OwnBooks.value(loan.supplied(), loan.asset(), refs);
      BigInteger owed = OwnBooks.value(loan.owed(), loan.asset(), refs);
      secured = secured.add(supplied.multiply(BigInteger.valueOf(loan.thresholdBps())));
      debt = debt.add(owed);
      int at = 1 + FEATURES_EACH * r;
      features[at] = part(supplied, held) - BPS / 2;
      features[at + 1] = part(owed, held) - BPS / 2;
      features[at + 2] = rate(loan.supplyRateBps());
      features[at + 3] = rate(loan.debtRateBps());
    }
    features[0] = health(secured, debt);
    return features;
  }

  private static int health(BigInteger secured, BigInteger debt) {
    if (debt.signum() == 0) {
      return LIMIT;
    }
    return secured
        .multiply(HUNDREDTHS)
        .divide(debt.multiply(BigInteger.valueOf(BPS)))
        .min(BigInteger.valueOf(LIMIT))
        .intValueExact();
  }

  /** In basis points, rounded down, at most all; nothing of nothing is nothing. */
  private static int part(BigInteger value, BigInteger whole) {
    return whole.signum() == 0
        ? 0
        : value
            .multiply(BigInteger.valueOf(BPS))
            .divide(whole)
            .min(BigInteger.valueOf(BPS))
            .intValueExact();
  }

  private static int rate(BigInteger bps) {
    return bps.max(BigInteger.ZERO).min(BigInteger.valueOf(MOST_RATE)).intValueExact();
  }

  @Override
  public List<Input> inputs() {
    var inputs = new ArrayList<Input>();
    inputs.add(new Input("health factor", "hundredths", 0, LIMIT));
    for (int r = 1; r <= reserves; r++) {
      inputs.add(
          new Input("supplied of reserve %d less half".formatted(r), "bps", -BPS / 2, BPS / 2));
      inputs.add(new Input("owed of reserve %d less half".formatted(r), "bps", -BPS / 2, BPS / 2));
      inputs.add(new Input("supply rate of reserve %d".formatted(r), "bps a year", 0, MOST_RATE));
      inputs.add(new Input("debt rate of reserve %d".formatted(r), "bps a year", 0, MOST_RATE));
    }
    return inputs;
  }

  @Override
  public int width() {
    return 1 + FEATURES_EACH * reserves;
  }

  @Override
  public String identity() {
    return "OwnLoans " + reserves;
  }
}
