package org.probity.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.demo.DemoReport.Round;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.strategy.QuantisedStrategy;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;

/**
 * The whole spine on a local chain, twice with one seed, with a network small enough for a test.
 */
@TestKind.Acceptance
final class DemoTest {

  private static final int HEADS = 4;
  private static final long SEED = 5;

  private static DemoReport attacked;
  private static DemoReport again;
  private static String said;

  @BeforeAll
  static void runTwice() {
    QuantisedStrategy strategy = PracticeStrategy.quantised();
    StringWriter text = new StringWriter();
    attacked = run(strategy, true, text);
    said = text.toString();
    again = run(strategy, false, new StringWriter());
  }

  private static DemoReport run(QuantisedStrategy strategy, boolean attack, StringWriter text) {
    Screen screen =
        new Screen(
            new PrintWriter(text, true),
            new PrintWriter(new StringWriter(), true),
            false,
            200,
            true);
    Demo demo =
        new Demo(
            screen,
            new Demo.Options(HEADS, SEED, attack, OptionalInt.empty()),
            ComputeBackend.best(),
            Entropy.secure());
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), SEED)) {
      world.makeHistory();
      return demo.run(world, strategy, System.nanoTime());
    }
  }

  @Test
  void everyHeadIsDecidedAndProven() {
    assertThat(attacked.rounds()).hasSize(HEADS).allMatch(Round::decided);
    assertThat(attacked.proofs()).isEqualTo(HEADS);
  }

  @Test
  void everyTradeWasVerifiedOnChain() {
    assertThat(attacked.trades()).isPositive();
    assertThat(attacked.rounds())
        .filteredOn(Round::traded)
        .allSatisfy(round -> assertThat(round.verifyGas()).isBetween(100_000L, 900_000L));
  }

  @Test
  void everyAttackIsRefusedForAReasonOfItsOwn() {
    assertThat(attacked.attacks())
        .extracting(AttackResult::name)
        .containsExactly(
            "another decision",
            "proof replayed",
            "another moment",
            "features changed",
            "features misplaced",
            "another model",
            "one byte flipped",
            "another vault",
            "proof expired");
    assertThat(attacked.attacks()).allMatch(AttackResult::rejected);
    assertThat(attacked.attacks()).extracting(AttackResult::reason).doesNotHaveDuplicates();
    assertThat(verdict("proof replayed")).startsWith("WrongNonce(");
    assertThat(verdict("another moment")).matches("OffSchedule\\([0-9]+, 600\\)");
    assertThat(verdict("features misplaced")).startsWith("Observation");
    assertThat(verdict("one byte flipped")).isEqualTo("InvalidPoint()");
    assertThat(verdict("proof expired")).startsWith("Expired(");
    for (String statement :
        List.of("another decision", "features changed", "another model", "another vault")) {
      assertThat(verdict(statement)).isEqualTo("OpeningMismatch()");
    }
  }

  @Test
  void sameSeedGivesTheSameDecisionsAndTrades() {
    assertThat(outcomes(again)).isEqualTo(outcomes(attacked));
    assertThat(again.equityStart()).isEqualByComparingTo(attacked.equityStart());
  }

  @Test
  void resultIsOneLineOfJsonWithEveryFigure() throws Exception {
    String line = attacked.toJson();
    assertThat(line).doesNotContain("\n");
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "heads",
            "decisions",
            "proofs",
            "trades",
            "parameters",
            "features",
            "proofBytes",
            "proveMillis",
            "verifyGas",
            "executeGas",
            "attacks",
            "equityStart",
            "equityEnd",
            "seed",
            "wallSeconds");
    assertThat(json.at("/proveMillis/p50").asLong()).isPositive();
    assertThat(json.at("/verifyGas/p50").asLong()).isPositive();
    assertThat(json.at("/executeGas/p50").asLong()).isPositive();
    assertThat(json.at("/attacks/0/rejected").asBoolean()).isTrue();
    assertThat(json.at("/equityStart").isNumber()).isTrue();
  }

  @Test
  void withoutATerminalEveryLineIsWrittenOnceAndPlainly() {
    assertThat(said).doesNotContain("\u001b").doesNotContain("proving");
    assertThat(said.lines().filter(line -> line.contains("OpeningMismatch()"))).hasSize(4);
  }

  @Test
  void percentilesAreOfTheNearestRankAndLeaveZerosOut() {
    List<Long> values = List.of(0L, 30L, 10L, 20L, 0L, 40L);
    assertThat(DemoReport.percentile(values, 50)).isEqualTo(20);
    assertThat(DemoReport.percentile(values, 95)).isEqualTo(40);
    assertThat(DemoReport.percentile(List.of(), 50)).isZero();
  }

  private static String verdict(String attack) {
    return attacked.attacks().stream()
        .filter(result -> result.name().equals(attack))
        .map(AttackResult::verdict)
        .findFirst()
        .orElseThrow();
  }

  private static List<List<Object>> outcomes(DemoReport report) {
    return report.rounds().stream()
        .map(round -> List.<Object>of(round.decision(), round.executed(), round.baseDelta()))
        .toList();
  }
}
