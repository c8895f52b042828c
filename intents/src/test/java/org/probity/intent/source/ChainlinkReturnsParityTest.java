package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalFeed.Submission;
import org.probity.ground.TestKind;
import org.probity.intent.source.ProgramReader.Books;
import org.probity.intent.source.ProgramReader.Reading;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.ChainlinkReturns.Round;

/** Returns of a feed, by the contract and by what Java reads of Chainlink's own one. */
@TestKind.Differential
class ChainlinkReturnsParityTest {

  private static final int HINT = 10;
  private static final int TRIALS = TestKind.count("probity.sources", 25, 1_000);
  private static final int ROUNDS = TestKind.count("probity.rounds", 50, 400);
  private static final AbiFunction ROUND =
      ContractArtifact.load("EACAggregatorProxy").function("getRoundData");

  @SuppressWarnings("NullAway.Init") // by start()
  private static SourceBench bench;

  private String snapshot = "";

  @BeforeAll
  static void start() {
    bench = new SourceBench();
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void remember() {
    snapshot = bench.chain.snapshot();
  }

  @AfterEach
  void restore() {
    bench.chain.revert(snapshot);
  }

  private static OfFeed source(LocalFeed feed, Integer... horizons) {
    return new OfFeed(
        bench.release.chainlinkReturns(), feed.proxy(), new ChainlinkReturns(List.of(horizons)));
  }

  private static BigInteger price(SplittableRandom random, int decimals) {
    return BigInteger.TEN
        .pow(decimals)
        .multiply(BigInteger.valueOf(random.nextInt(90_000, 110_000)))
        .divide(BigInteger.valueOf(50));
  }

  /**
   * Rounds as they come, and as they come badly: answered by the second oracle much later, two in
   * one second, after hours of silence, or by one oracle only, so that the next round answers for
   * them.
   *
   * @param firstMissing whether nobody but one answers the first
   */
  private static void live(
      LocalFeed feed, int decimals, int rounds, boolean firstMissing, long seed) {
    var random = new SplittableRandom(seed);
    var said = new ArrayList<Submission>();
    Address to = feed.aggregatorNow();
    long time = bench.now() + 1;
    for (int round = 1; round <= rounds; round++) {
      int kind = round == 1 && firstMissing ? 0 : random.nextInt(round == 1 ? 2 : 0, 12);
      time += kind == 3 ? 7_200 : kind == 4 ? 0 : 1 + random.nextInt(240);
      BigInteger answer = price(random, decimals);
      said.add(new Submission(time, to, round % 2, round, answer));
      if (kind < 2) {
        time += LocalFeed.TIMEOUT + 1;
      } else {
        time += kind < 6 ? 0 : random.nextInt(90);
        said.add(new Submission(time, to, 1 - round % 2, round, price(random, decimals)));
      }
    }
    feed.submit(said);
  }

  /** All of a phase, by the proxy's own getter; empty where it has none. */
  private static List<Optional<Round>> rounds(LocalFeed feed) {
    BigInteger latest = feed.latestRound();
    BigInteger phase = latest.shiftRight(64).shiftLeft(64);
    var rounds = new ArrayList<Optional<Round>>();
    for (long i = 1; i <= latest.subtract(phase).longValueExact(); i++) {
      try {
        AbiValues round =
            bench.client().call(feed.proxy(), ROUND, phase.add(BigInteger.valueOf(i)));
        rounds.add(Optional.of(new Round(round.integer("answer"), round.int64("updatedAt"))));
      } catch (CallReverted e) {
        rounds.add(Optional.empty());
      }
    }
    return rounds;
  }

  private static Integer[] horizons(SplittableRandom random, int longest) {
    var horizons = new TreeSet<Integer>();
    int count = random.nextInt(1, random.nextInt(2, 33) + 1);
    while (horizons.size() < count) {
      horizons.add(random.nextInt(1, longest));
    }
    return horizons.toArray(Integer[]::new);
  }

  @Test
  void featuresAndHintsAreThatOfTheContractAtAnyMomentAndOverAnyHorizons() {
    for (int decimals : new int[] {8, 18}) {
      LocalFeed feed = new LocalFeed(bench.chain, decimals);
      live(feed, decimals, ROUNDS, true, decimals);
      List<Optional<Round>> all = rounds(feed);
      assertThat(all.getFirst()).as("nobody answered the first").isEmpty();
      List<Round> known = all.stream().flatMap(Optional::stream).toList();
      long first = known.getFirst().updatedAt();
      bench.chain.mineAt(bench.now() + 500);
      var random = new SplittableRandom(decimals);
      for (int i = 0; i < TRIALS; i++) {
        long now = bench.now();
        long asOf =
            i % 3 == 0
                // The very second of a round, or the next.
                ? known.get(random.nextInt(known.size() / 2, known.size())).updatedAt() + i % 2
                : now - random.nextInt((int) (now - first) / 2);
        OfFeed source = source(feed, horizons(random, (int) (asOf - first)));
        Reading reading = bench.read(source, asOf, Reports.NONE);
        int[] features = reading.features().toArray();
        assertThat(bench.width(source)).isEqualTo(features.length);
        assertThat(features).isEqualTo(source.entry().features(known, asOf));
        assertThat(bench.computed(source, asOf, reading.hints().getFirst())).isEqualTo(features);
      }
    }
  }

  @Test
  void everyOtherRoundIsRefusedAtItsPoint() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    live(feed, 8, 24, true, 5);
    OfFeed source = source(feed, 600, 1_200, 2_400);
    long asOf = bench.now() - 30;
    Bytes hints = bench.read(source, asOf, Reports.NONE).hints().getFirst();
    BigInteger phase = BigInteger.ONE.shiftLeft(64);
    for (int point = 0; point < 4; point++) {
      BigInteger right = SourceBench.at(hints, point, HINT);
      for (int round = 0; round <= 26; round++) {
        BigInteger other = phase.add(BigInteger.valueOf(round));
        if (!other.equals(right)) {
          assertThat(bench.refusalName(source, asOf, SourceBench.with(hints, point, HINT, other)))
              .isIn("RoundTooLate", "RoundTooEarly", "RoundMissing");
        }
      }
      Bytes ofNoPhase = SourceBench.with(hints, point, HINT, right.subtract(phase));
      assertThat(bench.refusalName(source, asOf, ofNoPhase)).isEqualTo("PhaseChanged");
    }
    assertThat(bench.refusalName(source, asOf, hints.slice(0, 39))).isEqualTo("WrongHintLength");
    assertThat(bench.refusalName(source, bench.now() + 1, hints)).isEqualTo("InFuture");
  }

  /** Rounds come and go with their blocks; what is kept of them must too. */
  @Test
  void oneReaderFollowsTheHeadsAndABranchThatReplacesThem() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    live(feed, 8, 20, false, 6);
    OfFeed source = source(feed, 60, 600, 1_200);
    ProgramReader reader = bench.reader(source, Reports.NONE);
    for (int i = 0; i < 12; i++) {
      long asOf = bench.now() - 20;
      Reading reading = reader.at(bench.head(), asOf, Books.NONE);
      assertThat(reading).isEqualTo(bench.read(source, asOf, Reports.NONE));
      assertThat(bench.computed(source, asOf, reading.hints().getFirst()))
          .isEqualTo(reading.features().toArray());
      if (i % 4 == 3) {
        bench.chain.reorg(2);
      }
      feed.answer(
          bench.now() + 45, feed.next(feed.aggregatorNow(), 0), BigInteger.valueOf(2_000 + i));
    }
  }

  @Test
  void aStaleAnswerIsTheAnswer() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    live(feed, 8, 5, false, 7);
    bench.chain.mineAt(bench.now() + 1_000_000);
    OfFeed source = source(feed, 60, 900_000);
    long asOf = bench.now();
    Reading reading = bench.read(source, asOf, Reports.NONE);
    assertThat(reading.features().toArray()).containsOnly(0);
    assertThat(bench.computed(source, asOf, reading.hints().getFirst())).containsOnly(0);
  }

  /** Nobody has another answer for a moment that has passed, whatever comes after. */
  @Test
  void featuresStandStillWhileRoundsGoOn() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    live(feed, 8, 12, false, 8);
    OfFeed source = source(feed, 60, 300, 600);
    long asOf = bench.now();
    Reading proven = bench.read(source, asOf, Reports.NONE);
    feed.answer(asOf + 1, 13, BigInteger.ONE);
    feed.answer(asOf + 2, 14, BigInteger.TWO);
    assertThat(bench.computed(source, asOf, proven.hints().getFirst()))
        .isEqualTo(proven.features().toArray());
    assertThat(bench.read(source, asOf, Reports.NONE)).isEqualTo(proven);
  }

  /** The first oracle's answer is a round's beginning, and the second's is its time. */
  @Test
  void aRoundThatIsAnsweredLaterIsOfThen() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    long begin = bench.now() + 10;
    Address to = feed.aggregatorNow();
    feed.answer(begin, 1, BigInteger.valueOf(1_000));
    feed.submit(List.of(new Submission(begin + 100, to, 0, 2, BigInteger.valueOf(2_000))));
    OfFeed source = source(feed, 50);
    Reading before = bench.read(source, begin + 100, Reports.NONE);
    feed.submit(List.of(new Submission(begin + 300, to, 1, 2, BigInteger.valueOf(1_000))));
    bench.chain.mineAt(begin + 400);
    assertThat(bench.read(source, begin + 100, Reports.NONE)).isEqualTo(before);
    assertThat(bench.read(source, begin + 300, Reports.NONE).features().get(0)).isZero();
    Reading later = bench.read(source, begin + 301, Reports.NONE);
    assertThat(later.features().get(0)).isEqualTo(4_095); // 1500 after 1000
    assertThat(bench.computed(source, begin + 301, later.hints().getFirst())).containsOnly(4_095);
  }

  /** Its owner replaces the aggregator between proof and execution. */
  @Test
  void anotherPhaseIsRefusedUntilTheLongestHorizonLiesInIt() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    live(feed, 8, 12, false, 9);
    OfFeed source = source(feed, 60, 300);
    ProgramReader reader = bench.reader(source, Reports.NONE);
    long asOf = bench.now();
    Bytes proven = reader.at(bench.head(), asOf, Books.NONE).hints().getFirst();
    Address next = feed.anotherAggregator();
    long begin = bench.now() + 30;
    feed.submit(
        List.of(
            new Submission(begin, next, 0, 1, BigInteger.TEN),
            new Submission(begin, next, 1, 1, BigInteger.TEN)));
    feed.replaceBy(next);
    assertThat(bench.refusalName(source, asOf, proven)).isEqualTo("PhaseChanged");
    assertThatThrownBy(() -> reader.at(bench.head(), bench.now(), Books.NONE))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContainingAll("present aggregator (phase 2)", "wait until");
    feed.answer(begin + 200, 2, BigInteger.valueOf(11));
    bench.chain.mineAt(begin + 301);
    long healed = bench.now();
    Reading reading = reader.at(bench.head(), healed, Books.NONE);
    assertThat(reading.features().toArray()).containsExactly(0, 1_000);
    assertThat(bench.computed(source, healed, reading.hints().getFirst()))
        .containsExactly(0, 1_000);
    assertThat(SourceBench.at(reading.hints().getFirst(), 0, HINT))
        .isEqualTo(BigInteger.TWO.shiftLeft(64).add(BigInteger.TWO));
  }

  /**
   * An aggregator that has answered aside before it is put in place brings its own past: features
   * as of one and the same moment are of the old one before, and of the new one after.
   */
  @Test
  void anAggregatorThatAnsweredAsideBringsAnotherPast() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    Address old = feed.aggregatorNow();
    Address next = feed.anotherAggregator();
    long begin = bench.now() + 30;
    var said = new ArrayList<Submission>();
    for (int round = 1; round <= 4; round++) {
      for (int oracle = 0; oracle < 2; oracle++) {
        BigInteger falling = BigInteger.valueOf(1_000 - 100L * round);
        BigInteger rising = BigInteger.valueOf(1_000 + 100L * round);
        said.add(new Submission(begin + 60L * round, old, oracle, round, falling));
        said.add(new Submission(begin + 60L * round, next, oracle, round, rising));
      }
    }
    feed.submit(said);
    OfFeed source = source(feed, 60);
    long asOf = begin + 241;
    bench.chain.mineAt(asOf);
    Reading before = bench.read(source, asOf, Reports.NONE);
    assertThat(before.features().get(0)).isEqualTo(-1_429);
    feed.replaceBy(next);
    Reading after = bench.read(source, asOf, Reports.NONE);
    assertThat(after.features().get(0)).isEqualTo(769);
    assertThat(bench.computed(source, asOf, after.hints().getFirst())).containsOnly(769);
    // What was proven of the other is void, at least.
    assertThat(bench.refusalName(source, asOf, before.hints().getFirst()))
        .isEqualTo("PhaseChanged");
  }

  @Test
  void whatHasNoRoundBeforeTheLongestHorizonOrIsNoFeedIsRefused() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    OfFeed source = source(feed, 60);
    assertThatThrownBy(() -> bench.read(source, bench.now(), Reports.NONE))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContaining("has no round yet, or is none");
    feed.answer(bench.now() + 10, 1, BigInteger.ONE);
    assertThatThrownBy(() -> bench.read(source, bench.now(), Reports.NONE))
        .hasMessageContainingAll("has no round before", "(phase 1)");
    bench.chain.mineAt(bench.now() + 61);
    assertThat(bench.read(source, bench.now(), Reports.NONE).features().get(0)).isZero();
  }

  /** As of a moment between two of which the later is missing, nobody can show anything. */
  @Test
  void aMissingRoundIsNamedWhereItMatters() {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    Address to = feed.aggregatorNow();
    long begin = bench.now() + 10;
    // Nobody has an answer yet: the round that the first one gave up stays without.
    feed.submit(List.of(new Submission(begin, to, 0, 1, BigInteger.ONE)));
    feed.answer(begin + 700, 2, BigInteger.TEN);
    OfFeed source = source(feed, 60);
    bench.chain.mineAt(begin + 900);
    assertThat(bench.read(source, begin + 800, Reports.NONE).features().get(0)).isZero();
    assertThatThrownBy(() -> bench.read(source, begin + 700, Reports.NONE))
        .hasMessageContaining("has no round before");
    BigInteger phase = BigInteger.ONE.shiftLeft(64);
    Bytes hints = bench.read(source, begin + 800, Reports.NONE).hints().getFirst();
    assertThat(
            bench.refusalName(
                source, begin + 800, SourceBench.with(hints, 0, HINT, phase.add(BigInteger.ONE))))
        .isEqualTo("RoundMissing");
  }
}
