package org.probity.intent.source;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.intent.policy.Policy;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.ProgramEntry;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/** One entry of the program in a vault's policy: what is computed, and of what. */
public sealed interface VaultSource {

  /** The contract that computes it; {@link Address#ZERO} if the vault itself does. */
  Address contract();

  /** What is computed, as far as a model knows it. */
  ProgramEntry entry();

  /** What the policy says of it to the contract. */
  Bytes parameters();

  /**
   * Returns of a pool.
   *
   * @param inverted whether the price of the pool's token1 is wanted
   */
  record OfPool(Address contract, Address pool, boolean inverted, TwapReturns entry)
      implements VaultSource {
    private static final AbiLayout LAYOUT =
        AbiLayout.of("(address pool, bool inverted, uint32[] horizons)");

    @Override
    public Bytes parameters() {
      return LAYOUT.encode(pool, inverted, entry.horizonsSeconds());
    }

    private static OfPool of(Address contract, Bytes parameters) {
      AbiValues values = LAYOUT.decode(parameters);
      return new OfPool(
          contract,
          values.address("pool"),
          values.bool("inverted"),
          new TwapReturns(horizons(values)));
    }
  }

  /**
   * Returns of a Chainlink feed.
   *
   * @param proxy the feed's, which stays when its aggregator is replaced
   */
  record OfFeed(Address contract, Address proxy, ChainlinkReturns entry) implements VaultSource {
    private static final AbiLayout LAYOUT = AbiLayout.of("(address feed, uint32[] horizons)");

    @Override
    public Bytes parameters() {
      return LAYOUT.encode(proxy, entry.horizonsSeconds());
    }

    private static OfFeed of(Address contract, Bytes parameters) {
      AbiValues values = LAYOUT.decode(parameters);
      return new OfFeed(contract, values.address("feed"), new ChainlinkReturns(horizons(values)));
    }
  }

  /**
   * What signers report.
   *
   * @param signers 1 to 16, in strictly ascending order
   * @param threshold how many of them must sign
   */
  record OfSigners(Address contract, List<Address> signers, int threshold, SignedReport entry)
      implements VaultSource {
    private static final int MOST_SIGNERS = 16;
    private static final AbiLayout LAYOUT =
        AbiLayout.of(
            "((address[] signers, uint256 threshold, bytes32 schema, uint256 width) terms)");

    /** Refuses what the contract refuses. */
    public OfSigners {
      signers = List.copyOf(signers);
      if (signers.isEmpty() || signers.size() > MOST_SIGNERS) {
        throw new IllegalArgumentException(
            "A report has 1 to %s signers, not %s: name as many"
                .formatted(MOST_SIGNERS, signers.size()));
      }
      Address last = Address.ZERO;
      for (Address signer : signers) {
        if (signer.compareTo(last) <= 0) {
          throw new IllegalArgumentException(
              "The signers of a report must ascend, and %s does not follow %s: sort them, each once"
                  .formatted(signer, last));
        }
        last = signer;
      }
      if (threshold < 1 || threshold > signers.size()) {
        throw new IllegalArgumentException(
            "1 to %s of a report's signers must sign, not %s: choose another threshold"
                .formatted(signers.size(), threshold));
      }
    }

    @Override
    public Bytes parameters() {
      return LAYOUT.encode(List.of(signers, threshold, entry.schema(), entry.width()));
    }

    private static OfSigners of(Address contract, Bytes parameters) {
      AbiValues terms = LAYOUT.decode(parameters).struct("terms");
      return new OfSigners(
          contract,
          ((List<?>) terms.getFirst()).stream().map(Address.class::cast).toList(),
          terms.int32("threshold"),
          SignedReport.ofSchema(terms.word("schema"), terms.int32("width")));
    }
  }

  /** The vault's own books, which no other contract sees. */
  record OfBooks(OwnBooks entry) implements VaultSource {
    @Override
    public Address contract() {
      return Address.ZERO;
    }

    @Override
    public Bytes parameters() {
      return Bytes.EMPTY;
    }
  }

  /** What the vault has with its lending market. */
  record OfLoans(OwnLoans entry) implements VaultSource {
    @Override
    public Address contract() {
      return Address.ZERO;
    }

    @Override
    public Bytes parameters() {
      return Policy.Feature.LOANS;
    }
  }

  /**
   * An entry of a policy.
   *
   * @param assets of the policy, the numeraire among them
   * @param reserves of its lending market; 0 without one
   * @throws IllegalArgumentException if the contract is none of the release's, or the parameters
   *     are none that it takes
   */
  static VaultSource of(
      Address contract, Bytes parameters, SourceContracts release, int assets, int reserves) {
    VaultSource source;
    try {
      if (contract.equals(Address.ZERO) && parameters.equals(Policy.Feature.LOANS)) {
        source = new OfLoans(new OwnLoans(reserves));
      } else if (contract.equals(Address.ZERO)) {
        source = new OfBooks(new OwnBooks(assets));
      } else if (contract.equals(release.twapReturns())) {
        source = OfPool.of(contract, parameters);
      } else if (contract.equals(release.chainlinkReturns())) {
        source = OfFeed.of(contract, parameters);
      } else if (contract.equals(release.signedReport())) {
        source = OfSigners.of(contract, parameters);
      } else {
        throw new IllegalArgumentException(
            "%s is no source of this release: whoever runs an agent must be able to repeat what it computes; use one of the release's"
                .formatted(contract));
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "The parameters of %s hold a number that none can be: write them anew"
              .formatted(contract),
          e);
    }
    if (!source.parameters().equals(parameters)) {
      throw new IllegalArgumentException(
          "The parameters of %s are not what abi.encode makes of the values in them: write them anew"
              .formatted(contract));
    }
    return source;
  }

  private static List<Integer> horizons(AbiValues values) {
    return values.integers("horizons").stream().map(BigInteger::intValueExact).toList();
  }
}
