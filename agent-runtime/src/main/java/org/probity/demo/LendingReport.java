package org.probity.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.probity.demo.DemoReport.AttackResult;

/**
 * What became of a vault with loans in a market that fell, and of a holder with the same loans who
 * did nothing.
 *
 * @param floor of the health factor, in the vault's policy
 * @param steps one for each head
 * @param worst the least health factors after any block
 * @param liquidated whether they were liquidated
 * @param equity of the vault: all that it holds less what it owes, in whole numeraire
 * @param numeraire its symbol
 * @param wallSeconds from the command to the summary
 */
public record LendingReport(
    long seed,
    BigDecimal floor,
    List<Step> steps,
    Both<Optional<BigDecimal>> worst,
    Both<Boolean> liquidated,
    Equity equity,
    String numeraire,
    List<AttackResult> attacks,
    double wallSeconds) {

  /** The same of the vault and of the holder. */
  public record Both<T>(T vault, T holder) {}

  /**
   * What the vault and the holder are worth, when the holder took its loans and at the end.
   *
   * @param start of both
   */
  public record Equity(BigDecimal start, BigDecimal vault, BigDecimal holder) {}

  /**
   * One head.
   *
   * @param prices of one whole token of each asset but the numeraire
   * @param decision label of the decision; empty if the agent left the head undecided
   * @param proveMillis how long the proof took
   * @param executed whether a transaction of the vault came of it
   * @param moves what it did, in their order
   * @param gas of the whole transaction; 0 without one
   * @param verifyGas of the verifier's call in it
   * @param health after it
   * @param turnoverUsed what of the policy's allowance is used after it, in whole numeraire
   * @param dayLoss what of the day's allowance for losses is used, likewise
   */
  public record Step(
      List<BigDecimal> prices,
      String decision,
      long proveMillis,
      boolean executed,
      List<Move> moves,
      long gas,
      long verifyGas,
      Both<Optional<BigDecimal>> health,
      BigDecimal turnoverUsed,
      BigDecimal dayLoss) {
    public Step {
      prices = List.copyOf(prices);
      moves = List.copyOf(moves);
    }
  }

  /** A trade or a loan, as {@code sold}, {@code bought}, {@code supplied}: in whole tokens. */
  public record Move(String what, BigDecimal amount, String symbol, int decimals) {

    String words() {
      BigDecimal shown =
          amount.precision() - amount.scale() > 3
              ? amount.setScale(0, java.math.RoundingMode.HALF_EVEN)
              : amount.round(new java.math.MathContext(4));
      return what + " " + shown.stripTrailingZeros().toPlainString() + " " + symbol;
    }
  }

  public LendingReport {
    steps = List.copyOf(steps);
    attacks = List.copyOf(attacks);
  }

  /**
   * Whether the vault was never to be liquidated, the holder was, all was decided and each attack
   * refused.
   */
  public boolean ok() {
    return steps.stream().noneMatch(step -> step.decision.isEmpty())
        && !liquidated.vault
        && liquidated.holder
        && worst.vault.map(least -> least.compareTo(BigDecimal.ONE) >= 0).orElse(true)
        && attacks.stream().allMatch(AttackResult::rejected);
  }

  /** The whole as one line of JSON, as {@code lending.schema.json} describes it. */
  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("ok", ok());
    root.put("scenario", "lending");
    root.put("seed", seed);
    root.put("wallSeconds", Math.round(wallSeconds * 100) / 100.0);
    root.put("healthFloor", floor);
    root.put("numeraire", numeraire);
    put(root.putObject("worstHealth"), worst);
    root.putObject("liquidated").put("vault", liquidated.vault).put("holder", liquidated.holder);
    root.putObject("equity")
        .put("start", equity.start)
        .put("vault", equity.vault)
        .put("holder", equity.holder);
    ArrayNode told = root.putArray("steps");
    steps.forEach(step -> put(told.addObject(), step));
    ArrayNode refused = root.putArray("attacks");
    for (AttackResult attack : attacks) {
      refused
          .addObject()
          .put("name", attack.name())
          .put("rejected", attack.rejected())
          .put("reason", attack.reason());
    }
    return root.toString();
  }

  private static void put(ObjectNode into, Step step) {
    into.put("decision", step.decision);
    ArrayNode prices = into.putArray("prices");
    step.prices.forEach(prices::add);
    into.put("proved", step.proveMillis > 0);
    into.put("proveMillis", step.proveMillis);
    into.put("executed", step.executed);
    into.put("gas", step.gas);
    into.put("verifyGas", step.verifyGas);
    ArrayNode moves = into.putArray("moves");
    for (Move move : step.moves) {
      moves
          .addObject()
          .put("what", move.what)
          .put("amount", move.amount)
          .put("symbol", move.symbol)
          .put("decimals", move.decimals);
    }
    put(into.putObject("health"), step.health);
    into.putObject("limits").put("turnoverUsed", step.turnoverUsed).put("dayLoss", step.dayLoss);
  }

  private static void put(ObjectNode into, Both<Optional<BigDecimal>> health) {
    health.vault.ifPresentOrElse(value -> into.put("vault", value), () -> into.putNull("vault"));
    health.holder.ifPresentOrElse(value -> into.put("holder", value), () -> into.putNull("holder"));
  }
}
