package org.probity.agent.gateway;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.Agents;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.JournalLine;
import org.probity.agent.JournalTail;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Life;

/** Agents that live in a map and do nothing but obey. */
final class ScriptedAgents implements Agents {

  private final Map<String, AgentStatus> all = new ConcurrentSkipListMap<>();

  @Override
  public CompletionStage<AgentStatus> create(AgentSpec spec) {
    return answer(() -> {
      AgentStatus made = status(spec, Life.ACTIVE);
      AgentStatus before = all.putIfAbsent(spec.id(), made);
      if (before != null && !before.spec().equals(spec)) {
        throw new AgentRefused("There is an agent %s already.".formatted(spec.id()));
      }
      return made;
    });
  }

  @Override
  public CompletionStage<AgentStatus> ensure(AgentSpec spec) {
    return create(spec);
  }

  @Override
  public CompletionStage<AgentStatus> pause(String id, String reason) {
    return become(id, Life.PAUSED);
  }

  @Override
  public CompletionStage<AgentStatus> resume(String id) {
    return become(id, Life.ACTIVE);
  }

  @Override
  public CompletionStage<AgentStatus> retire(String id, String reason) {
    return become(id, Life.RETIRED);
  }

  @Override
  public CompletionStage<AgentStatus> status(String id) {
    return answer(() -> known(id));
  }

  @Override
  public CompletionStage<List<AgentStatus>> list() {
    return answer(() -> List.copyOf(all.values()));
  }

  @Override
  public CompletionStage<List<Listed>> list(String after, int most) {
    return answer(() ->
        all.values().stream()
            .filter(status -> status.id().compareTo(after) > 0)
            .limit(most)
            .map(status ->
                new Listed(
                    status.id(),
                    status.id().startsWith("silent") ? Optional.empty() : Optional.of(status)))
            .toList());
  }

  @Override
  public CompletionStage<List<DecisionRecord>> decisions(String id, DecisionSlice slice) {
    return answer(() -> {
      known(id);
      return List.of();
    });
  }

  @Override
  public CompletionStage<Optional<DecisionRecord>> decision(String id, long sequence) {
    return answer(() -> {
      known(id);
      return Optional.empty();
    });
  }

  /** Agents here write lines without end, each as long as a proof's. */
  @Override
  public JournalTail events(String id, long after) {
    known(id);
    return new Endless(id, Math.max(0, after));
  }

  @Override
  public JournalTail events() {
    return new Endless("all", 0);
  }

  @Override
  public JournalTail eventsAfter(String id, long sequence) {
    return events(id, sequence);
  }

  private static final class Endless implements JournalTail {
    private final String agent;
    private long given;

    Endless(String agent, long given) {
      this.agent = agent;
      this.given = given;
    }

    @Override
    public List<JournalLine> next() {
      return List.of(
          new JournalLine(
              agent, ++given, "DecisionProven", "{\"proof\":\"" + "0".repeat(9_000) + "\"}"));
    }

    @Override
    public boolean isEnding() {
      return false;
    }
  }

  private CompletionStage<AgentStatus> become(String id, Life life) {
    return answer(() -> {
      AgentStatus changed = status(known(id).spec(), life);
      all.put(id, changed);
      return changed;
    });
  }

  private AgentStatus known(String id) {
    AgentStatus status = all.get(id);
    if (status == null) {
      throw AgentRefused.unknown(id);
    }
    return status;
  }

  private static <T> CompletionStage<T> answer(Supplier<T> answer) {
    return CompletableFuture.supplyAsync(answer);
  }

  private static AgentStatus status(AgentSpec spec, Life life) {
    return new AgentStatus(
        spec,
        life,
        "resting",
        "local",
        0,
        1,
        new AgentState.Tally(0, 0, 0, 0, 0, BigInteger.ZERO, ""),
        "");
  }
}
