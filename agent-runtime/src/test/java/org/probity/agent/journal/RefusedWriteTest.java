package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.node.ScriptedHeads;
import org.probity.agent.node.ScriptedWorld;
import org.probity.agent.node.TinyModel;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.settings.NodeSettings.Role;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;
import org.probity.intent.ProvenIntent;
import org.probity.intent.conduct.Notice;

/**
 * An agent that lives twice, as when a node that was believed dead goes on: two clusters, which
 * know nothing of each other, on one PostgreSQL journal.
 */
@TestKind.Acceptance
final class RefusedWriteTest {

  private static final String AGENT = "agent";

  @Test
  void anAgentWhoseJournalHasGoneOnWithoutItActsOnNothingAndBeginsAnewFromTheJournal()
      throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      JournalSettings journal =
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty());
      ScriptedWorld vault = ScriptedWorld.ofNodes(new Pace(120, false));
      ScriptedHeads heads = new ScriptedHeads();
      ScriptedHeads staleHeads = new ScriptedHeads();
      BlockingQueue<Notice> staleEvents = new LinkedBlockingQueue<>();
      try (ProbityNode node = node(journal, vault, heads, new LinkedBlockingQueue<>())) {
        vault.status(node, AGENT);
        execute(vault, heads, 1);
        vault.awaitQuiet(node, AGENT);
        try (ProbityNode stale = node(journal, vault, staleHeads, staleEvents)) {
          vault.awaitQuiet(stale, AGENT);
          assertThat(vault.status(stale, AGENT).tally().executions()).isOne();

          execute(vault, heads, 2);
          vault.awaitQuiet(node, AGENT);
          staleHeads.bring(TinyModel.head(3));
          // It is refused, dies, is brought up again by its shard, and knows of 2 then.
          execute(vault, staleHeads, 4);
          vault.awaitQuiet(stale, AGENT);
          assertThat(vault.status(stale, AGENT).tally().executions()).isGreaterThanOrEqualTo(3);
          assertThat(staleEvents)
              .as("what was decided for head 3 came into no journal, so nobody heard of it")
              .filteredOn(Notice.Decided.class::isInstance)
              .extracting(event -> ((Notice.Decided) event).proposal().head().number())
              .doesNotContain(3L);
          assertThat(vault.submitted)
              .as("intents given to the venue, each once")
              .doesNotHaveDuplicates()
              .hasSameSizeAs(vault.executed.keySet());
          assertThat(vault.submitted).extracting(ProvenIntent::asOf).doesNotHaveDuplicates();
        }
      }
      try (Journal written = Journal.open(journal)) {
        Journal.Checked checked =
            written.verify(
                Map.of(TinyModel.digest(), TinyModel.model().key()), TinyModel.VERIFIER, _ -> {});
        assertThat(checked.fault()).isEmpty();
        assertThat(checked.executions()).isEqualTo(vault.executed.size());
      }
    }
  }

  /** Brings heads until one of them, {@code head} or a later one, is executed. */
  private static void execute(ScriptedWorld vault, ScriptedHeads heads, long head)
      throws InterruptedException {
    long deadline = System.nanoTime() + 90_000_000_000L;
    long next = head;
    while (!vault.hasExecutedSince(head)) {
      assertThat(System.nanoTime()).as("head %d is executed in time", head).isLessThan(deadline);
      heads.bring(TinyModel.head(head == 4 ? next++ : head));
      Thread.sleep(500);
    }
  }

  private static ProbityNode node(
      JournalSettings journal,
      ScriptedWorld vault,
      ScriptedHeads heads,
      BlockingQueue<Notice> events) {
    return ProbityNode.start(
        new NodeSettings(
            Set.of(Role.AGENT, Role.PROVER),
            "127.0.0.1",
            0,
            List.of(),
            Optional.empty(),
            journal,
            1,
            ScriptedWorld.RETRY),
        _ ->
            new ProbityNode.Equipment(
                _ -> vault.parts(),
                heads,
                Map.of(TinyModel.digest(), TinyModel::prove),
                _ -> {},
                (_, event) -> events.add(event)),
        InstantSource.system());
  }
}
