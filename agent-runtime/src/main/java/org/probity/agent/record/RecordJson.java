package org.probity.agent.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.probity.intent.AssetDelta;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.strategy.feature.VaultBooks;

/** The fields of an event, for export. Amounts are strings of digits, bytes 0x and hex. */
public final class RecordJson {

  private RecordJson() {}

  /** Adds the fields of {@code event} to {@code json}. */
  public static void write(ObjectNode json, Event event) {
    switch (event) {
      case Event.AgentCreated(AgentSpec spec) -> spec(json, spec);
      case Event.AgentAmended(AgentSpec spec) -> spec(json, spec);
      case Event.AgentPaused(String reason) -> json.put("reason", reason);
      case Event.AgentResumed() -> {}
      case Event.Unreadable(String why) -> json.put("reason", why);
      case Event.AgentRetired(String reason) -> json.put("reason", reason);
      case Event.DecisionMade(Proposal proposal, Prospect prospect) -> {
        proposal(json, proposal);
        prospect(json, prospect);
      }
      case Event.DecisionProven(var intent, Prospect prospect, var took) -> {
        proposal(json, intent.proposal());
        prospect(json, prospect);
        json.put("provingMillis", took.toMillis());
        json.put("proof", intent.proof().hex());
      }
      case Event.IntentSubmitted(var context, var nonce) ->
          json.put("context", context.hex()).put("nonce", nonce.toString());
      case Event.IntentSettled(var context, Event.Execution execution) -> {
        json.put("context", context.hex())
            .put("transaction", execution.transaction().hex())
            .put("block", execution.blockNumber())
            .put("blockHash", execution.block().hex())
            .put("gasUsed", execution.gasUsed())
            .put("gasPrice", execution.gasPrice().toString());
        var deltas = json.putArray("deltas");
        for (AssetDelta delta : execution.deltas()) {
          deltas
              .addObject()
              .put("asset", delta.asset().toString())
              .put("amount", delta.amount().toString());
        }
      }
      case Event.IntentFailed failed ->
          json.put("context", failed.context().hex())
              .put("step", failed.step().name())
              .put("reason", failed.reason())
              .put("gasCost", failed.gasCost().toString())
              .put("aftermath", failed.aftermath().name());
      case Event.HeadReverted(long number, var block, var context, boolean executed) ->
          json.put("context", context.hex())
              .put("block", number)
              .put("blockHash", block.hex())
              .put("executed", executed);
    }
  }

  private static void spec(ObjectNode json, AgentSpec spec) {
    json.put("vault", spec.vault().toString())
        .put("model", spec.model().hex())
        .put("account", spec.account().toString())
        .put("lifetimeSeconds", spec.pace().lifetimeSeconds())
        .put("sendsHolds", spec.pace().sendsHolds())
        .put("provesAll", spec.pace().provesAll());
  }

  private static void proposal(ObjectNode json, Proposal proposal) {
    Observation seen = proposal.observation();
    json.put("context", proposal.context().hex())
        .put("chain", proposal.mandate().chainId())
        .put("vault", proposal.mandate().vault().toString())
        .put("model", proposal.mandate().model().hex())
        .put("head", proposal.head().number())
        .put("headHash", proposal.head().hash().hex())
        .put("headTime", proposal.head().timestamp())
        .put("nonce", seen.state().nonce().toString())
        .put("deadline", proposal.deadline())
        .put("asOf", seen.asOf())
        .put("referenceTick", seen.referenceTick())
        .put("indices", seen.indices().toString())
        .put("decision", proposal.decision().index());
    var features = json.putArray("features");
    for (int feature : seen.features().toArray()) {
      features.add(feature);
    }
    VaultBooks books = seen.state().books();
    json.putObject("books")
        .put("base", books.baseBalance().toString())
        .put("quote", books.quoteBalance().toString())
        .put("lastTradeTime", books.lastTradeTime())
        .put("lastTradeTick", books.lastTradeTick())
        .put("epoch", books.epoch())
        .put("spent", books.spent().toString())
        .put("maxNotionalPerEpoch", books.maxNotionalPerEpoch().toString())
        .put("epochSeconds", books.epochSeconds());
  }

  private static void prospect(ObjectNode json, Prospect prospect) {
    switch (prospect) {
      case Prospect.Trade(var notional) ->
          json.put("prospect", "trade").put("notional", notional.toString());
      case Prospect.Hold() -> json.put("prospect", "hold");
      case Prospect.Nothing(String reason, _) -> json.put("prospect", "nothing").put("why", reason);
    }
  }
}
