package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.FeePolicy;
import org.probity.chain.HeadSource;
import org.probity.chain.TransactionSender;
import org.probity.demo.DemoWorld;
import org.probity.ground.TestKind;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.Mandate;
import org.probity.intent.Pace;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Step;
import org.probity.intent.source.Reports;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/** An agent on a real chain whose node goes away at the worst moment and comes back. */
@TestKind.Acceptance
final class LostNodeTest {

  private static final Retry RETRY = new Retry(Duration.ofSeconds(1), Duration.ofSeconds(5));

  @Test
  void nodeThatGoesBetweenProofAndTransactionDelaysTheTradeAndNothingElse() {
    QuantisedStrategy strategy = PracticeStrategy.quantised();
    Srs srs = PracticeStrategy.srs(strategy);
    StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), 3)) {
      world.makeHistory();
      Vault deployed = world.deploy(bundle, srs).vault();
      world.nextHead();
      try (TcpProxy relay = new TcpProxy(world.chain().http());
          ChainClient client = ChainClient.connect(relay.address())) {
        BlockingQueue<Notice> events = new LinkedBlockingQueue<>();
        AtomicBoolean first = new AtomicBoolean(true);
        AgentListener listener =
            (_, event) -> {
              if (event instanceof Notice.Proved && first.getAndSet(false)) {
                relay.cut();
              }
              events.add(event);
            };
        HeadSource heads =
            client.watch(
                Optional.empty(),
                new HeadSource.Pace(
                    Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ofSeconds(1)));
        Address account = world.agent().address();
        AgentCycle cycle = cycle(client, deployed.address(), account, bundle, srs);
        try (ProbityNode node =
            ProbityNode.start(
                NodeSettings.alone(new JournalSettings.Memory(), 1, RETRY),
                _ ->
                    new ProbityNode.Equipment(
                        _ -> new AgentParts(cycle, venue(world, client, deployed.address()), RETRY),
                        heads,
                        Map.of(cycle.mandate().model(), cycle::proof),
                        _ -> {},
                        listener),
                InstantSource.system())) {
          Address vault = deployed.address();
          node.agents()
              .ensure(
                  new AgentSpec(
                      "one", vault, cycle.mandate().model(), account, new Pace(240, true)))
              .toCompletableFuture()
              .join();
          List<Notice> seen = new ArrayList<>();
          seen.addAll(until(events, Notice.Failed.class));
          assertThat(((Notice.Failed) seen.getLast()).step()).isEqualTo(Step.SETTLING);
          assertThat(((Notice.Failed) seen.getLast()).reason())
              .contains(Integer.toString(relay.address().getPort()));
          relay.join();
          seen.addAll(until(events, Notice.Executed.class));
          assertThat(seen).filteredOn(Notice.Executed.class::isInstance).hasSize(1);
        }
      }
      assertThat(deployed.state(BlockTag.LATEST).nonce()).as("executed once").isEqualTo(1);
    }
  }

  private static AgentCycle cycle(
      ChainClient client, Address vault, Address account, StrategyBundle bundle, Srs srs) {
    var model = bundle.model();
    return AgentCycle.of(
        new Mandate(client.chainId(), vault, model.key().digest(), 240, account),
        new VaultReader(client, Vault.at(client, vault), Reports.NONE),
        Strategy.reference(model.network()),
        model,
        new Prover(srs, ComputeBackend.scalar(), Entropy.secure()),
        new ProofVerifier(srs));
  }

  private static DirectVenue venue(DemoWorld world, ChainClient client, Address vault) {
    return new DirectVenue(
        Vault.at(client, vault),
        new TransactionSender(
            client,
            world.chain().account(2),
            FeePolicy.DEFAULT,
            Vault.ERRORS,
            Duration.ofSeconds(20)));
  }

  private static List<Notice> until(BlockingQueue<Notice> events, Class<? extends Notice> last) {
    List<Notice> seen = new ArrayList<>();
    try {
      while (seen.isEmpty() || !last.isInstance(seen.getLast())) {
        Notice event = events.poll(60, TimeUnit.SECONDS);
        assertThat(event)
            .as("the next event after %s", seen.stream().map(Object::getClass).toList())
            .isNotNull();
        seen.add(event);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return seen;
  }
}
