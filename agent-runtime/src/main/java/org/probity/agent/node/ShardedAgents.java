package org.probity.agent.node;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.Agents;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.JournalTail;
import org.probity.agent.journal.JournalRows;
import org.probity.agent.journal.RowsTail;
import org.probity.agent.journal.VaultSeats;
import org.probity.intent.conduct.AgentSpec;

/** Asks agents through the shards that they live in, and the journal about the past. */
final class ShardedAgents implements Agents {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ClusterSharding sharding;
  private final JournalRows journal;
  private final VaultSeats seats;
  private final Executor threads;
  private final BooleanSupplier ending;

  /**
   * @param ending whether this node is about to end
   */
  ShardedAgents(
      ClusterSharding sharding,
      JournalRows journal,
      VaultSeats seats,
      Executor threads,
      BooleanSupplier ending) {
    this.ending = ending;
    this.sharding = sharding;
    this.journal = journal;
    this.seats = seats;
    this.threads = threads;
  }

  @Override
  public CompletionStage<AgentStatus> create(AgentSpec spec) {
    return seat(spec, false);
  }

  @Override
  public CompletionStage<AgentStatus> ensure(AgentSpec spec) {
    return seat(spec, true);
  }

  private CompletionStage<AgentStatus> seat(AgentSpec spec, boolean amends) {
    return CompletableFuture.supplyAsync(
        () ->
            seats.take(
                spec,
                () ->
                    ask(spec.id(), replyTo -> new VaultAgent.Create(spec, amends, replyTo))
                        .toCompletableFuture()
                        .join()),
        threads);
  }

  @Override
  public CompletionStage<AgentStatus> pause(String id, String reason) {
    return known(id, replyTo -> new VaultAgent.Pause(reason, replyTo));
  }

  @Override
  public CompletionStage<AgentStatus> resume(String id) {
    return known(id, VaultAgent.Resume::new);
  }

  @Override
  public CompletionStage<AgentStatus> retire(String id, String reason) {
    return known(id, replyTo -> new VaultAgent.Retire(reason, replyTo));
  }

  @Override
  public CompletionStage<AgentStatus> status(String id) {
    return known(id, VaultAgent.Report::new);
  }

  @Override
  public CompletionStage<List<AgentStatus>> list() {
    return list("", Integer.MAX_VALUE)
        .thenApply(all -> all.stream().flatMap(agent -> agent.status().stream()).toList());
  }

  @Override
  public CompletionStage<List<Listed>> list(String after, int most) {
    return CompletableFuture.supplyAsync(journal::agents, threads)
        .thenCompose(ids -> {
          List<CompletableFuture<Listed>> answers =
              ids.stream()
                  .sorted()
                  .filter(id -> id.compareTo(after) > 0)
                  .limit(most)
                  .map(this::listed)
                  .toList();
          return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
              .thenApply(_ -> answers.stream().map(CompletableFuture::join).toList());
        });
  }

  private CompletableFuture<Listed> listed(String id) {
    return ask(id, VaultAgent.Report::new)
        .toCompletableFuture()
        .thenApply(status -> new Listed(id, Optional.of(status)))
        .exceptionally(_ -> new Listed(id, Optional.empty()));
  }

  @Override
  public CompletionStage<List<DecisionRecord>> decisions(String id, DecisionSlice slice) {
    return CompletableFuture.supplyAsync(
        () -> {
          requireKnown(id);
          return journal.decisions(id, slice);
        },
        threads);
  }

  @Override
  public CompletionStage<Optional<DecisionRecord>> decision(String id, long sequence) {
    return CompletableFuture.supplyAsync(
        () -> {
          requireKnown(id);
          return journal.decision(id, sequence);
        },
        threads);
  }

  @Override
  public JournalTail events(String id, long after) {
    requireKnown(id);
    return RowsTail.of(journal, id, after < 0 ? journal.highest(id) : after, ending);
  }

  @Override
  public JournalTail events() {
    return RowsTail.ofAll(journal, ending);
  }

  @Override
  public JournalTail eventsAfter(String id, long sequence) {
    requireKnown(id);
    return RowsTail.ofAll(journal, id, sequence, ending);
  }

  private void requireKnown(String id) {
    if (!journal.knows(id)) {
      throw AgentRefused.unknown(id);
    }
  }

  /**
   * Asks an agent that exists. A question to one that does not would bring it up, and remembered
   * entities stay up.
   */
  private CompletionStage<AgentStatus> known(
      String id, Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> request) {
    return CompletableFuture.supplyAsync(() -> journal.knows(id), threads)
        .thenCompose(known ->
            known ? ask(id, request) : CompletableFuture.failedFuture(AgentRefused.unknown(id)));
  }

  private CompletionStage<AgentStatus> ask(
      String id, Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> request) {
    return sharding
        .entityRefFor(ProbityNode.AGENTS, id)
        .<VaultAgent.Reply>ask(request::apply, PATIENCE)
        .thenApply(reply ->
            switch (reply) {
              case VaultAgent.Told(AgentStatus status) -> status;
              case VaultAgent.Refused(String reason) -> throw new AgentRefused(reason);
            });
  }
}
