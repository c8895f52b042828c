package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.policy.VaultDecision;

class ClaimedHoldTest {

  private static final Address VAULT = new Address("0x00000000000000000000000000000000000000aa");
  private static final Address AGENT = new Address("0x00000000000000000000000000000000000000bb");
  private static final Bytes32 POLICY = Keccak.hash("policy");

  private static ClaimedHold hold() {
    return new ClaimedHold(
        VAULT,
        new VaultDecision(
            Keccak.hash("model"),
            7,
            BigInteger.valueOf(1_700_000_120),
            1_700_000_000,
            AGENT,
            50,
            List.of(BigInteger.TWO, BigInteger.valueOf(-3))),
        Bytes.parse("0x000100020003"),
        List.of(Bytes.EMPTY, Bytes.parse("0x01")),
        Bytes.parse("0xabcdef"));
  }

  @Test
  void aLineIsReadAsItWasWritten() {
    String line = hold().toJson();
    assertThat(line).doesNotContain("\n").contains("\"asOf\":1700000000", "\"nonce\":7");
    assertThat(ClaimedHold.parse("Line 1", line)).isEqualTo(hold());
  }

  @Test
  void itsDigestIsOfTheContextAndTheProof() {
    ClaimedHold hold = hold();
    Bytes32 context = hold.decision().context(5, VAULT, POLICY);
    assertThat(hold.digest(5, POLICY))
        .isEqualTo(Bytes.of(context.toByteArray()).concat(hold.proof()).keccak())
        .isNotEqualTo(hold.digest(6, POLICY))
        .isNotEqualTo(hold.digest(5, Keccak.hash("another")));
  }

  @Test
  void aLineOfAnotherFormIsRefusedByItsField() {
    String line = hold().toJson();
    for (List<String> change :
        List.of(
            List.of("\"nonce\":7", "\"nonce\":-7", "nonce"),
            List.of("\"asOf\":1700000000", "\"asOf\":4294967296", "asOf"),
            List.of("0xabcdef", "0xabcde", "proof"),
            List.of("\"0x01\"", "\"01x\"", "sourceHints"),
            List.of(AGENT.hex(), "0xbb", "executor"),
            List.of("\"nonce\":7", "\"nonce\":7,\"more\":1", "unknown field"))) {
      assertThatThrownBy(
              () -> ClaimedHold.parse("Line 1", line.replace(change.get(0), change.get(1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Line 1")
          .hasMessageContaining(change.get(2));
    }
  }
}
