package org.probity.chain.local;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;

/**
 * A Chainlink feed on a {@link LocalChain}: Chainlink's own proxy and aggregator, compiled from
 * their sources, with two oracles who answer what they are told to. Account 1 of the chain owns it,
 * accounts 7 and 8 are the oracles.
 */
public final class LocalFeed {

  /** Seconds after which an unanswered round is given up. */
  public static final int TIMEOUT = 600;

  private static final ContractArtifact FLUX = ContractArtifact.load("FluxAggregator");
  private static final ContractArtifact PROXY = ContractArtifact.load("EACAggregatorProxy");
  private static final AbiFunction SUBMIT = FLUX.function("submit");
  private static final AbiFunction REPORTING = FLUX.function("oracleRoundState");
  private static final long GAS = 1_000_000;

  private final LocalChain chain;
  private final Address owner;
  private final List<Address> oracles;
  private final int decimals;
  private Address aggregator;
  private final Address proxy;

  /**
   * Deploys a feed without a round.
   *
   * @param decimals of its answers
   * @throws LocalChainFailed if a transaction reverts
   */
  public LocalFeed(LocalChain chain, int decimals) {
    this.chain = chain;
    this.owner = chain.account(1).address();
    this.oracles = List.of(chain.account(7).address(), chain.account(8).address());
    this.decimals = decimals;
    this.aggregator = aggregator();
    this.proxy = chain.deploy(owner, PROXY.deployment(aggregator, Address.ZERO));
  }

  /** Two of two oracles answer a round. */
  private Address aggregator() {
    BigInteger most = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE);
    Address made =
        chain.deploy(
            owner,
            FLUX.deployment(
                Address.ZERO, 0, TIMEOUT, Address.ZERO, BigInteger.ONE, most, decimals, "local"));
    chain.execute(
        owner, Call.of(made, FLUX.function("changeOracles"), List.of(), oracles, oracles, 2, 2, 0));
    return made;
  }

  /** One aggregator in the place of another, which may have rounds already. */
  public void replaceBy(Address next) {
    chain.execute(owner, Call.of(proxy, PROXY.function("proposeAggregator"), next));
    chain.execute(owner, Call.of(proxy, PROXY.function("confirmAggregator"), next));
    aggregator = next;
  }

  /** One more with the same oracles, which the proxy does not know. */
  public Address anotherAggregator() {
    return aggregator();
  }

  /** What callers read. */
  public Address proxy() {
    return proxy;
  }

  /** Where the proxy has its answers from. */
  public Address aggregatorNow() {
    return aggregator;
  }

  /** The round that an oracle may answer next. */
  public int next(Address aggregator, int oracle) {
    return chain.client().call(aggregator, REPORTING, oracles.get(oracle), 0).int32("_roundId");
  }

  /**
   * What an oracle says of a round.
   *
   * @param timestamp of its block; submissions of one timestamp share a block
   */
  public record Submission(
      long timestamp, Address aggregator, int oracle, int round, BigInteger answer) {}

  /**
   * Has the oracles say this, in order; timestamps must not fall, and lie after the newest block.
   *
   * @throws LocalChainFailed if one is refused
   */
  public void submit(List<Submission> submissions) {
    List<Bytes32> sent = new ArrayList<>();
    chain.setAutomaticMining(false);
    try {
      for (int i = 0; i < submissions.size(); i++) {
        Submission one = submissions.get(i);
        Call call = Call.of(one.aggregator(), SUBMIT, one.round(), one.answer());
        sent.add(chain.send(oracles.get(one.oracle()), call, GAS));
        if (i + 1 == submissions.size() || submissions.get(i + 1).timestamp() != one.timestamp()) {
          chain.mineAt(one.timestamp());
        }
      }
    } finally {
      chain.setAutomaticMining(true);
    }
    for (var receipt : chain.client().receipts(sent)) {
      if (!receipt.map(Receipt::succeeded).orElse(false)) {
        throw new LocalChainFailed(
            "The feed refused a submission: is its round the next one of that oracle? "
                + receipt.map(Receipt::toString).orElse("It was not mined."));
      }
    }
  }

  /**
   * Both oracles answer a round at one time.
   *
   * @param round counts from 1, by aggregator
   * @param answer a price, in the feed's decimals
   */
  public void answer(long timestamp, int round, BigInteger answer) {
    submit(
        List.of(
            new Submission(timestamp, aggregator, 0, round, answer),
            new Submission(timestamp, aggregator, 1, round, answer)));
  }

  /** The proxy's number of its newest round. */
  public BigInteger latestRound() {
    return latest().integer("roundId");
  }

  /** The proxy's newest answer. */
  public BigInteger latestAnswer() {
    return latest().integer("answer");
  }

  private AbiValues latest() {
    return chain.client().callAt(BlockTag.LATEST, proxy, PROXY.function("latestRoundData"));
  }
}
