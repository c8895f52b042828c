package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.ground.TestKind;
import org.probity.intent.source.ProgramReader.Books;
import org.probity.intent.source.ProgramReader.Reading;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.strategy.feature.ChainlinkReturns;

/** How rounds are found in a long history, and how often a node is asked for it. */
@TestKind.Acceptance
class FeedHistoryTest {

  private static final ContractArtifact FEED = ContractArtifact.load("ScriptedFeed");
  private static final int EVERY = 37;
  private static final BigInteger PHASE = BigInteger.ONE.shiftLeft(64);

  @SuppressWarnings("NullAway.Init") // by start()
  private static SourceBench bench;

  @BeforeAll
  static void start() {
    bench = new SourceBench();
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  /** The newest round is some seconds old. */
  private static Address feed(long rounds) {
    return bench.chain.deploy(
        bench.owner, FEED.deployment(bench.now() - rounds * EVERY - 5, EVERY, rounds));
  }

  private static OfFeed source(Address feed, List<Integer> horizons) {
    return new OfFeed(bench.release.chainlinkReturns(), feed, new ChainlinkReturns(horizons));
  }

  private static long requests() {
    return bench.client().endpoints().getFirst().requests();
  }

  private static void agrees(OfFeed source, long asOf, Reading reading) {
    assertThat(bench.computed(source, asOf, reading.hints().getFirst()))
        .isEqualTo(reading.features().toArray());
  }

  @Test
  void aMillionRoundsTakeFewRequestsAndTheNextHeadFewer() {
    Address feed = feed(1_000_000);
    // From a minute to a year.
    List<Integer> horizons =
        IntStream.rangeClosed(1, 32).map(i -> 30_000 * i * i + i).boxed().toList();
    OfFeed source = source(feed, horizons);
    ProgramReader reader = bench.reader(source, Reports.NONE);
    long asOf = bench.now();
    long before = requests();
    Reading first = reader.at(bench.head(), asOf, Books.NONE);
    assertThat(requests() - before).as("at first").isLessThan(30);
    agrees(source, asOf, first);

    bench.chain.execute(bench.owner, Call.of(feed, FEED.function("advance"), 10));
    bench.chain.mineAt(bench.now() + 10 * EVERY);
    long later = bench.now();
    var head = bench.head();
    before = requests();
    Reading second = reader.at(head, later, Books.NONE);
    assertThat(requests() - before).as("then").isLessThan(8);
    agrees(source, later, second);
    assertThat(second).isEqualTo(bench.read(source, later, Reports.NONE));
    before = requests();
    assertThat(reader.at(head, later, Books.NONE)).isEqualTo(second);
    assertThat(requests() - before).as("once more").isLessThan(8);
  }

  @Test
  void missingRoundsAreSteppedOverAndNamedWhereTheyMatter() {
    Address feed = feed(200);
    AbiFunction miss = FEED.function("miss");
    List<Integer> missing =
        IntStream.concat(
                IntStream.rangeClosed(1, 200).filter(i -> i % 3 == 1 && i < 200),
                IntStream.rangeClosed(100, 120))
            .boxed()
            .toList();
    bench.chain.execute(bench.owner, Call.of(feed, miss, missing));
    long newest = bench.client().call(feed, FEED.function("begin")).int64("begin") + 200 * EVERY;
    int named = 0;
    int found = 0;
    for (int back = 1; back < 150; back++) {
      // A second after a round, and after the newest.
      long asOf = newest + 1;
      OfFeed source = source(feed, List.of(back * EVERY));
      int round = 200 - back;
      boolean shown = !missing.contains(round) && !missing.contains(round + 1);
      if (shown) {
        Reading reading = bench.read(source, asOf, Reports.NONE);
        assertThat(SourceBench.at(reading.hints().getFirst(), 1, 10))
            .isEqualTo(PHASE.add(BigInteger.valueOf(round)));
        agrees(source, asOf, reading);
        found++;
      } else {
        assertThatThrownBy(() -> bench.read(source, asOf, Reports.NONE))
            .isInstanceOf(SourceRefused.class)
            .hasMessageContaining("is missing, so nothing shows");
        named++;
      }
    }
    assertThat(found).isGreaterThan(20);
    assertThat(named).isGreaterThan(20);
  }
}
