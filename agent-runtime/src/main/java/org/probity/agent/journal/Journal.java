package org.probity.agent.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.probity.agent.DecisionRecord;
import org.probity.agent.JournalLine;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.JournalState;
import org.probity.agent.record.OtherFormat;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.record.RecordJson;
import org.probity.agent.record.RecordSerializer;
import org.probity.agent.settings.JournalSettings;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.intent.Mandate;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Replay;
import org.probity.settings.BadSetting;
import org.probity.strategy.Strategy;
import org.probity.zk.Decision;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Verdict;

/**
 * The journal of all agents, for those who check it afterwards.
 *
 * <p>What {@link #verify} finds: a line whose bytes were changed, one that is gone, moved, doubled
 * or brought in from another agent (each line holds the hash of the one before, and the first that
 * of the agent's id); a decision whose context is not that of its statement; a proof that does not
 * hold for its public inputs; an execution of what was never sent, or twice. What no chain of
 * hashes can find by itself is that its end was cut off: {@link Checked#last} is to be compared
 * with what was noted earlier, and the executions with the vault's.
 */
public final class Journal implements AutoCloseable {

  /**
   * Others may have written what lines quote: outside of ASCII are letters that act on terminals.
   */
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final JournalSource source;
  private final Runnable closing;

  private Journal(JournalSource source, Runnable closing) {
    this.source = source;
    this.closing = closing;
  }

  Journal(JournalStore store) {
    this(new JournalRows(store.table()), store::close);
  }

  /**
   * Opens the journal that a node with {@code settings} writes: the user's own, never one that
   * somebody hands over. Nothing in it is changed.
   *
   * @throws BadSetting if it cannot be opened, for instance while a node has an embedded one
   */
  public static Journal open(JournalSettings settings) {
    return new Journal(JournalStore.read(settings));
  }

  /**
   * Opens what {@link #raw} wrote, from whomever it comes.
   *
   * @throws JournalRefused if it is not whole, or not written as an export is
   */
  public static Journal open(Path export) {
    return new Journal(JournalFile.open(export), () -> {});
  }

  /** Whether {@code path} is, or pretends to be, what {@link #raw} writes. */
  public static boolean isExport(Path path) {
    return JournalFile.isOne(path);
  }

  /** How many lines it has. */
  public long lines() {
    return source.count();
  }

  /** Every decision of {@code agent}, the oldest first, and what became of it. */
  public List<DecisionRecord> decisions(String agent) {
    Map<Bytes32, DecisionRecord> decisions = new LinkedHashMap<>();
    source.read(new Rows(agent::equals, row -> JournalRows.follow(decisions, row)));
    return List.copyOf(decisions.values());
  }

  /** The agents that have lines. */
  public List<String> agents() {
    List<String> agents = new ArrayList<>();
    source.read(
        new Rows(
            agent -> {
              agents.add(agent);
              return false;
            },
            _ -> {}));
    return List.copyOf(agents);
  }

  /** The rows of those agents that are wanted, one after the other. */
  private record Rows(Predicate<String> wanted, Consumer<JournalSource.Row> rows)
      implements JournalSource.Reader {
    @Override
    public boolean begin(String agent) {
      return wanted.test(agent);
    }

    @Override
    public void row(JournalSource.Row row) {
      rows.accept(row);
    }
  }

  /**
   * What a check found.
   *
   * @param lines how many were read
   * @param proofs how many were verified
   * @param unchecked how many proofs are of models whose keys were not given
   * @param executions how many stand at the end, each counted once whoever journalled it
   * @param last hash of each agent's last line
   * @param fault the first line that is wrong; empty if none is
   */
  public record Checked(
      long lines,
      long proofs,
      long unchecked,
      long executions,
      Map<String, Bytes32> last,
      Optional<Fault> fault) {}

  /**
   * A line that is wrong.
   *
   * @param sequence its number within the agent's journal
   */
  public record Fault(String agent, long sequence, String reason) {
    @Override
    public String toString() {
      return "line %d of agent %s: %s"
          .formatted(sequence, Printable.line(agent, 80), Printable.line(reason, 400));
    }
  }

  /**
   * Checks every line of every agent up to the first fault.
   *
   * @param keys of the models whose proofs are to be verified, by their digests
   * @param verifier of the reference string that they were committed under; null to verify no proof
   * @param progress told how many lines are done
   */
  public Checked verify(
      Map<Bytes32, ModelKey> keys, @Nullable ProofVerifier verifier, LongConsumer progress) {
    Check check = new Check(keys, verifier, progress);
    try {
      source.read(check);
    } catch (Broken e) {
      return check.result(Optional.of(e.fault));
    }
    return check.result(Optional.empty());
  }

  /** Ends the reading of lines at the first fault. */
  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Fault fault;

    Broken(Fault fault) {
      super(fault.toString(), null, false, false);
      this.fault = fault;
    }
  }

  private record Standing(Address vault, Bytes32 context) {}

  private static final class Check implements JournalSource.Reader {
    private final Map<Bytes32, ModelKey> keys;
    private final @Nullable ProofVerifier verifier;
    private final LongConsumer progress;
    private final Map<String, Bytes32> last = new HashMap<>();
    private long lines;
    private long proofs;
    private long unchecked;

    /** Two agents of one vault, in an old journal, have both journalled the same executions. */
    private final Set<Standing> standing = new HashSet<>();

    private String agent = "";
    private long sequence;
    private Bytes32 previous = AgentRecord.origin("");
    private JournalState state = JournalState.of("");
    private final Map<Bytes32, Proposal> decided = new HashMap<>();
    private final Set<Bytes32> sent = new HashSet<>();
    private final Set<Bytes32> executed = new HashSet<>();

    Check(Map<Bytes32, ModelKey> keys, @Nullable ProofVerifier verifier, LongConsumer progress) {
      this.keys = keys;
      this.verifier = verifier;
      this.progress = progress;
    }

    @Override
    public boolean begin(String id) {
      agent = id;
      sequence = 0;
      previous = AgentRecord.origin(id);
      state = JournalState.of(id);
      decided.clear();
      sent.clear();
      executed.clear();
      return true;
    }

    @Override
    public void end() {
      last.put(agent, previous);
      state
          .agent()
          .spec()
          .map(AgentSpec::vault)
          .ifPresent(
              vault -> executed.forEach(context -> standing.add(new Standing(vault, context))));
    }

    @Override
    public void row(JournalSource.Row row) {
      if (row.sequence() != sequence + 1) {
        throw broken(
            sequence + 1, "it is missing; the next one there is has number " + row.sequence());
      }
      sequence = row.sequence();
      if (row.deleted() || row.serializer() != RecordSerializer.IDENTIFIER) {
        throw broken(sequence, "its row is marked so that its agent does not read it");
      }
      AgentRecord line;
      try {
        line = RecordCodec.decode(row.payload());
      } catch (OtherFormat e) {
        throw broken(sequence, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        throw broken(sequence, "its bytes were changed: " + e.getMessage());
      }
      if (!line.previous().equals(previous)) {
        throw broken(
            sequence,
            sequence == 1
                ? "it is not the first line of this agent"
                : "it does not follow the line before it: one of the two was changed, moved or put in");
      }
      if (!RecordCodec.name(line.event()).equals(row.kind())) {
        throw broken(
            sequence,
            "it is a %s and is filed as a %s"
                .formatted(RecordCodec.name(line.event()), row.kind()));
      }
      try {
        event(line.event());
        state = state.after(line);
      } catch (Broken e) {
        throw e;
      } catch (RuntimeException e) {
        // Whoever wrote the file may have written anything.
        throw broken(sequence, "it holds what no agent writes: " + e.getMessage());
      }
      previous = line.hash();
      lines++;
      progress.accept(lines);
    }

    private void event(Event event) {
      switch (event) {
        case Event.DecisionMade(Proposal proposal, var _) -> {
          requireContext(proposal);
          if (executed.contains(proposal.context())) {
            throw broken(sequence, "it was executed before");
          }
          // After a reorg the same may be decided anew, for the same moment and nonce.
          sent.remove(proposal.context());
          decided.put(proposal.context(), proposal);
        }
        case Event.DecisionProven(ProvenIntent intent, var _, var _) -> {
          if (!intent.proposal().equals(decided.get(intent.context()))) {
            throw broken(sequence, "it proves another decision than the one that was made");
          }
          verify(intent);
        }
        case Event.IntentSubmitted(Bytes32 context, var _) -> {
          if (!decided.containsKey(context) || !sent.add(context)) {
            throw broken(sequence, "it was sent before, or never decided");
          }
        }
        case Event.IntentSettled(Bytes32 context, var _) -> {
          if (!sent.contains(context) || !executed.add(context)) {
            throw broken(sequence, "it was executed before, or never sent");
          }
        }
        case Event.HeadReverted(long _, Bytes32 _, Bytes32 context, boolean wasExecuted) -> {
          if (wasExecuted && !executed.remove(context)) {
            throw broken(sequence, "it reverts an execution that is not there");
          }
        }
        case Event.IntentFailed(
                Bytes32 context,
                var _,
                var _,
                var _,
                Event.Aftermath aftermath) -> {
          // Its transaction was refused by the market of that block, and the proof holds.
          if (aftermath == Event.Aftermath.AGAIN) {
            sent.remove(context);
          }
        }
        case Event.AgentCreated _,
            Event.AgentAmended _,
            Event.AgentPaused _,
            Event.AgentResumed _,
            Event.AgentRetired _,
            Event.Unreadable _ -> {}
      }
    }

    private void requireContext(Proposal proposal) {
      Mandate mandate = proposal.mandate();
      Bytes32 context =
          proposal
              .statement()
              .context(mandate.chainId(), mandate.vault(), proposal.observation().state().policy());
      if (!context.equals(proposal.context())) {
        throw broken(sequence, "its context is not the digest of its statement");
      }
    }

    private void verify(ProvenIntent intent) {
      ModelKey key = keys.get(intent.model());
      if (verifier == null || key == null) {
        unchecked++;
        return;
      }
      Verdict verdict =
          verifier.verify(
              key, intent.features(), intent.decision(), intent.context(), intent.proof());
      if (verdict != Verdict.ACCEPTED) {
        throw broken(sequence, "its proof does not hold: " + verdict);
      }
      proofs++;
    }

    private Broken broken(long at, String reason) {
      return new Broken(new Fault(agent, at, reason));
    }

    Checked result(Optional<Fault> fault) {
      return new Checked(lines, proofs, unchecked, standing.size(), Map.copyOf(last), fault);
    }
  }

  /**
   * What a replay found.
   *
   * @param decisions how many were decided again
   * @param unchecked how many are of models that were not given
   * @param differing the first that came out otherwise; empty if none did
   * @param unlike the first line that no agent would have written there; empty if none is
   */
  public record Replayed(
      long decisions, long unchecked, Optional<Fault> differing, Optional<Fault> unlike) {}

  /**
   * Has the same models decide again on the features that were recorded, and goes through every
   * agent's lines as its conduct would have.
   *
   * @param strategies by the digest of their models' keys
   * @param progress told how many decisions are done
   */
  public Replayed replay(Map<Bytes32, ? extends Strategy> strategies, LongConsumer progress) {
    Deciding deciding = new Deciding(strategies, progress);
    try {
      source.read(deciding::row);
    } catch (Broken e) {
      return deciding.result(Optional.of(e.fault));
    }
    return deciding.result(Optional.empty());
  }

  private static final class Deciding {
    private final Map<Bytes32, ? extends Strategy> strategies;
    private final LongConsumer progress;
    private long decisions;
    private long unchecked;
    private String agent = "";
    private Replay conduct = new Replay("");
    private @Nullable Fault unlike;

    Deciding(Map<Bytes32, ? extends Strategy> strategies, LongConsumer progress) {
      this.strategies = strategies;
      this.progress = progress;
    }

    void row(JournalSource.Row row) {
      Event event = decoded(row).event();
      if (!row.agent().equals(agent)) {
        agent = row.agent();
        conduct = new Replay(agent);
      }
      Optional<String> fault = conduct.take(event);
      if (unlike == null && fault.isPresent()) {
        unlike = new Fault(agent, row.sequence(), fault.get());
      }
      if (!(event instanceof Event.DecisionMade(Proposal proposal, var _))) {
        return;
      }
      Strategy strategy = strategies.get(proposal.mandate().model());
      if (strategy == null) {
        unchecked++;
        return;
      }
      Decision again = strategy.decide(proposal.observation().features());
      if (!again.equals(proposal.decision())) {
        throw new Broken(
            new Fault(
                row.agent(),
                row.sequence(),
                "the model decides %s on these features, and the journal says %s"
                    .formatted(again, proposal.decision())));
      }
      progress.accept(++decisions);
    }

    Replayed result(Optional<Fault> differing) {
      return new Replayed(decisions, unchecked, differing, Optional.ofNullable(unlike));
    }
  }

  /**
   * The line in {@code row}.
   *
   * @throws IllegalArgumentException that names it if it cannot be read
   */
  private static AgentRecord decoded(JournalSource.Row row) {
    try {
      return RecordCodec.decode(row.payload());
    } catch (OtherFormat e) {
      throw new IllegalArgumentException(
          "Line %s of agent %s cannot be read: %s."
              .formatted(row.sequence(), Printable.line(row.agent(), 80), e.getMessage()),
          e);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "Line %d of agent %s cannot be read (%s): find what is wrong by probity journal verify."
              .formatted(row.sequence(), Printable.line(row.agent(), 80), e.getMessage()),
          e);
    }
  }

  /**
   * Every line as a line of JSON, agent by agent.
   *
   * @throws IllegalArgumentException if a line cannot be read
   */
  public void export(Consumer<String> out) {
    source.read(row -> out.accept(line(row).json()));
  }

  /**
   * Every line as it is stored, with its hash, for somebody else to check: what {@link #open(Path)}
   * opens.
   */
  public void raw(Consumer<String> out) {
    JournalFile.write(source, out);
  }

  /**
   * A row for those who read it.
   *
   * @throws IllegalArgumentException that names it if it cannot be read
   */
  static JournalLine line(JournalSource.Row row) {
    AgentRecord line = decoded(row);
    String kind = RecordCodec.name(line.event());
    ObjectNode json = JSON.createObjectNode();
    json.put("agent", row.agent());
    json.put("sequence", row.sequence());
    json.put("at", line.at().toString());
    json.put("event", kind);
    RecordJson.write(json, line.event());
    json.put("previous", line.previous().hex());
    json.put("hash", line.hash().hex());
    try {
      return new JournalLine(row.agent(), row.sequence(), kind, JSON.writeValueAsString(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  @Override
  public void close() {
    closing.run();
  }
}
