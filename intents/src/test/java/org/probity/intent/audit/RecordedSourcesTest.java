package org.probity.intent.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainRecord;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Signer;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.audit.Features.Contradicted;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.Reports;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.strategy.feature.SignedReport;

/** Feeds and reports, read again long after: the same features as at their moment. */
@TestKind.Differential
class RecordedSourcesTest {

  private static final int ROUND = 10;

  @SuppressWarnings("NullAway.Init") // by start()
  private static LocalChain chain;

  @SuppressWarnings("NullAway.Init") // by start()
  private static Features features;

  @SuppressWarnings("NullAway.Init") // by start()
  private static LocalFeed feed;

  @SuppressWarnings("NullAway.Init") // by start()
  private static Address owner;

  @BeforeAll
  static void start() {
    chain = LocalChain.start();
    owner = chain.account(1).address();
    feed = new LocalFeed(chain, 8);
    features = fresh(reading());
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  private static Features fresh(Reading reading) {
    Lenders none = new Lenders(chain.client(), Address.ZERO, reading, List.of());
    return new Features(chain.client(), Address.ZERO, reading, none);
  }

  private static Reading reading() {
    return new Reading(new ChainRecord(chain.client()), Optional.empty(), _ -> {}, () -> 0);
  }

  private static Place later() {
    return Place.after(chain.client().head().number());
  }

  private static long now() {
    return chain.client().head().timestamp();
  }

  private static ProgramReader.Reading read(VaultSource source, long asOf, Reports reports) {
    return new ProgramReader(chain.client(), new VaultProgram(List.of(source)), reports)
        .at(chain.client().head(), asOf, ProgramReader.Books.NONE);
  }

  private static Bytes shifted(Bytes hints, int point, int by) {
    BigInteger id = new BigInteger(1, hints.slice(ROUND * point, ROUND * (point + 1)).toArray());
    byte[] moved = id.add(BigInteger.valueOf(by)).toByteArray();
    byte[] all = hints.toArray();
    System.arraycopy(moved, moved.length - 9, all, ROUND * point + 1, 9);
    return Bytes.of(all);
  }

  @Test
  void roundsOfAFeedAreTheOnesBeforeTheirMoments() {
    long first = now() + 100;
    for (int round = 1; round <= 6; round++) {
      feed.answer(first + 100L * round, round, BigInteger.valueOf(2_500 + 7L * round * round));
    }
    Address contract = chain.deploy(owner, ContractArtifact.load("ChainlinkReturns").deployment());
    var source =
        new VaultSource.OfFeed(contract, feed.proxy(), new ChainlinkReturns(List.of(100, 250)));
    long asOf = first + 550;
    chain.mineAt(Math.max(now() + 1, asOf));
    ProgramReader.Reading then = read(source, asOf, Reports.NONE);
    Bytes hints = then.hints().getFirst();
    feed.answer(now() + 100, 7, BigInteger.valueOf(9_999));
    assertThat(features.ofFeed(source, later(), asOf, hints))
        .containsExactly(then.features().toArray())
        .isNotEqualTo(new int[2]);
    for (int point = 0; point < 3; point++) {
      Bytes later = shifted(hints, point, 1);
      Bytes earlier = shifted(hints, point, -1);
      assertThatThrownBy(() -> features.ofFeed(source, later(), asOf, later))
          .isInstanceOf(Contradicted.class)
          .hasMessageContaining(", not before ");
      assertThatThrownBy(() -> features.ofFeed(source, later(), asOf, earlier))
          .isInstanceOf(Contradicted.class)
          .hasMessageContaining("is not the last before");
    }
    assertThatThrownBy(() -> features.ofFeed(source, later(), asOf, shifted(hints, 0, 50)))
        .isInstanceOf(Gone.class);
    assertThatThrownBy(() -> features.ofFeed(source, later(), asOf, Bytes.EMPTY))
        .isInstanceOf(Contradicted.class);
  }

  /** The proxy's phases and the aggregator's logs are all that is read, whatever came later. */
  @Test
  void roundsAreReadFromTheLogsOfTheAggregatorOfThen() {
    var its = new LocalFeed(chain, 8);
    long first = now() + 100;
    for (int round = 1; round <= 6; round++) {
      its.answer(first + 100L * round, round, BigInteger.valueOf(3_000 - 11L * round * round));
    }
    Address contract = chain.deploy(owner, ContractArtifact.load("ChainlinkReturns").deployment());
    var source =
        new VaultSource.OfFeed(contract, its.proxy(), new ChainlinkReturns(List.of(100, 250)));
    long asOf = first + 550;
    chain.mineAt(Math.max(now() + 1, asOf));
    ProgramReader.Reading then = read(source, asOf, Reports.NONE);
    var place = Place.after(chain.client().head().number());
    its.replaceBy(its.anotherAggregator());
    its.answer(now() + 100, 1, BigInteger.valueOf(7_777));

    Reading reading = reading();
    assertThat(fresh(reading).ofFeed(source, place, asOf, then.hints().getFirst()))
        .containsExactly(then.features().toArray());
    // Two phases with their aggregators, logs, blocks: none of the six rounds is asked for.
    assertThat(reading.requests()).isLessThan(6);
  }

  @Test
  void aReportIsWhatItsSignersSigned() {
    List<Signer> signers =
        Stream.of(2, 3, 4)
            .map(chain::account)
            .sorted(Comparator.comparing(Signer::address))
            .toList();
    SignedReport entry =
        SignedReport.described(
            List.of(new Input("a", "bps", -500, 500), new Input("b", "bps", -500, 500)));
    Address contract = chain.deploy(owner, ContractArtifact.load("SignedReport").deployment());
    var source =
        new VaultSource.OfSigners(
            contract, signers.stream().map(Signer::address).toList(), 2, entry);
    long asOf = now();
    List<BigInteger> values = List.of(BigInteger.valueOf(-7), BigInteger.TWO);
    Bytes32 digest = Reports.Report.digest(31_337, contract, entry.schema(), asOf, values);
    var signatures = new TreeMap<Address, Bytes>();
    signers.forEach(signer -> signatures.put(signer.address(), signer.sign(digest)));
    var report = new Reports.Report(asOf, values, signatures);
    ProgramReader.Reading then = read(source, asOf, (_, _) -> Optional.of(report));
    Bytes hints = then.hints().getFirst();
    assertThat(features.ofSigners(source, asOf, hints)).containsExactly(-7, 2);

    byte[] changed = hints.toArray();
    changed[5 * 32 - 1] ^= 1; // a value
    assertThatThrownBy(() -> features.ofSigners(source, asOf, Bytes.of(changed)))
        .isInstanceOf(Contradicted.class);
    assertThatThrownBy(() -> features.ofSigners(source, asOf + 60, hints))
        .isInstanceOf(Contradicted.class)
        .hasMessageContaining("another moment");
    var strict = new VaultSource.OfSigners(contract, source.signers(), 3, entry);
    assertThatThrownBy(() -> features.ofSigners(strict, asOf, hints))
        .isInstanceOf(Contradicted.class)
        .hasMessageContaining("too few");
    var others = new VaultSource.OfSigners(contract, List.of(owner), 1, entry);
    assertThatThrownBy(() -> features.ofSigners(others, asOf, hints))
        .isInstanceOf(Contradicted.class)
        .hasMessageContaining("none of its signers");
  }

  @Test
  void signersAreRecoveredAsTheContractDoes() {
    Bytes32 digest = Bytes32.of(17);
    Signer signer = chain.account(6);
    Bytes signature = signer.sign(digest);
    assertThat(ChainRecord.signer(digest, signature)).contains(signer.address());
    assertThat(ChainRecord.signer(Bytes32.of(18), signature))
        .isNotEqualTo(Optional.of(signer.address()));
    assertThat(ChainRecord.signer(digest, signature.slice(0, 64))).isEmpty();
    BigInteger order =
        new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);
    BigInteger upper = order.subtract(new BigInteger(1, signature.slice(32, 64).toArray()));
    byte[] malleable =
        signature
            .slice(0, 32)
            .concat(Bytes.of(Bytes32.ofUnsigned(upper).toByteArray()))
            .concat(Bytes.of(new byte[] {(byte) (55 - signature.toArray()[64])}))
            .toArray();
    assertThat(ChainRecord.signer(digest, Bytes.of(malleable))).isEmpty();
  }
}
