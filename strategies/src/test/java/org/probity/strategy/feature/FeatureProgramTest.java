package org.probity.strategy.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;
import org.probity.strategy.feature.ProgramEntry.Input;

class FeatureProgramTest {

  private static final SignedReport REPORT =
      SignedReport.described(
          List.of(new Input("funding", "bps", -500, 500), new Input("regime", "", 0, 2)));
  private static final FeatureProgram PROGRAM =
      new FeatureProgram(
          List.of(
              new TwapReturns(List.of(60, 120, 300)),
              new TwapReturns(List.of(60, 120, 300)),
              new ChainlinkReturns(List.of(3600)),
              REPORT,
              new OwnBooks(3)));

  @Test
  void inputsAreThoseOfTheSourcesOneAfterTheOther() {
    assertThat(PROGRAM.width()).isEqualTo(2 + 2 + 1 + 2 + 6);
    assertThat(PROGRAM.inputs())
        .extracting(Input::name)
        .doesNotHaveDuplicates()
        .startsWith("1: return against 60 to 120 s ago", "1: return against 120 to 300 s ago")
        .contains(
            "3: return since 3600 s ago", "4: funding", "5: move of asset 2 since the last trade")
        .endsWith("5: time since the last trade", "5: turnover allowance used");
    assertThat(PROGRAM.inputs())
        .extracting(Input::min)
        .containsExactly(
            -4095, -4095, -4095, -4095, -4095, -500, 0, -5000, -5000, -4095, -4095, 0, 0);
  }

  @Test
  void theLongestLookBackCounts() {
    assertThat(PROGRAM.historySeconds()).isEqualTo(3_600);
    assertThat(new FeatureProgram(List.of(TwapReturns.STANDARD, REPORT)).historySeconds())
        .isEqualTo(7_200);
    assertThat(new FeatureProgram(List.of(REPORT, new OwnBooks(2))).historySeconds()).isZero();
  }

  @Test
  void aVectorIsWhatTheSourcesGave() {
    List<int[]> parts =
        List.of(
            new int[] {1, 2},
            new int[] {3, 4},
            new int[] {5},
            new int[] {6, 1},
            new int[] {1, 2, 3, 4, 5, 6});
    assertThat(PROGRAM.vector(parts).toArray())
        .containsExactly(1, 2, 3, 4, 5, 6, 1, 1, 2, 3, 4, 5, 6);
    List<int[]> other = new ArrayList<>(parts);
    other.set(3, new int[] {501, 1});
    assertThatThrownBy(() -> PROGRAM.vector(other))
        .hasMessageStartingWith("Source 4 of the program gave 501 for \"funding\"");
    other.set(3, new int[] {1});
    assertThatThrownBy(() -> PROGRAM.vector(other)).hasMessageContaining("gave 1 features, not 2");
    assertThatThrownBy(() -> PROGRAM.vector(parts.subList(1, 5)))
        .hasMessageContaining("5 sources are needed, not of 4");
  }

  @Test
  void aVaultsProgramFitsIfItComputesTheSame() {
    var ofVault = new ArrayList<>(PROGRAM.entries());
    // A vault knows a report's values by their number and schema.
    ofVault.set(3, SignedReport.ofSchema(REPORT.schema(), 2));
    var same = new FeatureProgram(ofVault);
    assertThat(PROGRAM.mismatch(same)).isEmpty();
    assertThat(same.digest()).isEqualTo(PROGRAM.digest());
  }

  @Test
  void whatDiffersIsTold() {
    tells(
        0,
        new TwapReturns(List.of(60, 180, 300)),
        "Source 1",
        "horizon 2 is 120 s for the strategy and 180 s");
    tells(1, new TwapReturns(List.of(60, 120)), "Source 2", "3 horizons for the strategy and 2");
    tells(2, new ChainlinkReturns(List.of(7200)), "Source 3", "horizon 1 is 3600 s");
    tells(
        2, new TwapReturns(List.of(60, 120)), "ChainlinkReturns for the strategy and TwapReturns");
    tells(3, SignedReport.ofSchema(Bytes32.ZERO, 2), "Source 4", "of the schema 0x");
    tells(3, SignedReport.ofSchema(REPORT.schema(), 3), "2 values for the strategy and 3");
    tells(4, new OwnBooks(2), "Source 5", "3 assets for the strategy and 2");
    tells(4, new OwnLoans(2), "Source 5", "OwnBooks for the strategy and OwnLoans");
    var fewer = new FeatureProgram(PROGRAM.entries().subList(0, 4));
    assertThat(PROGRAM.mismatch(fewer))
        .hasValueSatisfying(told -> assertThat(told).contains("has 5 sources and the vault's 4"));
    assertThat(PROGRAM.digest()).isNotEqualTo(fewer.digest());
  }

  private static void tells(int at, ProgramEntry other, String... parts) {
    var entries = new ArrayList<>(PROGRAM.entries());
    entries.set(at, other);
    var ofVault = new FeatureProgram(entries);
    assertThat(PROGRAM.mismatch(ofVault))
        .hasValueSatisfying(told -> assertThat(told).contains(parts).endsWith("."));
    assertThat(ofVault.digest()).isNotEqualTo(PROGRAM.digest());
  }

  /** The digest is written into what others keep. */
  @Test
  void theDigestIsOfALineForEachSource() {
    assertThat(PROGRAM.entries())
        .extracting(ProgramEntry::identity)
        .containsExactly(
            "TwapReturns 60,120,300",
            "TwapReturns 60,120,300",
            "ChainlinkReturns 3600",
            "SignedReport " + REPORT.schema() + " 2",
            "OwnBooks 3");
    var order = new ArrayList<>(PROGRAM.entries());
    Collections.swap(order, 1, 2);
    assertThat(new HashSet<>(List.of(PROGRAM.digest(), new FeatureProgram(order).digest())))
        .hasSize(2);
  }

  @Test
  void aSchemaIsTheHashOfItsDescription() {
    assertThat(REPORT.schema())
        .isEqualTo(org.probity.ground.Keccak.hash("funding\tbps\t-500\t500\nregime\t\t0\t2\n"));
  }

  @Test
  void whatNoContractTakesIsRefused() {
    assertThatThrownBy(() -> new TwapReturns(List.of(60))).hasMessageContaining("2 to 64 horizons");
    assertThatThrownBy(() -> new TwapReturns(List.of(60, 60)))
        .hasMessageContaining("60 s follows 60 s");
    assertThatThrownBy(() -> new ChainlinkReturns(List.of())).hasMessageContaining("1 to 32");
    assertThatThrownBy(() -> new ChainlinkReturns(List.of(0)))
        .hasMessageContaining("0 s follows 0 s");
    assertThatThrownBy(() -> new OwnBooks(1)).hasMessageContaining("2 to 8 assets");
    assertThatThrownBy(() -> SignedReport.ofSchema(Bytes32.ZERO, 65))
        .hasMessageContaining("1 to 64 values");
    assertThatThrownBy(() -> SignedReport.ofSchema(Bytes32.ZERO, 0))
        .hasMessageContaining("1 to 64");
    assertThatThrownBy(
            () -> SignedReport.described(Collections.nCopies(2, new Input("a", "", 0, 1))))
        .hasMessageContaining("occurs twice");
    assertThatThrownBy(() -> new Input("a\tb", "", 0, 1)).hasMessageContaining("printable");
    assertThatThrownBy(() -> new FeatureProgram(List.of())).hasMessageContaining("1 to 8 sources");
    assertThatThrownBy(() -> new FeatureProgram(Collections.nCopies(9, new OwnBooks(2))))
        .hasMessageContaining("not 9");
  }
}
