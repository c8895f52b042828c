package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.settings.NodeSettings.Role;
import org.probity.agent.tls.Authority;
import org.probity.agent.tls.NodeKeys;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;

/**
 * Three nodes with a PostgreSQL journal: agents spread, and go elsewhere when their node is lost.
 */
@TestKind.Acceptance
final class ClusterTest {

  private static final int AGENTS = 9;

  @TempDir private Path folder;
  private Path keys = Path.of("");

  @Test
  void agentsOfALostNodeGoOnElsewhereAndDecideEachMomentOnce() throws Exception {
    keys = folder.resolve("keys");
    Authority.make().issue("node").save(keys);
    try (EmbeddedPostgres server = EmbeddedPostgres.builder().start()) {
      JournalSettings journal =
          new JournalSettings.Postgres(
              server.getJdbcUrl("postgres", "postgres"), "postgres", Optional.empty());
      ScriptedHeads heads = new ScriptedHeads();
      Map<String, ScriptedWorld> vaults = new TreeMap<>();
      for (int i = 0; i < AGENTS; i++) {
        vaults.put("agent-" + i, ScriptedWorld.ofNodes(new Pace(120, false)));
      }
      List<ProbityNode> nodes = new ArrayList<>();
      try {
        nodes.add(node(journal, List.of(), Set.of(Role.AGENT, Role.PROVER), vaults, heads));
        List<String> seeds = List.of(nodes.getFirst().address());
        nodes.add(node(journal, seeds, Set.of(Role.AGENT), vaults, heads));
        nodes.add(node(journal, seeds, Set.of(Role.AGENT, Role.PROVER), vaults, heads));
        ProbityNode survivor = nodes.get(2);
        for (Map.Entry<String, ScriptedWorld> entry : vaults.entrySet()) {
          entry.getValue().status(survivor, entry.getKey());
        }
        decide(heads, vaults, 1);
        Map<String, Long> spread =
            survivor.agents().list().toCompletableFuture().join().stream()
                .collect(Collectors.groupingBy(AgentStatus::node, Collectors.counting()));
        assertThat(spread.size()).as("nodes with agents: " + spread).isGreaterThan(1);

        ProbityNode lost = nodes.remove(0);
        heads.bring(TinyModel.head(2));
        lost.close();
        decide(heads, vaults, 3);
        vaults
            .values()
            .forEach(vault ->
                assertThat(new HashSet<>(vault.submitted)).hasSameSizeAs(vault.executed.keySet()));
      } finally {
        for (ProbityNode node : nodes.reversed()) {
          node.close();
        }
      }
      try (Journal written = Journal.open(journal)) {
        Journal.Checked checked =
            written.verify(
                Map.of(TinyModel.digest(), TinyModel.model().key()), TinyModel.VERIFIER, _ -> {});
        assertThat(checked.fault()).isEmpty();
        assertThat(checked.executions())
            .isEqualTo(vaults.values().stream().mapToLong(vault -> vault.executed.size()).sum());
      }
    }
  }

  /** Brings heads until every agent has decided and executed at this one or a later one. */
  private static void decide(ScriptedHeads heads, Map<String, ScriptedWorld> vaults, long head)
      throws InterruptedException {
    long deadline = System.nanoTime() + 90_000_000_000L;
    long next = head;
    while (vaults.values().stream().anyMatch(vault -> !vault.hasExecutedSince(head))) {
      assertThat(System.nanoTime()).as("agents decide again in time").isLessThan(deadline);
      heads.bring(TinyModel.head(next++));
      Thread.sleep(1_000);
    }
  }

  private ProbityNode node(
      JournalSettings journal,
      List<String> seeds,
      Set<Role> roles,
      Map<String, ScriptedWorld> vaults,
      ScriptedHeads heads) {
    return ProbityNode.start(
        new NodeSettings(
            roles,
            "127.0.0.1",
            0,
            seeds,
            Optional.of(NodeKeys.in(keys)),
            journal,
            1,
            ScriptedWorld.RETRY),
        _ ->
            new ProbityNode.Equipment(
                spec -> Objects.requireNonNull(vaults.get(spec.id())).parts(),
                heads,
                Map.of(TinyModel.digest(), TinyModel::prove),
                _ -> {},
                AgentListener.NONE),
        InstantSource.system());
  }
}
