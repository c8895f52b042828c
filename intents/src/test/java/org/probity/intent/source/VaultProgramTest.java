package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

class VaultProgramTest {

  private static final SourceContracts RELEASE =
      new SourceContracts(address(1), address(2), address(3));
  private static final VaultProgram PROGRAM =
      new VaultProgram(
          List.of(
              new OfPool(address(1), address(7), true, new TwapReturns(List.of(60, 300))),
              new OfFeed(address(2), address(8), new ChainlinkReturns(List.of(3_600, 86_400))),
              new OfSigners(
                  address(3),
                  List.of(address(4), address(5)),
                  2,
                  SignedReport.ofSchema(Bytes32.of(9), 3)),
              new OfBooks(new OwnBooks(3))));

  private static Address address(int number) {
    return new Address("0x%040x".formatted(number));
  }

  @Test
  void whatAPolicyHoldsIsReadBack() {
    assertThat(VaultProgram.of(PROGRAM.features(), RELEASE, 3)).isEqualTo(PROGRAM);
    assertThat(PROGRAM.program().width()).isEqualTo(1 + 2 + 3 + 6);
  }

  /**
   * By hand: three words, of which the last is where the list begins, then its length and words.
   */
  @Test
  void parametersAreWhatSolidityEncodes() {
    assertThat(PROGRAM.sources().get(0).parameters()).isEqualTo(words(7, 1, 0x60, 2, 60, 300));
    assertThat(PROGRAM.sources().get(1).parameters()).isEqualTo(words(8, 0x40, 2, 3_600, 86_400));
    assertThat(PROGRAM.sources().get(2).parameters())
        .isEqualTo(words(0x20, 0x80, 2, 9, 3, 2, 4, 5));
    assertThat(PROGRAM.sources().get(3).parameters()).isEqualTo(Bytes.EMPTY);
  }

  private static Bytes words(long... words) {
    Bytes bytes = Bytes.EMPTY;
    for (long word : words) {
      bytes = bytes.concat(Bytes.of(Bytes32.of(word).toByteArray()));
    }
    return bytes;
  }

  @Test
  void aStrategyFitsByWhatIsComputedAndNotByAddresses() {
    var trained =
        new FeatureProgram(
            List.of(
                new TwapReturns(List.of(60, 300)),
                new ChainlinkReturns(List.of(3_600, 86_400)),
                SignedReport.ofSchema(Bytes32.of(9), 3),
                new OwnBooks(3)));
    assertThat(trained.mismatch(PROGRAM.program())).isEmpty();
  }

  @Test
  void whatThisReleaseCannotRepeatIsRefused() {
    refused(feature(address(6), 1, Bytes.EMPTY), "is no source of this release");
    refused(feature(address(1), 1, words(7, 2, 0x60, 2, 60, 300)), "Not a bool");
    refused(feature(address(1), 1, words(7, 1, 0x60, 2, 60)), "ends before byte");
    refused(feature(address(1), 1, words(7, 1, 0x60, 2, 300, 60)), "60 s follows 300 s");
    refused(feature(address(1), 1, words(7, 1, 0x60, 2, 60, 0xffff_ffffL)), "that none can be");
    refused(feature(address(1), 1, words(7, 1, 0x80, 0, 2, 60, 300)), "abi.encode makes");
    refused(feature(address(1), 1, words(7, 1, 0x60, 2, 60, 300, 0)), "abi.encode makes");
    refused(
        feature(address(1), 2, words(7, 1, 0x60, 2, 60, 300)),
        "says that it has 2 features and has 1");
    refused(feature(Address.ZERO, 6, words(1)), "abi.encode makes");
    refused(feature(address(3), 3, words(0x20, 0x80, 2, 9, 3, 2, 5, 4)), "must ascend");
    refused(
        feature(address(3), 3, words(0x20, 0x80, 3, 9, 3, 2, 4, 5)),
        "1 to 2 of a report's signers");
    refused(feature(address(3), 3, words(0x20, 0x80, 1, 9, 3, 0)), "1 to 16 signers");
  }

  private static Policy.Feature feature(Address source, int width, Bytes parameters) {
    return new Policy.Feature(source, width, parameters);
  }

  private static void refused(Policy.Feature feature, String part) {
    assertThatThrownBy(() -> VaultProgram.of(List.of(feature), RELEASE, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(part);
  }
}
