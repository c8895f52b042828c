package org.probity.intent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/** Changed parameters of a policy: each are a source's, to the byte, or refused. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class VaultSourceFuzzTest {

  private static final SourceContracts RELEASE =
      new SourceContracts(address(1), address(2), address(3));

  private static final List<String> WORDS =
      List.of(
          "\u0000".repeat(32),
          "\u007f".repeat(32),
          "\u0000".repeat(31) + " ",
          "\u0000".repeat(28) + "\u007f".repeat(4));

  private static Address address(int number) {
    return new Address("0x%040x".formatted(number));
  }

  @Test
  void parametersOfAPool() throws IOException {
    feed(new OfPool(address(1), address(7), true, new TwapReturns(List.of(60, 300, 900))));
  }

  @Test
  void parametersOfAFeed() throws IOException {
    feed(new OfFeed(address(2), address(8), new ChainlinkReturns(List.of(3_600, 86_400))));
  }

  @Test
  void parametersOfSigners() throws IOException {
    feed(
        new OfSigners(
            address(3),
            List.of(address(4), address(5)),
            2,
            SignedReport.ofSchema(Bytes32.of(9), 3)));
  }

  private static void feed(VaultSource source) throws IOException {
    // Whatever the first refusal loads is no input's.
    assertThatThrownBy(() -> VaultSource.of(address(6), Bytes.EMPTY, RELEASE, 3, 0))
        .hasMessageContaining("no source of this release");
    Fuzzing.of(
            "parameters of a source",
            List.of(source.parameters().toArray()),
            WORDS,
            IllegalArgumentException.class)
        .within(Duration.ofSeconds(1), 1 << 20, 512)
        .feed(input -> {
          Bytes parameters = Bytes.of(input);
          VaultSource read = VaultSource.of(source.contract(), parameters, RELEASE, 3, 0);
          assertThat(read.parameters()).isEqualTo(parameters);
        });
  }
}
