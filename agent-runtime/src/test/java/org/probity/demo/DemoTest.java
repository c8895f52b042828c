package org.probity.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Objects;
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
  private static final long SEED = 6;
  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              Objects.requireNonNull(DemoTest.class.getResourceAsStream("/demo.schema.json")));

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
            new Demo.Options(Demo.Scenario.PAIR, HEADS, SEED, attack, OptionalInt.empty()),
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
    assertThat(attacked.attacks()).allMatch(AttackResult::rejected);
    assertThat(attacked.attacks()).extracting(AttackResult::reason).doesNotHaveDuplicates();
    assertThat(attacked.attacks())
        .extracting(attack -> attack.name() + ": " + error(attack.verdict()))
        .containsExactly(
            "another decision: OpeningMismatch",
            "proof replayed: WrongNonce",
            "copied call data: NotExecutor",
            "proof expired: Expired",
            "one moment twice: OutOfOrder",
            "another moment: OffSchedule",
            "wrong features' moment: Stale",
            "features changed: OpeningMismatch",
            "features misplaced: " + error(verdict("features misplaced")),
            "another model: OpeningMismatch",
            "one byte flipped: InvalidPoint",
            "another vault: OpeningMismatch",
            "liquidity lent for a window: TooLargeForDepth",
            "proof kept while the market falls 4 %: MarketMoved",
            "sandwich in one transaction: PriceBeyondLimit",
            "sandwich by an owner of half the range: FilledTooLittle",
            "price held at block start: MarketMoved",
            "liquidity drained: TooLittleLiquidity",
            "model swapped and restored: OutOfOrder",
            "stolen agent key moving funds elsewhere: NotOwner",
            "agent made owner: RolesClash");
    assertThat(verdict("features misplaced")).startsWith("ObservationToo");
    assertThat(verdict("another moment")).matches("OffSchedule\\([0-9]+, 600\\)");
    // Where two are refused alike, by the contract's own numbers.
    assertThat(attacked.attacks())
        .extracting(AttackResult::verdict)
        .filteredOn(verdict -> !verdict.equals("OpeningMismatch()"))
        .doesNotHaveDuplicates();
  }

  @Test
  void sandwichesThatAreCarriedOutLoseMoney() {
    for (String name :
        List.of("sandwich in one transaction", "sandwich by an owner of half the range")) {
      assertThat(reason(name))
          .matches(".*a smaller move loses [1-9][0-9]*\\.[0-9]{2} USD at least");
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
    assertThat(SCHEMA.validate(json)).isEmpty();
    assertThat(json.fieldNames())
        .toIterable()
        .startsWith("ok", "scenario", "seed", "wallSeconds", "steps", "attacks");
    assertThat(json.path("ok").asBoolean()).isTrue();
    assertThat(json.path("steps")).hasSize(HEADS);
    assertThat(json.at("/steps/0/name").asText()).startsWith("head 1: ");
    assertThat(json.at("/steps/0/proved").asBoolean()).isTrue();
    assertThat(json.at("/steps/0/proofBytes").asInt()).isEqualTo(attacked.proofBytes());
    assertThat(json.path("attacks")).hasSizeGreaterThanOrEqualTo(19);
    ((ObjectNode) json).remove("ok");
    assertThat(SCHEMA.validate(json)).isNotEmpty();
    json = new ObjectMapper().readTree(line);
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

  /** The name of the contract's error. */
  private static String error(String verdict) {
    return verdict.replaceFirst("\\(.*", "");
  }

  private static String verdict(String attack) {
    return result(attack).verdict();
  }

  private static String reason(String attack) {
    return result(attack).reason();
  }

  private static AttackResult result(String attack) {
    return attacked.attacks().stream()
        .filter(result -> result.name().equals(attack))
        .findFirst()
        .orElseThrow();
  }

  private static List<List<Object>> outcomes(DemoReport report) {
    return report.rounds().stream()
        .map(round -> List.<Object>of(round.decision(), round.executed(), round.bought()))
        .toList();
  }
}
