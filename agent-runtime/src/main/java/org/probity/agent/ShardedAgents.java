package org.probity.agent;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.probity.intent.conduct.AgentSpec;

/** Asks agents through the shards that they live in, and the journal about the past. */
final class ShardedAgents implements Agents {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ClusterSharding sharding;
  private final JournalRows journal;
  private final VaultSeats seats;
  private final Executor threads;

  ShardedAgents(ClusterSharding sharding, JournalRows journal, VaultSeats seats, Executor threads) {
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
    return CompletableFuture.supplyAsync(journal::agents, threads)
        .thenCompose(ids -> {
          List<CompletableFuture<Optional<AgentStatus>>> answers =
              ids.stream()
                  .map(id ->
                      ask(id, VaultAgent.Report::new)
                          .toCompletableFuture()
                          .thenApply(Optional::of)
                          .exceptionally(_ -> Optional.empty()))
                  .toList();
          return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
              .thenApply(_ ->
                  answers.stream()
                      .flatMap(answer -> answer.join().stream())
                      .sorted(Comparator.comparing(AgentStatus::id))
                      .toList());
        });
  }

  @Override
  public CompletionStage<List<DecisionRecord>> decisions(String id, int most) {
    return CompletableFuture.supplyAsync(() -> journal.decisions(id, most), threads);
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
