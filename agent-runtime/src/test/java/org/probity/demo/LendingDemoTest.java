package org.probity.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.demo.LendingReport.Move;
import org.probity.demo.LendingReport.Step;
import org.probity.ground.TestKind;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;

/** The whole scenario, up to the holder's liquidation. */
@TestKind.Acceptance
class LendingDemoTest {

  private static final int HEADS = 19;

  private static LendingReport report;
  private static String said;

  @BeforeAll
  static void play() {
    StringWriter text = new StringWriter();
    Screen screen =
        new Screen(
            new PrintWriter(text, true),
            new PrintWriter(new StringWriter(), true),
            false,
            200,
            true);
    var options = new LendingDemo.Options(HEADS, 7, true, OptionalInt.empty());
    report = new LendingDemo(screen, options, ComputeBackend.best(), Entropy.secure()).run();
    said = text.toString();
  }

  @Test
  void theVaultIsNeverToBeLiquidatedAndTheHolderIs() {
    assertThat(report.liquidated()).as(said).isEqualTo(new LendingReport.Both<>(false, true));
    assertThat(report.worst().vault().orElseThrow())
        .isGreaterThanOrEqualTo(report.floor().subtract(new BigDecimal("0.1")));
    assertThat(report.worst().holder().orElseThrow()).isLessThan(BigDecimal.ONE);
    assertThat(report.equity().vault()).isGreaterThan(report.equity().holder());
    assertThat(report.ok()).isTrue();
  }

  @Test
  void loansAreTakenAndBroughtDownByProvenDecisions() {
    assertThat(report.steps())
        .hasSize(HEADS)
        .allMatch(Step::executed)
        .allSatisfy(step -> assertThat(step.verifyGas()).isPositive());
    assertThat(report.steps())
        .flatExtracting(Step::moves)
        .extracting(Move::what)
        .contains("supplied", "borrowed", "bought", "took back", "sold", "repaid");
    assertThat(report.steps().getLast().health().vault()).isEmpty();
  }

  /** In one transaction: what is taken back is sold, and what that brings is repaid. */
  @Test
  void debtsAreRepaidOutOfWhatSecuredThem() {
    assertThat(report.steps())
        .anySatisfy(step ->
            assertThat(step.moves())
                .extracting(Move::what)
                .containsSubsequence("took back", "sold", "repaid"));
  }

  @Test
  void attacksOnLoansAreRefused() {
    assertThat(report.attacks()).hasSizeGreaterThan(3).allMatch(AttackResult::rejected);
  }

  @Test
  void resultIsOneLineOfJsonAsTheSchemaSays() throws Exception {
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertThat(
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(
                    Objects.requireNonNull(
                        LendingDemoTest.class.getResourceAsStream("/lending.schema.json")))
                .validate(json))
        .isEmpty();
    assertThat(json.path("scenario").asText()).isEqualTo("lending");
    assertThat(said).contains("the holder is liquidated at a health of 0.9");
  }
}
