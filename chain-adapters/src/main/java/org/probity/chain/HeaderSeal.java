package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * The hash of a header: keccak256 of the RLP of its fields (Ethereum's yellow paper, 4.3, and the
 * fields that EIP-1559, 4895, 4844, 4788 and 7685 added to it).
 */
final class HeaderSeal {

  private static final int SHORT_STRING = 0x80;
  private static final int SHORT_LIST = 0xc0;
  private static final int SHORT = 55;

  /** A field, and whether it is a number, which has no leading zeros. */
  private record Field(String name, boolean number, boolean later) {}

  private static final List<Field> FIELDS =
      List.of(
          bytes("parentHash"),
          bytes("sha3Uncles"),
          bytes("miner"),
          bytes("stateRoot"),
          bytes("transactionsRoot"),
          bytes("receiptsRoot"),
          bytes("logsBloom"),
          number("difficulty"),
          number("number"),
          number("gasLimit"),
          number("gasUsed"),
          number("timestamp"),
          bytes("extraData"),
          bytes("mixHash"),
          bytes("nonce"),
          new Field("baseFeePerGas", true, true),
          new Field("withdrawalsRoot", false, true),
          new Field("blobGasUsed", true, true),
          new Field("excessBlobGas", true, true),
          new Field("parentBeaconBlockRoot", false, true),
          new Field("requestsHash", false, true));

  private HeaderSeal() {}

  private static Field bytes(String name) {
    return new Field(name, false, false);
  }

  private static Field number(String name) {
    return new Field(name, true, false);
  }

  /** The hash of the fields that a node tells of a block; empty if it leaves one out. */
  static Optional<Bytes32> of(JsonNode block) {
    var content = new ByteArrayOutputStream();
    for (Field field : FIELDS) {
      JsonNode value = block.path(field.name);
      if (!value.isTextual()) {
        if (field.later) {
          continue;
        }
        return Optional.empty();
      }
      try {
        content.writeBytes(string(field.number ? digits(value) : RpcForm.bytes(value).view()));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    byte[] fields = content.toByteArray();
    return Optional.of(Keccak.hash(prefix(SHORT_LIST, fields.length), fields));
  }

  private static byte[] digits(JsonNode value) {
    return shortest(RpcForm.quantity(value));
  }

  private static byte[] shortest(BigInteger number) {
    byte[] digits = number.toByteArray();
    return digits[0] == 0 ? Arrays.copyOfRange(digits, 1, digits.length) : digits;
  }

  private static byte[] string(byte[] content) {
    if (content.length == 1 && (content[0] & 0xff) < SHORT_STRING) {
      return content;
    }
    var encoded = new ByteArrayOutputStream();
    encoded.writeBytes(prefix(SHORT_STRING, content.length));
    encoded.writeBytes(content);
    return encoded.toByteArray();
  }

  private static byte[] prefix(int kind, int length) {
    if (length <= SHORT) {
      return new byte[] {(byte) (kind + length)};
    }
    byte[] digits = shortest(BigInteger.valueOf(length));
    var encoded = new ByteArrayOutputStream();
    encoded.write(kind + SHORT + digits.length);
    encoded.writeBytes(digits);
    return encoded.toByteArray();
  }
}
