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
import org.probity.chain.BlockTag;
import org.probity.demo.DemoReport.Book;
import org.probity.demo.DemoReport.Bought;
import org.probity.demo.DemoReport.Round;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;

/** Three assets, two pools and a Chainlink feed, with a network small enough for a test. */
@TestKind.Acceptance
final class RotationDemoTest {

  private static final int HEADS = 4;
  private static final long SEED = 7;

  private static DemoReport report;
  private static String said;
  private static BigDecimal bitcoin;
  private static BigDecimal answer;

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
    Demo demo =
        new Demo(
            screen,
            new Demo.Options(Demo.Scenario.ROTATION, HEADS, SEED, false, OptionalInt.empty()),
            ComputeBackend.best(),
            Entropy.secure());
    try (RotationWorld world = RotationWorld.open(OptionalInt.empty(), SEED)) {
      world.makeHistory();
      report =
          demo.run(
              world,
              PracticeStrategy.quantised(
                  ExampleStrategies.ROTATION_PROGRAM, ExampleStrategies.ROTATION_ACTIONS),
              System.nanoTime());
      bitcoin = world.prices(BlockTag.LATEST).getLast();
      answer = world.answer();
    }
    said = text.toString();
  }

  @Test
  void everyHeadIsDecidedProvenAndExecuted() {
    assertThat(report.rounds())
        .hasSize(HEADS)
        .allMatch(Round::decided)
        .allMatch(Round::executed)
        .allSatisfy(round -> assertThat(round.verifyGas()).isPositive());
    assertThat(report.proofs()).isEqualTo(HEADS);
    assertThat(report.ok()).isTrue();
  }

  @Test
  void bitcoinIsTradedThroughBothPools() {
    assertThat(report.rounds())
        .flatExtracting(Round::bought)
        .extracting(Bought::symbol)
        .contains("WETH", "WBTC");
  }

  @Test
  void booksAreToldBySymbolAndComeToTheEquity() {
    assertThat(report.books()).extracting(Book::symbol).containsExactly("USD", "WETH", "WBTC");
    assertThat(report.books()).extracting(Book::decimals).containsExactly(6, 18, 8);
    BigDecimal bought =
        report.rounds().stream()
            .flatMap(round -> round.bought().stream())
            .filter(each -> each.symbol().equals("WBTC"))
            .map(Bought::amount)
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    Book last = report.books().getLast();
    assertThat(last.after().subtract(last.before())).isEqualByComparingTo(bought);
    BigDecimal worth =
        report.books().stream().map(Book::worth).reduce(BigDecimal.ZERO, BigDecimal::add);
    assertThat(worth).isCloseTo(report.equityEnd(), within("0.03"));
    assertThat(said).contains("WBTC/USD", "in WBTC", "books ", "0.4 WBTC");
  }

  /** An answer is half a percent late at most, and the agent has moved the pools a little. */
  @Test
  void theFeedFollowsThePools() {
    assertThat(answer).isCloseTo(bitcoin, within(bitcoin.movePointLeft(2).toPlainString()));
    assertThat(answer).isNotEqualByComparingTo("60000");
  }

  @Test
  void resultIsOneLineOfJsonAsTheSchemaSays() throws Exception {
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertThat(
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(
                    Objects.requireNonNull(
                        RotationDemoTest.class.getResourceAsStream("/demo.schema.json")))
                .validate(json))
        .isEmpty();
    assertThat(json.path("scenario").asText()).isEqualTo("rotation");
    assertThat(json.at("/books/2/symbol").asText()).isEqualTo("WBTC");
  }

  private static org.assertj.core.data.Offset<BigDecimal> within(String distance) {
    return org.assertj.core.api.Assertions.within(new BigDecimal(distance));
  }
}
