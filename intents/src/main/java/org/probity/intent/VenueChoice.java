package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.intent.VenueQuote.Fills;
import org.probity.intent.policy.Policy;

/**
 * At which venues a decision is executed: a pure function of what was quoted. The proof does not
 * bind the choice, and each venue is held against the same worst price, so that a bad one costs no
 * more than the policy allows.
 *
 * <p>It goes asset by asset: the routes first, each other venue with all other assets on their
 * routes, and then the best of each together. With few assets that trade at once this finds what
 * trying all of them would, in as many quotes as there are venues.
 *
 * <p>A quote is worth what it gains after its gas. What it leaves untraded of what another quote
 * trades counts as traded at the worst price that the decision accepts: that much it is worth to
 * its owner to have it done, and a venue that does little of it must not look cheap.
 */
public final class VenueChoice {

  /** The most quotes of one decision. */
  public static final int MOST = 16;

  private static final BigInteger BPS = BigInteger.valueOf(10_000);

  private final BigInteger worstBps;

  /**
   * @param worstBps the worst price that the decision accepts, in basis points from the reference
   */
  public VenueChoice(int worstBps) {
    this.worstBps = BigInteger.valueOf(worstBps);
  }

  /**
   * What is quoted first: all routes, then each venue alone, in the policy's order. One place is
   * left for {@link #combination}.
   *
   * @return for each quote its venues, as {@link VenueQuote#venues} has them; one alone where the
   *     policy has no venues
   */
  public static List<List<Integer>> alternatives(Policy.Parts parts) {
    List<Integer> routes = Collections.nCopies(parts.assets().size() - 1, 0);
    List<List<Integer>> all = new ArrayList<>(List.of(routes));
    for (int i = 0; i < parts.venues().size() && all.size() < MOST - 1; i++) {
      List<Integer> venues = new ArrayList<>(routes);
      venues.set(parts.venues().get(i).asset() - 1, i + 1);
      all.add(List.copyOf(venues));
    }
    return List.copyOf(all);
  }

  /**
   * The best venue of each asset together, once {@link #alternatives} are quoted.
   *
   * @return empty if that was quoted already
   */
  public Optional<List<Integer>> combination(List<VenueQuote> quotes) {
    List<Integer> together =
        IntStream.range(0, quotes.getFirst().venues().size())
            .mapToObj(asset ->
                best(quotes.stream().filter(quote -> leavesToRoutes(quote, asset)).toList())
                    .map(quote -> quote.venues().get(asset))
                    .orElse(0))
            .toList();
    return quotes.stream().anyMatch(quote -> quote.venues().equals(together))
        ? Optional.empty()
        : Optional.of(together);
  }

  /** Whether every other asset than this is traded along its route. */
  private static boolean leavesToRoutes(VenueQuote quote, int asset) {
    return IntStream.range(0, quote.venues().size())
        .allMatch(other -> other == asset || quote.venues().get(other) == 0);
  }

  /**
   * The best of these quotes. Of equal ones that with the least gas is, and then the earliest.
   *
   * @return empty if none would be carried out
   */
  public Optional<VenueQuote> best(List<VenueQuote> quotes) {
    BigInteger most =
        quotes.stream()
            .map(VenueQuote::answer)
            .filter(Fills.class::isInstance)
            .map(answer -> ((Fills) answer).traded())
            .reduce(BigInteger.ZERO, BigInteger::max);
    return quotes.stream()
        .filter(quote -> quote.answer() instanceof Fills)
        .min(
            Comparator.comparing((VenueQuote quote) -> worth((Fills) quote.answer(), most))
                .reversed()
                .thenComparing(quote -> ((Fills) quote.answer()).gasUsed()));
  }

  private BigInteger worth(Fills fills, BigInteger most) {
    BigInteger left = most.subtract(fills.traded());
    return fills.net().subtract(left.multiply(worstBps).divide(BPS));
  }
}
