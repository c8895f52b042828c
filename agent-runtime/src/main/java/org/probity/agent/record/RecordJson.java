package org.probity.agent.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.probity.intent.AssetDelta;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.VaultState;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.zk.Decision;

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
        if (!execution.quotes().isEmpty()) {
          var quotes = json.putArray("quotes");
          execution.quotes().forEach(quote -> quote(quotes.addObject(), quote));
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

  private static void quote(ObjectNode json, VenueQuote quote) {
    quote.venues().forEach(json.putArray("venues")::add);
    switch (quote.answer()) {
      case VenueQuote.Fills fills ->
          json.put("outcome", fills.outcome().toString())
              .put("traded", fills.traded().toString())
              .put("gasUsed", fills.gasUsed())
              .put("gasCost", fills.gasCost().toString());
      case VenueQuote.Refused(String reason) -> json.put("refused", reason);
      case VenueQuote.Unanswered(String reason) -> json.put("unanswered", reason);
    }
  }

  private static void spec(ObjectNode json, AgentSpec spec) {
    json.put("vault", spec.vault().toString())
        .put("model", spec.model().hex())
        .put("account", spec.account().toString())
        .put("lifetimeSeconds", spec.pace().lifetimeSeconds())
        .put("sendsHolds", spec.pace().sendsHolds())
        .put("provesAll", spec.pace().provesAll())
        .put("byAnyone", spec.pace().byAnyone());
  }

  private static void proposal(ObjectNode json, Proposal proposal) {
    Observation seen = proposal.observation();
    VaultState state = seen.state();
    json.put("context", proposal.context().hex())
        .put("chain", proposal.mandate().chainId())
        .put("vault", proposal.mandate().vault().toString())
        .put("policy", state.policy().hex())
        .put("model", proposal.mandate().model().hex())
        .put("executor", proposal.mandate().executor().toString())
        .put("maxSlippageBps", proposal.mandate().maxSlippageBps())
        .put("head", proposal.head().number())
        .put("headHash", proposal.head().hash().hex())
        .put("headTime", proposal.head().timestamp())
        .put("nonce", state.nonce().toString())
        .put("deadline", proposal.deadline())
        .put("asOf", seen.asOf());
    seen.refs().forEach(json.putArray("refs")::add);
    json.put("guardHints", seen.guardHints().toString());
    var hints = json.putArray("sourceHints");
    seen.sourceHints().forEach(hint -> hints.add(hint.toString()));
    decision(json.putObject("decision"), proposal.decision());
    var features = json.putArray("features");
    for (int feature : seen.features().toArray()) {
      features.add(feature);
    }
    state(json.putObject("state"), state);
  }

  private static void decision(ObjectNode json, Decision decision) {
    switch (decision) {
      case Decision.Choice(int index) -> json.put("choice", index);
      case Decision.Outputs(var values) -> values.forEach(json.putArray("outputs")::add);
    }
  }

  private static void state(ObjectNode json, VaultState state) {
    json.put("lastAsOf", state.lastAsOf())
        .put("lastTradeAsOf", state.lastTradeAsOf())
        .put("lastTradeTime", state.lastTradeTime());
    state.lastRefs().forEach(json.putArray("lastRefs")::add);
    json.put("turnoverLeft", state.turnoverLeft().toString())
        .put("dayLoss", state.dayLoss().toString())
        .put("monthLoss", state.monthLoss().toString())
        .put("turnover", state.turnover().toString())
        .put("turnoverSince", state.turnoverSince());
    var books = json.putArray("books");
    for (VaultState.Book book : state.books()) {
      books
          .addObject()
          .put("asset", book.token().toString())
          .put("amount", book.amount().toString())
          .put("before", book.before().toString())
          .put("changedAt", book.changedAt());
    }
    if (!state.lent().isEmpty()) {
      var lent = json.putArray("lent");
      for (VaultState.Lent one : state.lent()) {
        lent.addObject()
            .put("asset", state.books().get(one.asset()).token().toString())
            .put("supplied", one.supplied().toString())
            .put("owed", one.owed().toString());
      }
    }
  }

  private static void prospect(ObjectNode json, Prospect prospect) {
    switch (prospect) {
      case Prospect.Trade(var steps, var loans) -> {
        json.put("prospect", "trade");
        var list = json.putArray("steps");
        for (Prospect.Step step : steps) {
          list.addObject()
              .put("asset", step.asset().toString())
              .put("notional", step.notional().toString());
        }
        if (!loans.isEmpty()) {
          var moves = json.putArray("loans");
          for (Prospect.Move move : loans) {
            moves
                .addObject()
                .put("asset", move.asset().toString())
                .put("loan", move.loan().name())
                .put("amount", move.amount().toString());
          }
        }
      }
      case Prospect.Hold(var reason) -> json.put("prospect", "hold").put("why", reason.name());
      case Prospect.Nothing nothing -> json.put("prospect", "nothing").put("why", nothing.reason());
    }
  }
}
