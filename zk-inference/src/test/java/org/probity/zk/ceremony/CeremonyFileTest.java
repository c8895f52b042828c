package org.probity.zk.ceremony;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.field.Fr;

/** Files of snarkjs are read as snarkjs reads them. */
@TestKind.Differential
final class CeremonyFileTest {
  private static final Fr RHO = Fr.of(0x123456789abcdefL).inverse();

  static PowersOfTau read(Path file, OptionalInt power) {
    return CeremonyFile.read(file, power, ComputeBackend.scalar(2), RHO, Progress.NONE);
  }

  private static PowersOfTau read(Path file) {
    return read(file, OptionalInt.empty());
  }

  @Test
  void powersOfACeremonyAreTaken() {
    var read = read(Snarkjs.ofPower9());
    assertThat(read.powers().size()).isEqualTo(1 << 9);
    assertThat(read.powers().get(0)).isEqualTo(G1.GENERATOR);
    for (int i : new int[] {0, 1, 77, 510}) {
      assertThat(
              Pairing.productIsOne(
                  List.of(read.powers().get(i + 1), read.powers().get(i).negate()),
                  List.of(G2.GENERATOR, read.tauG2())))
          .isTrue();
    }
  }

  @Test
  void contributionsAreThoseThatSnarkjsPrints() {
    var file = Snarkjs.withBeacon();
    var ceremony = read(file).ceremony();
    assertThat(ceremony.power()).isEqualTo(2);
    assertThat(ceremony.ceremonyPower()).isEqualTo(2);
    assertThat(ceremony.lastHashesConfirmed()).isTrue();
    assertThat(ceremony.contributions())
        .extracting(Contribution::name)
        .containsExactly("Ada", "Émile", "Lottery");
    var lottery = ceremony.contributions().get(2).beacon().orElseThrow();
    assertThat(lottery.value()).startsWith("0102030405");
    assertThat(lottery.logIterations()).isEqualTo(10);

    // snarkjs prints the last contribution first: its next challenge, then its response.
    var printed = new ArrayList<String>();
    var hashes =
        Pattern.compile(
                "Contribution #.*?Next Challenge:(.*?)\\S*\\[INFO.*?Response Hash:(.*?)\\S*\\[INFO",
                Pattern.DOTALL)
            .matcher(Snarkjs.verify(file));
    while (hashes.find()) {
      printed.addFirst(hashes.group(1).replaceAll("[^0-9a-f]", ""));
      printed.addFirst(hashes.group(2).replaceAll("[^0-9a-f]", ""));
    }
    var ours = new ArrayList<String>();
    for (var contribution : ceremony.contributions()) {
      ours.add(contribution.responseHash());
      ours.add(contribution.nextChallenge());
    }
    assertThat(ours).isEqualTo(printed).hasSize(6);
  }

  @Test
  void reportShowsNamesAndHashesInTheGroupsInWhichTheyArePublished() {
    var ceremony = read(Snarkjs.withBeacon()).ceremony();
    var hash = ceremony.contributions().getFirst().responseHash();
    assertThat(ceremony.report())
        .contains("1. Ada", "2. Émile", "3. Lottery: beacon 01020304", "2^10 hashes")
        .contains("    " + hash.substring(0, 8) + " " + hash.substring(8, 16) + " ")
        .contains("response hash, as the file says", "response hash, confirmed")
        .doesNotEndWith("\n");
  }

  @Test
  void fileHashIsTheOneThatB2sumPrints() throws Exception {
    var file = Snarkjs.ofPower2();
    var bytes = Files.readAllBytes(file);
    var ceremony = read(file).ceremony();
    assertThat(ceremony.fileHash())
        .isEqualTo(HexFormat.of().formatHex(new Blake2b().update(bytes).digest()));
    assertThat(ceremony.fileBytes()).isEqualTo(bytes.length);
  }

  @Test
  void preparedFileGivesThePowersOfTheOneItWasMadeFrom() {
    var prepared = read(Snarkjs.prepared());
    assertThat(prepared.tauG2()).isEqualTo(read(Snarkjs.withBeacon()).tauG2());
    assertThat(prepared.ceremony().lastHashesConfirmed()).isTrue();
  }

  @Test
  void cutFileIsAdmittedAndSaysWhatItsHashesRestOn() {
    var ceremony = read(Snarkjs.cutToPower3()).ceremony();
    assertThat(ceremony.power()).isEqualTo(3);
    assertThat(ceremony.ceremonyPower()).isEqualTo(4);
    assertThat(ceremony.lastHashesConfirmed()).isFalse();
    assertThat(ceremony.report()).doesNotContain("response hash, confirmed");
  }

  @Test
  void firstPowersAreTakenOnRequest() {
    var whole = read(Snarkjs.ofPower9());
    var part = read(Snarkjs.ofPower9(), OptionalInt.of(5));
    assertThat(part.powers().size()).isEqualTo(32);
    for (int i = 0; i < 32; i++) {
      assertThat(part.powers().get(i)).isEqualTo(whole.powers().get(i));
    }
    assertThat(part.tauG2()).isEqualTo(whole.tauG2());
    assertThat(part.ceremony().imported()).isEqualTo(5);
    assertThat(part.ceremony().lastHashesConfirmed()).isFalse();
    assertThat(part.ceremony().fileHash()).isEqualTo(whole.ceremony().fileHash());
  }

  @Test
  void progressGoesFromStartToEnd() {
    var heard = new ArrayList<String>();
    CeremonyFile.read(
        Snarkjs.ofPower2(),
        OptionalInt.empty(),
        ComputeBackend.scalar(1),
        RHO,
        (step, done, total) -> heard.add(step + " " + (100 * done / total)));
    assertThat(heard).contains("points 100", "contributions 0", "contributions 100");
  }

  @Test
  void recordOfACeremonySurvivesItsEncoding() {
    for (var file : List.of(Snarkjs.withBeacon(), Snarkjs.cutToPower3())) {
      var ceremony = read(file).ceremony();
      assertThat(Ceremony.decode(ceremony.encode())).isEqualTo(ceremony);
    }
  }
}
