package org.probity.agent.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentStatus;
import org.probity.agent.Agents;
import org.probity.agent.DecisionRecord;
import org.probity.agent.watch.Health;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Prospect;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;

/** The API's bodies. Amounts of wei and of tokens are strings: they do not fit a double. */
final class ApiJson {
  private ApiJson() {}

  // ---- asked ----

  record Reason(@Nullable String reason) {}

  /**
   * @param model may be left out where the node has one model only
   * @param pace may be left out for that of the node's configuration
   */
  record NewAgent(
      @Nullable String id,
      @Nullable String vault,
      @Nullable String model,
      @Nullable String account,
      @Nullable Pace pace) {

    AgentSpec spec(List<Bytes32> models, Pace usual) {
      Address where = required("vault", vault, "an address", Address::new);
      Address payer = required("account", account, "an address", Address::new);
      String name = id == null ? where.toString() : id;
      try {
        AgentSpec.requireReachable(name);
      } catch (IllegalArgumentException e) {
        throw new Problem(400, e.getMessage() + ".");
      }
      Pace chosen = pace == null ? usual : pace;
      if (chosen.lifetimeSeconds() < 1 || chosen.lifetimeSeconds() > 86_400) {
        throw new Problem(400, "The field \"pace.lifetimeSeconds\" must be from 1 to 86400.");
      }
      return new AgentSpec(name, where, digest(models), payer, chosen);
    }

    private Bytes32 digest(List<Bytes32> models) {
      if (model == null && models.size() == 1) {
        return models.getFirst();
      }
      return required("model", model, "the digest of a model's key", Bytes32::fromHex);
    }
  }

  private static <T> T required(
      String field, @Nullable String text, String admitted, Function<String, T> read) {
    if (text == null) {
      throw new Problem(
          400, "The field \"%s\" is missing: it must be %s.".formatted(field, admitted));
    }
    try {
      return read.apply(text);
    } catch (IllegalArgumentException e) {
      throw new Problem(
          400,
          "The field \"%s\" must be %s: %s."
              .formatted(field, admitted, Problem.shown(String.valueOf(e.getMessage()), 300)));
    }
  }

  // ---- answered ----

  /** See {@link AgentStatus}. */
  record Agent(
      String id,
      String vault,
      String model,
      String account,
      Pace pace,
      String life,
      String doing,
      String node,
      long lastDecided,
      long events,
      long decisions,
      long proofs,
      long executions,
      long reverts,
      long failures,
      String gasSpentWei,
      String lastFailure) {

    static Agent of(AgentStatus s) {
      AgentState.Tally tally = s.tally();
      return new Agent(
          s.id(),
          s.spec().vault().toString(),
          s.spec().model().hex(),
          s.spec().account().toString(),
          s.spec().pace(),
          s.life().name().toLowerCase(Locale.ROOT),
          s.doing(),
          s.node(),
          s.lastDecided(),
          s.events(),
          tally.decisions(),
          tally.proofs(),
          tally.executions(),
          tally.reverts(),
          tally.failures(),
          tally.gasSpent().toString(),
          s.lastFailure());
    }
  }

  /** An agent that does not answer in time. */
  record SilentAgent(String id, String life) {}

  /** An agent, or at least its name. */
  static Object listed(Agents.Listed agent) {
    return agent
        .status()
        .<Object>map(Agent::of)
        .orElseGet(() -> new SilentAgent(agent.id(), "not answering"));
  }

  /**
   * A page of a list.
   *
   * @param found one more than {@code limit} if there are more
   * @param cursor of the page that begins after an item
   */
  static <T> Map<String, Object> page(
      String name, List<T> found, int limit, Function<T, Object> item, Function<T, String> cursor) {
    List<T> items = found.subList(0, Math.min(limit, found.size()));
    Map<String, Object> page = new LinkedHashMap<>();
    page.put(name, items.stream().map(item).toList());
    if (found.size() > limit) {
      page.put("next", cursor.apply(items.getLast()));
    }
    return page;
  }

  /** The block that a decision was made on. */
  record HeadAnswer(long number, String hash, long timestamp) {}

  /**
   * What a model decided: one of both.
   *
   * @param choice the class
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Decided(@Nullable Integer choice, @Nullable List<Integer> outputs) {

    static Decided of(org.probity.zk.Decision decision) {
      return switch (decision) {
        case org.probity.zk.Decision.Choice(int index) -> new Decided(index, null);
        case org.probity.zk.Decision.Outputs(var values) -> new Decided(null, values);
      };
    }
  }

  /**
   * What the vault had of an asset at the moment of a decision.
   *
   * @param ref the reference tick of its price in the numeraire
   */
  record Holding(String asset, String amount, int ref) {

    static List<Holding> of(Observation seen) {
      List<VaultState.Book> books = seen.state().books();
      return IntStream.range(0, books.size())
          .mapToObj(i ->
              new Holding(
                  books.get(i).token().toString(),
                  books.get(i).amount().toString(),
                  seen.refs().get(i)))
          .toList();
    }
  }

  /**
   * One trade of a prospect.
   *
   * @param notional in the numeraire's smallest units; negative sells the asset
   */
  record Traded(String asset, String notional) {}

  /**
   * One movement between a vault and its lending market, of a prospect.
   *
   * @param loan withdraw, borrow, repay or supply
   * @param amount in the token's smallest units; of a repayment or a supply the most
   */
  record Lent(String asset, String loan, String amount) {}

  /**
   * See {@link DecisionRecord}.
   *
   * @param policy its hash
   * @param executor who may have it executed; zero for anyone
   * @param holdings the numeraire first
   * @param equity in the numeraire's smallest units
   * @param prospect trade, hold or nothing
   * @param steps of a trade
   * @param loans of a trade, where it has any
   * @param proof where the proof is to be had; absent if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Decision(
      long sequence,
      String at,
      HeadAnswer head,
      long asOf,
      String nonce,
      String policy,
      String executor,
      List<Holding> holdings,
      String equity,
      List<Integer> features,
      Decided decision,
      String prospect,
      @Nullable List<Traded> steps,
      @Nullable List<Lent> loans,
      long deadline,
      String context,
      @Nullable String proof,
      @Nullable String transaction,
      String outcome) {

    static Decision of(String agent, DecisionRecord record) {
      var proposal = record.proposal();
      var observation = proposal.observation();
      return new Decision(
          record.sequence(),
          record.at().toString(),
          new HeadAnswer(
              proposal.head().number(),
              proposal.head().hash().toString(),
              proposal.head().timestamp()),
          observation.asOf(),
          observation.state().nonce().toString(),
          observation.state().policy().hex(),
          proposal.mandate().executor().toString(),
          Holding.of(observation),
          observation.equity().toString(),
          IntStream.of(observation.features().toArray()).boxed().toList(),
          Decided.of(proposal.decision()),
          switch (record.prospect()) {
            case Prospect.Trade _ -> "trade";
            case Prospect.Hold _ -> "hold";
            case Prospect.Nothing _ -> "nothing";
          },
          record.prospect() instanceof Prospect.Trade(var steps, var _)
              ? steps.stream()
                  .map(step -> new Traded(step.asset().toString(), step.notional().toString()))
                  .toList()
              : null,
          record.prospect() instanceof Prospect.Trade(var _, var loans) && !loans.isEmpty()
              ? loans.stream()
                  .map(move ->
                      new Lent(
                          move.asset().toString(),
                          move.loan().name().toLowerCase(Locale.ROOT),
                          move.amount().toString()))
                  .toList()
              : null,
          proposal.deadline(),
          proposal.context().hex(),
          record.proof().isPresent()
              ? "/v1/agents/%s/decisions/%s/proof.json".formatted(agent, record.sequence())
              : null,
          record.transaction().map(Bytes32::toString).orElse(null),
          record.outcome());
    }
  }

  record AlertAnswer(String alert, String subject, String since, String detail) {}

  /**
   * @param alerts with a token alone
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record HealthAnswer(
      String status, @Nullable List<String> why, @Nullable List<AlertAnswer> alerts) {

    static HealthAnswer of(Health health, boolean trusted) {
      String status = health.good() ? "good" : health.ready() ? "alert" : "not ready";
      return trusted
          ? new HealthAnswer(
              status,
              health.why(),
              health.alerts().stream()
                  .map(alert ->
                      new AlertAnswer(
                          alert.kind().title(),
                          alert.subject(),
                          alert.since().toString(),
                          alert.detail()))
                  .toList())
          : new HealthAnswer(status, null, null);
    }
  }

  /** Whether the node can work. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ReadyAnswer(boolean ready, @Nullable List<String> why) {

    static ReadyAnswer of(Health health, boolean trusted) {
      return new ReadyAnswer(health.ready(), trusted ? health.why() : null);
    }
  }
}
