package org.probity.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.probity.agent.node.AgentRuntime;
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
import org.probity.intent.TwapFeatureSource;
import org.probity.intent.Vault;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Step;
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
        AgentRuntime.Parts parts =
            parts(
                world,
                client,
                Vault.at(client, deployed.address()),
                bundle,
                srs,
                (_, event) -> {
                  if (event instanceof Notice.Proved && first.getAndSet(false)) {
                    relay.cut();
                  }
                  events.add(event);
                });
        HeadSource heads =
            client.watch(
                Optional.empty(),
                new HeadSource.Pace(
                    Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ofSeconds(1)));
        try (AgentRuntime _ = AgentRuntime.start(parts, heads)) {
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
      assertThat(deployed.state(org.probity.chain.BlockTag.LATEST).nonce())
          .as("executed once")
          .isEqualTo(1);
    }
  }

  private static AgentRuntime.Parts parts(
      DemoWorld world,
      ChainClient client,
      Vault vault,
      StrategyBundle bundle,
      Srs srs,
      org.probity.agent.AgentListener listener) {
    Prover prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    ProofVerifier verifier = new ProofVerifier(srs);
    var model = bundle.model();
    return new AgentRuntime.Parts(
        AgentCycle.of(
            new Mandate(client.chainId(), vault.address(), model.key().digest(), 240),
            TwapFeatureSource.of(client, vault),
            Strategy.reference(model.network()),
            model,
            prover,
            verifier),
        new DirectVenue(
            vault,
            new TransactionSender(
                client,
                world.chain().account(2),
                FeePolicy.DEFAULT,
                Vault.ERRORS,
                Duration.ofSeconds(20))),
        new Pace(240, true),
        new Retry(Duration.ofSeconds(1), Duration.ofSeconds(5)),
        1,
        _ -> {},
        listener);
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
