package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.FeePolicy;
import org.probity.chain.Head;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.VaultBench.Step;
import org.probity.intent.VaultBench.Terms;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;

/** How often a node is asked for a head: what knows nothing of each other goes in one request. */
@TestKind.Acceptance
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

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 20})
  void aHeadThatComesToNothingTakesTwoRequests(int swaps) {
    features.at(bench.chain.client().head());
    bench.wander(swaps, 3 + swaps);
    bench.pass(5);
    Head head = bench.chain.client().head();
    long before = requests();
    Proposal proposal = proposal(head);
    assertThat(requests() - before).as("books and prices").isEqualTo(1);
    venue.prospect(proposal);
    assertThat(requests() - before).as("and what a decision comes to").isEqualTo(2);
    assertThat(proposal.observation())
        .as("nothing is missed by guessing what the pool has written")
        .isEqualTo(TwapFeatureSource.of(client, vault).at(head));
  }

  @Test
  void whoeverSharesAPoolAsksForItsOwnBooksOnly() {
    TwapFeatureSource.Pools pools = new TwapFeatureSource.Pools(client);
    TwapFeatureSource first = pools.of(vault);
    TwapFeatureSource second = pools.of(vault);
    first.at(bench.chain.client().head());
    bench.wander(3, 9);
    Head head = bench.chain.client().head();
    long before = requests();
    assertThat(first.at(head)).isEqualTo(second.at(head));
    assertThat(requests() - before).isEqualTo(2);
  }

  /** Three for the proven decision: what it is fitted to, itself, and whether a block has it. */
  @Test
  void aDecisionTakesFive() {
    features.at(bench.chain.client().head());
    bench.pass(400);
    Head head = bench.chain.client().head();
    long before = requests();
    Proposal proposal = proposal(head);
    assertThat(venue.prospect(proposal)).isInstanceOf(Prospect.Trade.class);
    Step step =
        bench.decide(vault.address(), INCREASE, proposal.observation().asOf(), proposal.deadline());
    ProvenIntent intent = new ProvenIntent(proposal, DecisionProof.of(step.proof().toArray()));
    assertThat(venue.submit(intent)).isInstanceOf(Settlement.Executed.class);
    // On a busy machine the block may come after the first look; each takes two.
    assertThat(requests() - before).isBetween(5L, 9L);
  }
}
