package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.TestKind;
import org.probity.sim.history.SharedData;
import org.probity.sim.math.Word;

/**
 * Indices that Aave v3 on Polygon had, minute by minute, grow as its recorded rates say. The record
 * does not tell at which seconds of a minute a reserve was updated, and where it was updated twice,
 * nor the rate between; so this looks for whole seconds that explain both indices to the last of
 * their 27 decimals. That a wrong formula finds them is out of the question.
 */
@TestKind.Differential
final class RecordedInterestTest {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final int SLACK = 60;

  private final RayMath math = new RayMath();

  private record Minute(
      long time, Word liquidityRate, Word borrowRate, Word liquidityIndex, Word borrowIndex) {
    static Minute parse(String line) {
      String[] cells = line.split(",", -1);
      return new Minute(
          LocalDateTime.parse(cells[0], MINUTE).toEpochSecond(ZoneOffset.UTC),
          ray(cells[1]),
          ray(cells[3]),
          ray(cells[4]),
          ray(cells[5]));
    }

    private static Word ray(String decimal) {
      return Word.of(new BigDecimal(decimal).movePointRight(27).toBigIntegerExact());
    }

    boolean changed(Minute before) {
      return !(liquidityRate.same(before.liquidityRate)
          && borrowRate.same(before.borrowRate)
          && liquidityIndex.same(before.liquidityIndex)
          && borrowIndex.same(before.borrowIndex));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"usdc", "weth"})
  void bothRecordedIndicesGrowToTheRayInAWholeNumberOfSeconds(String token) throws IOException {
    List<Minute> changes = changes(token);
    int explained = 0;
    for (int i = 1; i < changes.size(); i++) {
      if (explains(changes.get(i - 1), changes.get(i))) {
        explained++;
      }
    }
    assertThat(changes.size()).isGreaterThan(100);
    assertThat((double) explained / changes.size()).isGreaterThan(0.4);
  }

  private boolean explains(Minute before, Minute after) {
    long gap = after.time - before.time;
    for (long s = Math.max(1, gap - SLACK); s <= gap + SLACK; s++) {
      Word seconds = Word.of(s);
      Word borrow = math.compoundedInterest(before.borrowRate, seconds);
      if (math.rayMul(borrow, before.borrowIndex).same(after.borrowIndex)) {
        Word supply = math.linearInterest(before.liquidityRate, seconds);
        if (math.rayMul(supply, before.liquidityIndex).same(after.liquidityIndex)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<Minute> changes(String token) throws IOException {
    List<Minute> changes = new ArrayList<>();
    for (Path day : days(token)) {
      for (String line : Files.readAllLines(day).stream().skip(1).toList()) {
        Minute minute = Minute.parse(line);
        if (changes.isEmpty() || minute.changed(changes.getLast())) {
          changes.add(minute);
        }
      }
    }
    return changes;
  }

  private static List<Path> days(String token) throws IOException {
    try (Stream<Path> files = Files.list(SharedData.require().resolve("aave-v3-polygon"))) {
      return files
          .filter(f -> String.valueOf(f.getFileName()).startsWith(token + "-"))
          .sorted()
          .toList();
    }
  }
}
