package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.LogEntry;
import org.probity.ground.Bytes32;

/** No swap is left out because another exchange writes it differently. */
class EventDecoderTest {

  private static final Address CONTRACT = new Address("0x00000000000000000000000000000000000000ab");

  /** Topics as the exchanges' own contracts have them on chain, and as explorers show them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0x19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83 | a swap of PancakeSwap v3
          0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822 | a swap of Uniswap v2
          0x40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f | a swap of Uniswap v4
          0xb3e2773606abfd36b5bd91394b3a54d1398336c65005baf7bf7a05efeffaf75b | a swap of Solidly
          0x2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b | a swap of Balancer v2
          0x8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140 | a swap of Curve
          0x1111111111111111111111111111111111111111111111111111111111111111 | topic 0x1111
          """)
  void aPoolOfAnotherExchangeIsRefusedByName(String topic, String what) {
    assertThatThrownBy(() -> EventDecoder.pool().row(entry(96 * 3, topic, word(1), word(2)), 1))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll("no Uniswap v3 pool", "another DEX?", what, "block 7", "log 3");
  }

  @Test
  void aSwapWithAnotherNumberOfTopicsIsNoneOfOurs() {
    String swap = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67";
    assertThat(EventDecoder.pool().row(entry(5 * 32, swap, word(1), word(2)), 1)).isPresent();
    assertThatThrownBy(() -> EventDecoder.pool().row(entry(6 * 32, swap, word(1)), 1))
        .isInstanceOf(HistoryRefused.class);
    assertThatThrownBy(() -> EventDecoder.pool().row(entry(32), 1))
        .hasMessageContaining("without a topic");
  }

  @Test
  void theSecondVersionOfAaveIsNotTheThird() {
    EventDecoder aave = EventDecoder.aave(CONTRACT);
    String deposit = "0xde6857219544bb5b7746f48ed30be6386fefc61b2f864cacf559893bf50fd951";
    assertThatThrownBy(() -> aave.row(entry(64, deposit, word(1), word(2), word(3)), 1))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining("Aave v2");
    assertThat(aave.row(entry(64, word(9), word(1)), 1)).as("of no interest").isEmpty();
  }

  private static LogEntry entry(int bytes, String... topics) {
    return new LogEntry(
        CONTRACT,
        Stream.of(topics).map(Bytes32::fromHex).toList(),
        Bytes.of(new byte[bytes]),
        7,
        Bytes32.of(new byte[32]),
        3);
  }

  private static String word(int value) {
    return Bytes32.of(value).hex();
  }
}
