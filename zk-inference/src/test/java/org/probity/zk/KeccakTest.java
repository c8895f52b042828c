package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.probity.ground.Keccak;

class KeccakTest {
  private static String hash(String text) {
    return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII)).hex();
  }

  @Test
  void publishedDigestsMatch() {
    assertThat(hash(""))
        .isEqualTo("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assertThat(hash("abc"))
        .isEqualTo("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assertThat(hash("transfer(address,uint256)")).startsWith("0xa9059cbb");
  }

  @Test
  void partsAreConcatenatedAcrossBlockBoundaries() {
    for (int length : new int[] {134, 135, 136, 137, 271, 272, 273, 1000}) {
      var whole = new byte[length];
      for (int i = 0; i < length; i++) {
        whole[i] = (byte) i;
      }
      var head = Arrays.copyOf(whole, length / 3);
      var tail = Arrays.copyOfRange(whole, length / 3, length);
      assertThat(Keccak.hash(head, tail)).isEqualTo(Keccak.hash(whole));
      var octets = new byte[length][];
      for (int i = 0; i < length; i++) {
        octets[i] = new byte[] {whole[i]};
      }
      assertThat(Keccak.hash(octets)).isEqualTo(Keccak.hash(whole));
    }
  }
}
