package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Signer;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.intent.source.ProgramReader.Reading;
import org.probity.intent.source.Reports.Report;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.strategy.feature.SignedReport;

/** Reports of three signers of whom two must agree, by the contract and by Java. */
@TestKind.Differential
class SignedReportParityTest {

  private static final int TRIALS = TestKind.count("probity.sources", 20, 500);
  private static final AbiFunction DIGEST =
      ContractArtifact.load("SignedReport").function("reportDigest");
  private static final List<Signer> SIGNERS =
      Stream.of(11, 22, 33)
          .map(key -> Signer.ofPrivateKey(BigInteger.valueOf(key)))
          .sorted(Comparator.comparing(Signer::address))
          .toList();
  private static final Signer STRANGER = Signer.ofPrivateKey(BigInteger.valueOf(44));
  private static final SignedReport ENTRY =
      SignedReport.described(
          List.of(new Input("funding", "bps", -500, 500), new Input("regime", "", 0, 2)));
  private static final List<BigInteger> VALUES = List.of(BigInteger.valueOf(-7), BigInteger.TWO);

  @SuppressWarnings("NullAway.Init") // by start()
  private static SourceBench bench;

  @SuppressWarnings("NullAway.Init") // by start()
  private static OfSigners source;

  private static long moment;

  @BeforeAll
  static void start() {
    bench = new SourceBench();
    source =
        new OfSigners(
            bench.release.signedReport(), SIGNERS.stream().map(Signer::address).toList(), 2, ENTRY);
    moment = bench.now();
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  private static Bytes32 digest(Bytes32 schema, long of, List<BigInteger> values) {
    return Report.digest(bench.client().chainId(), source.contract(), schema, of, values);
  }

  private static Report report(Bytes32 schema, long of, List<BigInteger> values, Signer... by) {
    var signatures = new TreeMap<Address, Bytes>();
    for (Signer signer : by) {
      signatures.put(signer.address(), signer.sign(digest(schema, of, values)));
    }
    return new Report(of, values, signatures);
  }

  private static Reports only(Report report) {
    return (_, _) -> Optional.of(report);
  }

  private static Reading read(Report report) {
    return bench.read(source, moment, only(report));
  }

  @Test
  void theDigestIsThatOfTheContract() {
    var random = new SplittableRandom(3);
    for (int i = 0; i < TRIALS; i++) {
      List<BigInteger> values =
          LongStream.range(0, random.nextInt(0, 65))
              .mapToObj(_ -> BigInteger.valueOf(random.nextLong()).shiftLeft(random.nextInt(190)))
              .toList();
      Bytes32 schema = Keccak.hash("schema " + i);
      long of = random.nextLong(1L << 32);
      assertThat(bench.client().call(source.contract(), DIGEST, schema, of, values).getFirst())
          .isEqualTo(digest(schema, of, values));
    }
  }

  @Test
  void aQuorumIsHeardWhoeverItIs() {
    assertThat(bench.width(source)).isEqualTo(2);
    for (int absent = 0; absent < 3; absent++) {
      List<Signer> by = new ArrayList<>(SIGNERS);
      by.remove(absent);
      Reading reading = read(report(ENTRY.schema(), moment, VALUES, by.toArray(Signer[]::new)));
      assertThat(reading.features().toArray()).containsExactly(-7, 2);
      assertThat(bench.computed(source, moment, reading.hints().getFirst())).containsExactly(-7, 2);
    }
    // All three, and somebody whom nobody asked.
    Signer[] all = Stream.concat(SIGNERS.stream(), Stream.of(STRANGER)).toArray(Signer[]::new);
    Reading reading = read(report(ENTRY.schema(), moment, VALUES, all));
    assertThat(reading.features().toArray()).containsExactly(-7, 2);
  }

  @Test
  void nobodyElseIsHeard() {
    Signer a = SIGNERS.get(0);
    Signer b = SIGNERS.get(1);
    refused(report(ENTRY.schema(), moment, VALUES, a), "1 of its signers have signed");
    refused(report(ENTRY.schema(), moment, VALUES, a, STRANGER), "1 of its signers have signed");
    refused(
        report(Keccak.hash("another"), moment, VALUES, a, b), "refuses the report (NotASigner(");
    refused(report(ENTRY.schema(), moment + 60, VALUES, a, b), "2 values for " + (moment + 60));
    refused(report(ENTRY.schema(), moment, VALUES.subList(0, 1), a, b), "of 1 values for");
    refused(
        report(ENTRY.schema(), moment, List.of(BigInteger.valueOf(501), BigInteger.ZERO), a, b),
        "gave 501 for \"funding\", outside of its range -500..500");
    var swapped = new TreeMap<Address, Bytes>();
    Bytes32 digest = digest(ENTRY.schema(), moment, VALUES);
    swapped.put(a.address(), b.sign(digest));
    swapped.put(b.address(), a.sign(digest));
    refused(new Report(moment, VALUES, swapped), "refuses the report (NotASigner(");
    swapped.put(b.address(), Bytes.of(new byte[65]));
    swapped.put(a.address(), a.sign(digest));
    refused(new Report(moment, VALUES, swapped), "refuses the report (ECDSAInvalidSignature(");
    assertThatThrownBy(() -> bench.read(source, moment, Reports.NONE))
        .hasMessageContainingAll("Source 1", "nobody has reported for this moment yet");
  }

  private static void refused(Report report, String part) {
    assertThatThrownBy(() -> read(report))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContaining(part);
  }

  /** What the contract itself says to hints that no reader would make. */
  @Test
  void theContractRefusesWhatTheReaderDoes() {
    AbiLayout hints = AbiLayout.of("(uint32 moment, int256[] values, bytes[] signatures)");
    Bytes32 digest = digest(ENTRY.schema(), moment, VALUES);
    List<Bytes> signed = SIGNERS.stream().map(signer -> signer.sign(digest)).toList();
    assertThat(bench.computed(source, moment, hints.encode(moment, VALUES, signed)))
        .containsExactly(-7, 2);
    assertThat(bench.refusalName(source, moment, hints.encode(moment, VALUES, signed.reversed())))
        .isEqualTo("NotASigner");
    List<Bytes> doubled = List.of(signed.getFirst(), signed.getFirst());
    assertThat(bench.refusalName(source, moment, hints.encode(moment, VALUES, doubled)))
        .isEqualTo("NotASigner");
    List<Bytes> one = signed.subList(0, 1);
    assertThat(bench.refusalName(source, moment, hints.encode(moment, VALUES, one)))
        .isEqualTo("TooFewSignatures");
    assertThat(bench.refusalName(source, moment + 60, hints.encode(moment, VALUES, signed)))
        .isEqualTo("WrongMoment");
    assertThat(
            bench.refusalName(source, moment, hints.encode(moment, VALUES.subList(0, 1), signed)))
        .isEqualTo("WrongWidth");
  }
}
