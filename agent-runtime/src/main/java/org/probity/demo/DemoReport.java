package org.probity.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What a demo came to.
 *
 * @param scenario what the agent traded in
 * @param rounds one for each head
 * @param parameters weights and biases of the private model
 * @param features its inputs
 * @param proofBytes length of a proof
 * @param attacks what the chain answered to each; empty if none were made
 * @param books one for each asset, the numeraire first
 * @param equityStart of the vault, in whole numeraire
 * @param wallSeconds from the command to the summary
 */
public record DemoReport(
    String scenario,
    List<Round> rounds,
    long parameters,
    int features,
    int proofBytes,
    List<AttackResult> attacks,
    List<Book> books,
    BigDecimal equityStart,
    BigDecimal equityEnd,
    long seed,
    double wallSeconds) {

  /**
   * One head.
   *
   * @param decision label of the decision; empty if the agent left the head undecided
   * @param proveMillis how long the proof took; 0 without one
   * @param executed whether a transaction of the vault came of it
   * @param bought one for each asset but the numeraire that moved; none if nothing was traded
   * @param executeGas of the whole transaction; 0 without one
   * @param verifyGas of the verifier's call in it; 0 without one
   */
  record Round(
      String decision,
      long proveMillis,
      boolean executed,
      List<Bought> bought,
      long executeGas,
      long verifyGas) {

    Round {
      bought = List.copyOf(bought);
    }

    static Round notExecuted(String decision, Duration proof) {
      return new Round(decision, proof.toMillis(), false, List.of(), 0, 0);
    }

    boolean decided() {
      return !decision.isEmpty();
    }

    boolean proved() {
      return proveMillis > 0;
    }

    private String name() {
      return decided() ? decision : "undecided";
    }

    boolean traded() {
      return !bought.isEmpty();
    }
  }

  /** What the vault bought of an asset, in whole tokens; negative if it sold. */
  record Bought(String symbol, BigDecimal amount) {}

  /**
   * What is booked of an asset, in whole tokens.
   *
   * @param before the first head
   * @param after the last
   * @param worth of {@code after}, in whole numeraire
   */
  record Book(String symbol, int decimals, BigDecimal before, BigDecimal after, BigDecimal worth) {}

  /**
   * What the chain answered to an attack.
   *
   * @param rejected whether it reverted, nothing of the vault's moved and nobody was paid
   * @param verdict why, in the chain's words
   * @param explanation what was wrong with it, in ours
   */
  public record AttackResult(String name, boolean rejected, String verdict, String explanation) {

    String reason() {
      return verdict + ": " + explanation;
    }
  }

  public DemoReport {
    rounds = List.copyOf(rounds);
    attacks = List.copyOf(attacks);
    books = List.copyOf(books);
  }

  long decisions() {
    return rounds.stream().filter(Round::decided).count();
  }

  long proofs() {
    return rounds.stream().filter(Round::proved).count();
  }

  long trades() {
    return rounds.stream().filter(Round::traded).count();
  }

  /**
   * The {@code percent} percentile (nearest rank) of the positive ones among {@code values}; 0 if
   * none is.
   */
  static long percentile(List<Long> values, int percent) {
    List<Long> sorted = values.stream().filter(v -> v > 0).sorted().toList();
    if (sorted.isEmpty()) {
      return 0;
    }
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return sorted.get(Math.max(rank, 1) - 1);
  }

  long percentile(ToLongFunction<Round> figure, int percent) {
    return percentile(rounds.stream().map(figure::applyAsLong).toList(), percent);
  }

  /** Whether every head was decided and every attack refused. */
  public boolean ok() {
    return rounds.stream().allMatch(Round::decided)
        && attacks.stream().allMatch(AttackResult::rejected);
  }

  /** The whole as one line of JSON, as {@code demo.schema.json} describes it. */
  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("ok", ok());
    root.put("scenario", scenario);
    root.put("seed", seed);
    root.put("wallSeconds", Math.round(wallSeconds * 100) / 100.0);
    ArrayNode steps = root.putArray("steps");
    for (Round round : rounds) {
      String name = "head %s: %s".formatted(steps.size() + 1, round.name());
      steps
          .addObject()
          .put("name", name)
          .put("proved", round.proved())
          .put("gas", round.executeGas)
          .put("proofBytes", round.proved() ? proofBytes : 0);
    }
    ArrayNode results = root.putArray("attacks");
    for (AttackResult attack : attacks) {
      results
          .addObject()
          .put("name", attack.name())
          .put("rejected", attack.rejected())
          .put("reason", attack.reason());
    }
    root.put("heads", rounds.size());
    root.put("decisions", decisions());
    root.put("proofs", proofs());
    root.put("trades", trades());
    root.put("parameters", parameters);
    root.put("features", features);
    root.put("proofBytes", proofBytes);
    root.putObject("proveMillis")
        .put("p50", percentile(Round::proveMillis, 50))
        .put("p95", percentile(Round::proveMillis, 95));
    root.putObject("verifyGas").put("p50", percentile(Round::verifyGas, 50));
    root.putObject("executeGas").put("p50", percentile(Round::executeGas, 50));
    ArrayNode held = root.putArray("books");
    for (Book book : books) {
      held.addObject()
          .put("symbol", book.symbol)
          .put("decimals", book.decimals)
          .put("before", book.before)
          .put("after", book.after)
          .put("worth", book.worth);
    }
    root.put("equityStart", equityStart);
    root.put("equityEnd", equityEnd);
    return root.toString();
  }
}
