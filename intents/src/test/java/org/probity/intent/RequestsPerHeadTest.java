package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.KEEP;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.TestKind;
import org.probity.intent.source.Reports;
import org.probity.zk.Decision;

/** How often a node is asked for a head: what knows nothing of each other goes in one request. */
@TestKind.Acceptance
class RequestsPerHeadTest {

  private static VaultBench bench;
  private static ChainClient client;
  private static Vault vault;
  private static DirectVenue venue;
  private static VaultReader reader;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench();
    client = ChainClient.connect(bench.chain.http(), 31_337);
    vault = Vault.at(client, bench.vault(bench.policy(_ -> {})));
    reader = new VaultReader(client, vault, Reports.NONE);
    venue = new DirectVenue(vault, bench.sender(client, 4));
    bench.toMoment(5);
  }

  @AfterAll
  static void stop() {
    client.close();
    bench.close();
  }

  private static long requests() {
    return client.endpoints().getFirst().requests();
  }

  private static Proposal proposal(Head head, int choice) {
    Observation seen = reader.at(head);
    var mandate =
        new Mandate(client.chainId(), vault.address(), seen.state().model(), 110, bench.agent);
    return Proposal.of(head, mandate, seen, new Decision.Choice(choice), head.timestamp() + 110);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 20})
  void aHeadThatComesToNothingTakesTwoRequests(int swaps) {
    reader.at(bench.client().head());
    bench.breathe(swaps, 3 + swaps);
    bench.toMoment(5);
    Head head = bench.client().head();
    long before = requests();
    Proposal proposal = proposal(head, KEEP);
    assertThat(requests() - before).as("books and prices").isEqualTo(1);
    venue.prospect(proposal);
    assertThat(requests() - before).as("and what a decision comes to").isEqualTo(2);
    venue.prospect(proposal);
    assertThat(requests() - before).as("told again").isEqualTo(2);
    assertThat(proposal.observation())
        .as("nothing is missed by guessing what the pool has written")
        .isEqualTo(new VaultReader(client, vault, Reports.NONE).at(head));
  }

  /** Three for the proven decision: what it is fitted to, itself, and whether a block has it. */
  @Test
  void aDecisionTakesFive() {
    reader.at(bench.client().head());
    bench.toMoment(5);
    Head head = bench.client().head();
    long before = requests();
    Proposal proposal = proposal(head, INCREASE);
    assertThat(venue.prospect(proposal)).isInstanceOf(Prospect.Trade.class);
    var intent =
        new ProvenIntent(
            proposal,
            bench.echo(proposal.observation().features(), proposal.decision(), proposal.context()));
    assertThat(venue.submit(intent)).isInstanceOf(Settlement.Executed.class);
    // On a busy machine the block may come after the first look; each takes two.
    assertThat(requests() - before).isBetween(5L, 9L);
  }
}
