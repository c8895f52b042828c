package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.FeePolicy;
import org.probity.chain.Head;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalMarket;
import org.probity.intent.VaultBench.Step;
import org.probity.intent.VaultBench.Terms;
import org.probity.zk.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;

/** How often a node is asked for a head: what is known of nothing else goes in one request. */
class RequestsPerHeadTest {

  private static VaultBench bench;
  private static ChainClient client;
  private static Vault vault;
  private static DirectVenue venue;
  private static TwapFeatureSource features;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 10_000, 600));
    bench.wander(400, 2);
    bench.pass(400);
    LocalMarket.Token weth = bench.market.weth();
    LocalMarket.Token usd = bench.market.usd();
    Address address =
        bench.fundedVault(
            weth,
            usd,
            weth.units(40),
            usd.units(100_000),
            Terms.standard(usd.units(100), usd.units(40_000)));
    client = ChainClient.connect(bench.chain.http(), 31_337);
    vault = Vault.at(client, address);
    features = TwapFeatureSource.of(client, vault);
    TransactionSender sender =
        new TransactionSender(
            client,
            bench.chain.account(2),
            FeePolicy.DEFAULT,
            VaultBench.ERRORS,
            Duration.ofSeconds(20));
    venue = new DirectVenue(vault, sender);
  }

  @AfterAll
  static void stop() {
    client.close();
    bench.close();
  }

  private static long requests() {
    return client.endpoints().getFirst().requests();
  }

  private static Proposal proposal(Head head) {
    Observation seen = features.at(head);
    Mandate mandate = new Mandate(client.chainId(), vault.address(), seen.state().model(), 100);
    long deadline = head.timestamp() + mandate.lifetimeSeconds();
    Bytes32 context =
        DecisionContext.of(
            mandate.chainId(),
            mandate.vault(),
            mandate.model(),
            seen.state().nonce(),
            deadline,
            seen.asOf(),
            INCREASE);
    return new Proposal(head, mandate, seen, new Decision.Choice(INCREASE), deadline, context);
  }

  @Test
  void readsThatKnowNothingOfEachOtherGoTogether() {
    features.at(bench.chain.client().head());
    for (int swaps : new int[] {0, 1, 7, 20}) {
      bench.wander(swaps, 3 + swaps);
      bench.pass(5);
      Head head = bench.chain.client().head();
      long before = requests();
      Proposal proposal = proposal(head);
      long seen = requests();
      Prospect prospect = venue.prospect(proposal);
      long told = requests();
      Step step =
          bench.decide(
              vault.address(), INCREASE, proposal.observation().asOf(), proposal.deadline());
      long sending = requests();
      Settlement settled =
          venue.submit(new ProvenIntent(proposal, DecisionProof.of(step.proof().toArray())));
      long sent = requests();
      System.out.printf(
          "swaps %d: observe %d, prospect %d (%s), send %d (%s)%n",
          swaps, seen - before, told - seen, prospect, sent - sending, settled.getClass());
    }
    assertThat(requests()).isPositive();
  }
}
