package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.REGISTRY;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.FeePolicy;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.intent.RelayVenue.Patience;
import org.probity.intent.RelayVenue.Relay;
import org.probity.intent.VaultBench.Terms;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
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
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 10_000, 600));
    bench.wander(400, 2);
    bench.pass(400);
    LocalMarket.Token weth = bench.market.weth();
    LocalMarket.Token usd = bench.market.usd();
    funded =
        bench.fundedVault(
            weth,
            usd,
            weth.units(40),
            usd.units(100_000),
            Terms.standard(usd.units(100), usd.units(40_000)));
  }

  @BeforeEach
  void decide() {
    ChainClient chain = bench.chain.client();
    vault = Vault.at(chain, funded);
    relaysAccount = sender(2);
    agentsAccount = sender(3);
    Bytes key = (Bytes) bench.call(bench.registry, REGISTRY.function("modelKey"), bench.modelId);
    AgentCycle cycle =
        new AgentCycle(
            new Mandate(chain.chainId(), funded, Keccak.hash(key.toArray()), 100),
            TwapFeatureSource.of(chain, vault),
            _ -> new Decision.Choice(INCREASE),
            (seen, _, context) ->
                DecisionProof.of(VaultBench.echo(key, seen.toArray(), INCREASE, context).toArray()),
            (_, _, _, _) -> Verdict.ACCEPTED);
    intent = cycle.step(chain.head());
  }

  private static TransactionSender sender(int account) {
    return new TransactionSender(
        bench.chain.client(),
        bench.chain.account(account),
        FeePolicy.DEFAULT,
        VaultBench.ERRORS,
        Duration.ofSeconds(20));
  }

  private RelayVenue venue(Relay relay, Patience patience) {
    return new RelayVenue(vault, relay, patience, new DirectVenue(vault, agentsAccount));
  }

  private long sentBy(TransactionSender sender) {
    return bench.chain.client().transactionCount(sender.address(), BlockTag.LATEST);
  }

  private void requireExecutedOnce(RelayVenue venue, Settlement settlement) {
    assertThat(settlement)
        .isInstanceOfSatisfying(
            Settlement.Executed.class,
            executed -> assertThat(executed.gained(vault.parts().base())).isPositive());
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
    assertThat(bench.refusal(bench.stranger, forgotten.getFirst()).toString())
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
    RelayVenue venue = venue(_ -> bench.pass(200), BRIEF);
    assertThat(venue.submit(intent))
        .isInstanceOfSatisfying(
            Settlement.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo("its deadline is over"));
    assertThat(vault.executions()).isEmpty();
  }
}
