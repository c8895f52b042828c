package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Signer;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;
import org.probity.intent.source.ProgramReader.Books;
import org.probity.intent.source.ProgramReader.Reading;
import org.probity.intent.source.Reports.Report;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/** A whole program: what Java reads, and the vault computes of it by the hints that Java gives. */
@TestKind.Differential
class ProgramReaderParityTest {

  private static final int TRIALS = TestKind.count("probity.sources", 10, 200);
  private static final BigInteger TURNOVER = BigInteger.TEN.pow(21);
  private static final BigDecimal PRICE = BigDecimal.TEN.pow(12);
  private static final OwnBooks BOOKS = new OwnBooks(3);
  private static final Signer REPORTER = Signer.ofPrivateKey(BigInteger.valueOf(77));
  private static final SignedReport REPORT =
      SignedReport.described(List.of(new Input("regime", "", 0, 1_000_000)));

  @SuppressWarnings("NullAway.Init") // by start()
  private static SourceBench bench;

  @SuppressWarnings("NullAway.Init") // by start()
  private static LocalMarket market;

  @SuppressWarnings("NullAway.Init") // by start()
  private static LocalFeed feed;

  @SuppressWarnings("NullAway.Init") // by start()
  private static VaultProgram program;

  @SuppressWarnings("NullAway.Init") // by start()
  private static ScriptedVault vault;

  @BeforeAll
  static void start() {
    bench = new SourceBench();
    market = LocalMarket.deploy(bench.chain, new LocalMarket.Settings(PRICE, 10_000, 200));
    feed = new LocalFeed(bench.chain, 8);
    SourceContracts release = bench.release;
    program =
        new VaultProgram(
            List.of(
                new OfPool(
                    release.twapReturns(),
                    market.pool().address(),
                    false,
                    new TwapReturns(List.of(60, 120, 600))),
                new OfFeed(
                    release.chainlinkReturns(),
                    feed.proxy(),
                    new ChainlinkReturns(List.of(60, 300))),
                new OfBooks(BOOKS),
                new OfSigners(release.signedReport(), List.of(REPORTER.address()), 1, REPORT),
                new OfPool(
                    release.twapReturns(),
                    market.pool().address(),
                    true,
                    new TwapReturns(List.of(30, 900)))));
    vault = new ScriptedVault(bench.chain, 3, program.features(), TURNOVER, 86_400);
    for (int round = 1; round <= 30; round++) {
      liveOn(round);
    }
    for (int asset = 0; asset < 3; asset++) {
      bench.chain.execute(
          vault.owner, vault.call("deposit", vault.tokens.get(asset), BigInteger.TEN.pow(20)));
    }
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  /** A minute: a swap, and a round of the feed. */
  private static void liveOn(int round) {
    var random = new SplittableRandom(round);
    boolean sell = random.nextBoolean();
    LocalMarket.Token token = sell ? market.weth() : market.usd();
    BigDecimal size = BigDecimal.valueOf(1 + random.nextInt(60));
    market.replay(
        List.of(
            new LocalMarket.Trade(
                market.pool(),
                bench.now() + 30,
                token.address(),
                token.units(sell ? size : PRICE.multiply(size)))));
    feed.answer(bench.now() + 30, round, BigInteger.valueOf(random.nextInt(90_000, 110_000)));
  }

  private static Optional<Report> report(long moment) {
    List<BigInteger> values = List.of(BigInteger.valueOf(moment % 1_000_000));
    var signed =
        REPORTER.sign(
            Report.digest(
                bench.client().chainId(),
                bench.release.signedReport(),
                REPORT.schema(),
                moment,
                values));
    return Optional.of(
        new Report(moment, values, new TreeMap<>(Map.of(REPORTER.address(), signed))));
  }

  private static Books books(long asOf, List<Integer> refs) {
    return entry -> {
      var books = new ArrayList<Book>();
      for (int asset = 0; asset < entry.assets(); asset++) {
        var book = vault.book(asset);
        books.add(
            new Book(book.integer("amount"), book.integer("before"), book.int64("changedAt")));
      }
      var unused = new Turnover(BigInteger.ZERO, 0, TURNOVER, 86_400);
      return entry.features(
          new State(books, ScriptedVault.STEP, LastTrade.NONE, unused), asOf, refs);
    };
  }

  @Test
  void theVaultFindsWhatJavaReadsAtHeadAfterHead() {
    ProgramReader reader =
        new ProgramReader(bench.client(), program, (_, moment) -> report(moment));
    var random = new SplittableRandom(5);
    for (int i = 0; i < TRIALS; i++) {
      liveOn(31 + i);
      Head head = bench.head();
      long asOf = head.timestamp() - head.timestamp() % 60;
      List<Integer> refs = List.of(0, random.nextInt(-9_000, 9_000), random.nextInt(9_000));
      if (asOf % ScriptedVault.STEP != 0 && vault.book(0).int64("changedAt") >= asOf) {
        continue; // what was booked then is not known
      }
      Reading reading = reader.at(head, asOf, books(asOf, refs));
      assertThat(reading.features().size()).isEqualTo(2 + 2 + 6 + 1 + 1);
      assertThat(SourceBench.ints(vault.view("featuresAt", asOf, refs, reading.hints()).getFirst()))
          .isEqualTo(reading.features().toArray());
    }
  }

  /** What goes with a head is asked together: by its reader, and with what its caller reads. */
  @Test
  void aHeadTakesFewRequests() {
    try (ChainClient client = ChainClient.connect(bench.chain.http(), 31_337)) {
      ProgramReader reader = new ProgramReader(client, program, (_, moment) -> report(moment));
      Head head = bench.head();
      reader.at(head, head.timestamp() - 5, books(head.timestamp() - 5, List.of(0, 0, 0)));
      bench.chain.mineAt(bench.now() + 40);
      Head next = bench.head();
      long asOf = next.timestamp() - 5;
      long before = client.endpoints().getFirst().requests();
      reader.at(next, asOf, books(asOf, List.of(0, 0, 0)));
      // Pool and newest round together, then the rounds between, then the report's own contract.
      assertThat(client.endpoints().getFirst().requests() - before).isLessThanOrEqualTo(5);
    }
  }

  @Test
  void booksThatNobodyGivesAreMissed() {
    ProgramReader reader =
        new ProgramReader(bench.client(), program, (_, moment) -> report(moment));
    assertThatThrownBy(() -> reader.at(bench.head(), bench.now() - 5, Books.NONE))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContaining("the vault's own books");
  }
}
