package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.TransactionSender;
import org.probity.ground.TestKind;
import org.probity.intent.RelayVenue.Patience;
import org.probity.intent.RelayVenue.Relay;
import org.probity.intent.source.Reports;
import org.probity.zk.Decision;
import org.probity.zk.Verdict;

/** The example of a venue, on a real pool: whoever executes, it is executed once and told so. */
@TestKind.Acceptance
class RelayVenueTest extends OnOneChain {

  private static final Patience BRIEF = new Patience(3, Duration.ofMillis(20));
  private static final Patience NONE = new Patience(0, Duration.ZERO);

  private static Address funded;

  private Vault vault;
  private TransactionSender relaysAccount;
  private TransactionSender agentsAccount;
  private ProvenIntent intent;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench();
    funded = bench.vault(bench.policy(_ -> {}));
    bench.toMoment(5);
  }

  @BeforeEach
  void decide() {
    vault = Vault.at(bench.client(), funded);
    relaysAccount = bench.sender(5);
    agentsAccount = bench.sender(4);
    intent = decided(Address.ZERO);
  }

  /** For whoever is named, and zero is anyone. */
  private ProvenIntent decided(Address executor) {
    AgentCycle cycle =
        new AgentCycle(
            new Mandate(
                bench.client().chainId(), funded, vault.policy().model().digest(), 100, executor),
            new VaultReader(bench.client(), vault, Reports.NONE),
            _ -> new Decision.Choice(INCREASE),
            bench::echo,
            (_, _, _, _) -> Verdict.ACCEPTED);
    return cycle.step(bench.client().head());
  }

  private RelayVenue venue(Relay relay, Patience patience) {
    return new RelayVenue(vault, relay, patience, new DirectVenue(vault, agentsAccount));
  }

  private long sentBy(TransactionSender sender) {
    return bench.client().transactionCount(sender.address(), BlockTag.LATEST);
  }

  private void requireExecutedOnce(RelayVenue venue, Settlement settlement) {
    assertThat(settlement)
        .isInstanceOfSatisfying(
            Settlement.Executed.class,
            executed -> assertThat(executed.gained(bench.weth.address())).isPositive());
    assertThat(venue.standing(intent.proposal())).isEqualTo(new Standing.Concluded(settlement));
    assertThat(vault.executions()).hasSize(1);
  }

  @Test
  void aRelayExecutesAndTheAgentPaysNothing() {
    RelayVenue venue = venue(relaysAccount::send, BRIEF);
    long before = sentBy(agentsAccount);
    assertThat(venue.prospect(intent.proposal())).isInstanceOf(Prospect.Trade.class);
    assertThat(venue.standing(intent.proposal())).isInstanceOf(Standing.Open.class);
    requireExecutedOnce(venue, venue.submit(intent));
    assertThat(sentBy(agentsAccount)).isEqualTo(before);
  }

  @Test
  void whatARelayForgetsIsSentByTheAgent() {
    List<Call> forgotten = new ArrayList<>();
    RelayVenue venue = venue(forgotten::add, BRIEF);
    requireExecutedOnce(venue, venue.submit(intent));
    assertThat(bench.refusal(bench.stranger, forgotten.getFirst()))
        .as("when it comes to its mind at last")
        .isEqualTo("WrongNonce(1, 0)");
  }

  @Test
  void aRelayThatCannotBeReachedIsPassedOver() {
    URI nobody = URI.create("http://127.0.0.1:1");
    RelayVenue venue =
        venue(_ -> ChainClient.connect(nobody, Duration.ofSeconds(1)).close(), BRIEF);
    requireExecutedOnce(venue, venue.submit(intent));
  }

  /** The agent's own transaction is refused then, and the intent is executed all the same. */
  @Test
  void aRelayThatComesFirstUnseenIsNoRefusal() {
    RelayVenue venue = venue(relaysAccount::send, NONE);
    long before = sentBy(agentsAccount);
    requireExecutedOnce(venue, venue.submit(intent));
    assertThat(sentBy(agentsAccount)).isEqualTo(before);
  }

  @Test
  void anIntentWhoseTimeIsOverIsRefusedAndNotSent() {
    RelayVenue venue = venue(_ -> bench.chain.mineAt(bench.now() + 200), BRIEF);
    assertThat(venue.submit(intent))
        .isInstanceOfSatisfying(
            Settlement.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo("its deadline is over"));
    assertThat(vault.executions()).isEmpty();
  }

  /** A relay cannot have it executed then; the agent does. */
  @Test
  void aDecisionForTheAgentsAccountAloneIsNotForRelays() {
    intent = decided(bench.agent);
    List<Call> taken = new ArrayList<>();
    Relay relay =
        call -> {
          taken.add(call);
          relaysAccount.send(call);
        };
    RelayVenue venue = venue(relay, BRIEF);
    requireExecutedOnce(venue, venue.submit(intent));
    assertThat(sentBy(relaysAccount)).as("refused before sending").isZero();
    assertThat(vault.executions().getFirst().executor()).isEqualTo(bench.agent);
    intent = decided(bench.agent);
    assertThat(bench.refusal(bench.stranger, vault.execution(intent)))
        .isEqualTo("NotExecutor(%s, %s)".formatted(bench.agent, bench.stranger));
  }
}
