package org.probity.deploy;

import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.probity.intent.VaultDeployment.Surroundings;

/**
 * One transaction of a deployment. In order, each rests on none after it.
 *
 * @param index which of several: an asset's place in the policy, or a sentinel's in the list; -1
 *     for what there is one of
 * @param name of that asset or sentinel
 */
record Step(Kind kind, int index, String name) implements Comparable<Step> {

  private static final Comparator<Step> ORDER =
      Comparator.comparing(Step::kind).thenComparing(Step::index);

  enum Kind {
    VERIFIER("the verifier", 3_500_000),
    KEYS("the store of keys", 530_000),
    LOANS("the arithmetic of loans", 3_170_000),
    ENGINE("the policy engine", 4_120_000),
    RULES("the rules of policies", 3_970_000),
    ACTION("the Uniswap v3 action", 580_000),
    V3_PATHS("the action for other ways over Uniswap v3", 1_370_000),
    V2("the Uniswap v2 action", 1_290_000),
    V4("the Uniswap v4 action", 1_670_000),
    AAVE_DESK("the desk of Aave v3", 4_490_000),
    ORDER("the order of policies", 2_410_000),
    TWAP_RETURNS("the source of pools' returns", 840_000),
    CHAINLINK_RETURNS("the source of feeds' returns", 760_000),
    SIGNED_REPORT("the source of signed reports", 1_000_000),
    FACTORY("the factory of vaults", 990_000),
    LENS("the lens on vaults", 3_590_000),
    KEY("the model's key", 100_000),
    VAULT("the vault", 8_280_000),
    SENTINEL("the sentinel", 110_000),
    APPROVAL("the approval of", 50_000),
    DEPOSIT("the deposit of", 100_000);

    private final String words;
    private final long typical;

    /**
     * @param words as {@link org.probity.intent.VaultDeployment} calls what is created
     * @param typical gas on a chain that counts as Ethereum does; of key and vault without the
     *     bytes that are stored as code
     */
    Kind(String words, long typical) {
      this.words = words;
      this.typical = typical;
    }

    long typical() {
      return typical;
    }
  }

  static Step of(Kind kind) {
    return new Step(kind, -1, "");
  }

  /** The step that creates what {@link org.probity.intent.VaultDeployment} calls so. */
  static Step creating(String what) {
    return Stream.of(Kind.values())
        .filter(kind -> kind.words.equals(what))
        .findFirst()
        .map(Step::of)
        .orElseThrow(() -> new IllegalStateException("No step of a deployment makes " + what));
  }

  /** Whether it creates one of the contracts that vaults share. */
  boolean isOfFoundation() {
    return kind.compareTo(Kind.KEY) < 0;
  }

  /** Whether it is done only where the chain has what it is for. */
  boolean isOfSurroundings() {
    return switch (kind) {
      case V2, V4, AAVE_DESK -> true;
      default -> false;
    };
  }

  /** Whether a foundation on such a chain has what it creates. */
  boolean isOf(Surroundings chain) {
    return switch (kind) {
      case V2 -> chain.hasPairs();
      case V4 -> chain.hasKeys();
      case AAVE_DESK -> chain.lends();
      default -> isOfFoundation();
    };
  }

  /** Whether only the vault's owner can do it. */
  boolean isTheOwners() {
    return kind.compareTo(Kind.VAULT) > 0;
  }

  /** The name for machines. */
  String id() {
    String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return index < 0 ? name : name + "-" + index;
  }

  @Override
  public int compareTo(Step other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return index < 0 ? kind.words : kind.words + " " + name;
  }
}
