package org.probity.chain;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.ground.Bytes32;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** Changed return data, call data and events of contracts: each is decoded or refused. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class AbiFuzzTest {
  private static final AbiFunction FUNCTION =
      AbiFunction.parse(
          "all(uint256 a, (address who, int24 tick, bool is)[] parts, string text, uint8[3] few, bytes32[] hashes, bytes rest)"
              + " returns (uint256, (address, int24, bool)[], string, uint8[3], bytes32[], bytes)");

  private static final byte[] CALL =
      FUNCTION
          .encode(
              BigInteger.TEN,
              List.of(List.of(address(1), -5, true), List.of(address(2), 887_272, false)),
              "text of somebody",
              List.of(1, 2, 255),
              List.of(hash(1), hash(2), hash(3)),
              Bytes.of(new byte[70]))
          .toArray();

  private static final List<String> WORDS =
      List.of(
          "\u0000".repeat(32),
          "\u007f".repeat(32),
          "\u0000".repeat(31) + " ",
          "\u0000".repeat(27) + "\u007f".repeat(5),
          "\u0000".repeat(28) + "\u007f".repeat(4));

  @Test
  void returnData() throws IOException {
    byte[] data = Arrays.copyOfRange(CALL, 4, CALL.length);
    bounds("ABI return data", data).feed(input -> FUNCTION.decode(Bytes.of(input)));
  }

  @Test
  void callData() throws IOException {
    bounds("ABI call data", CALL).feed(input -> FUNCTION.decodeInput(Bytes.of(input)));
  }

  private static Fuzzing bounds(String subject, byte[] data) {
    return Fuzzing.of(subject, List.of(data), WORDS, IllegalArgumentException.class)
        .within(Duration.ofSeconds(1), 1 << 20, 256);
  }

  private static Address address(int of) {
    return new Address("0x%040x".formatted(of));
  }

  private static Bytes32 hash(int of) {
    return Bytes32.of(ByteBuffer.allocate(32).putInt(28, of).array());
  }
}
