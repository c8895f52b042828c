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
import org.probity.demo.GovernanceReport.Step;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;

/** A sealed vault's roles and their thieves, with a network small enough for a test. */
@TestKind.Acceptance
final class GovernanceDemoTest {

  private static final long SEED = 6;
  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              Objects.requireNonNull(
                  GovernanceDemoTest.class.getResourceAsStream("/governance.schema.json")));

  private static GovernanceReport report;
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
    GovernanceDemo demo =
        new GovernanceDemo(
            screen, SEED, OptionalInt.empty(), ComputeBackend.best(), Entropy.secure());
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), SEED)) {
      world.makeHistory();
      report = demo.run(world, PracticeStrategy.quantised(), System.nanoTime());
    }
    said = text.toString();
  }

  @Test
  void everyStoryEndsAsItHadTo() {
    assertThat(report.steps()).allSatisfy(step -> assertThat(step.ok()).as("%s", step).isTrue());
    assertThat(report.steps())
        .extracting(Step::name)
        .containsExactly(
            "a factory's vault is given its roles and sealed",
            "the agent's key is stolen and moves nothing",
            "the model's slot changes and the vault does not",
            "a loose policy is proposed and the sentinel vetoes it",
            "tightening cancels a proposal that waits",
            "the curator's key is stolen, the sentinel sleeps, and the owner revokes",
            "exit while everything is paused");
    assertThat(said).contains("7 of 7 ended as they had to").doesNotContain("NOT AS IT HAD TO BE");
  }

  @Test
  void whatIsRefusedIsRefusedForItsReason() {
    assertThat(detail("stolen and moves")).contains("16 of 16", "OpeningMismatch");
    assertThat(detail("slot")).contains("OpeningMismatch");
    assertThat(detail("loose")).contains("NotYet", "NothingPending");
    assertThat(detail("tightening")).contains("NothingPending", "NotTighter");
    assertThat(detail("curator's key")).contains("NothingPending", "NotCurator");
    assertThat(detail("exit")).contains("Paused", " USD go", " WETH go");
  }

  @Test
  void oneStoryWithAnotherEndIsNotOk() {
    List<Step> steps = List.of(new Step("a", true, "x"), new Step("b", false, "y"));
    assertThat(new GovernanceReport(1, 1, steps).ok()).isFalse();
    assertThat(new GovernanceReport(1, 1, steps.subList(0, 1)).ok()).isTrue();
  }

  @Test
  void resultIsOneLineOfJsonAsTheSchemaSays() throws Exception {
    String line = report.toJson();
    assertThat(line).doesNotContain("\n");
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(SCHEMA.validate(json)).isEmpty();
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("ok", "scenario", "seed", "wallSeconds", "steps");
    ((ObjectNode) json.at("/steps/0")).remove("detail");
    assertThat(SCHEMA.validate(json)).isNotEmpty();
  }

  private static String detail(String name) {
    return report.steps().stream()
        .filter(step -> step.name().contains(name))
        .findFirst()
        .orElseThrow()
        .detail();
  }
}
