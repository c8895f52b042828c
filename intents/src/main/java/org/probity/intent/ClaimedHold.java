package org.probity.intent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.policy.VaultDecision;
import org.probity.json.StrictJson;

/**
 * A decision that came to no step and was not executed: what {@code Vault.recordHolds} tells by its
 * digest, with all that shows it. One line of JSON each:
 *
 * <pre>{@code
 * {"vault":"0x…","model":"0x…","asOf":1700000000,"nonce":7,"deadline":1700000120,"executor":"0x…",
 *  "maxSlippageBps":50,"outputs":[2],"guardHints":"0x…","sourceHints":["0x…"],"proof":"0x…"}
 * }</pre>
 *
 * @param decision with the nonce that was current at its moment, and the policy's agent as executor
 * @param guardHints where the vault's policy engine would have found the prices
 * @param sourceHints one for each source of the policy's program
 */
public record ClaimedHold(
    Address vault, VaultDecision decision, Bytes guardHints, List<Bytes> sourceHints, Bytes proof) {

  /** Bytes of the longest line: a proof takes a few thousand, hints less. */
  public static final int LONGEST_LINE = 1 << 18;

  private static final int MOST_BPS = 10_000;
  private static final long LATEST = (1L << 32) - 1;

  public ClaimedHold {
    sourceHints = List.copyOf(sourceHints);
  }

  /** The hold that an agent has proven. */
  public static ClaimedHold of(ProvenIntent intent) {
    Observation seen = intent.proposal().observation();
    return new ClaimedHold(
        intent.vault(),
        intent.proposal().statement(),
        seen.guardHints(),
        seen.sourceHints(),
        Bytes.of(intent.proof().bytes()));
  }

  /**
   * What the vault is told of it: {@code keccak256(contextOf(decision) || proof)}.
   *
   * @param policy hash of the policy in force at its moment
   */
  public Bytes32 digest(long chainId, Bytes32 policy) {
    return Keccak.hash(decision.context(chainId, vault, policy).toByteArray(), proof.toArray());
  }

  /** The line, without its end. */
  public String toJson() {
    ObjectNode line = StrictJson.MAPPER.createObjectNode();
    line.put("vault", vault.hex());
    line.put("model", decision.model().hex());
    line.put("asOf", decision.asOf());
    line.put("nonce", decision.nonce());
    line.put("deadline", decision.deadline());
    line.put("executor", decision.executor().hex());
    line.put("maxSlippageBps", decision.maxSlippageBps());
    decision.outputs().forEach(line.putArray("outputs")::add);
    line.put("guardHints", guardHints.toString());
    ArrayNode hints = line.putArray("sourceHints");
    sourceHints.forEach(hint -> hints.add(hint.toString()));
    line.put("proof", proof.toString());
    try {
      return StrictJson.MAPPER.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  /**
   * Reads what {@link #toJson} writes, and nothing else.
   *
   * @param name of the line, as sentences begin
   * @throws IllegalArgumentException naming the field and what it must be
   */
  public static ClaimedHold parse(String name, String line) {
    StrictJson json =
        StrictJson.parse(
            name,
            line.getBytes(StandardCharsets.UTF_8),
            "leave the file as the agent wrote it",
            IllegalArgumentException::new);
    ClaimedHold hold =
        new ClaimedHold(
            address(json, "vault"),
            new VaultDecision(
                json.word("model"),
                json.whole("nonce", 0, Long.MAX_VALUE),
                BigInteger.valueOf(json.whole("deadline", 0, Long.MAX_VALUE)),
                json.whole("asOf", 0, LATEST),
                address(json, "executor"),
                json.integer("maxSlippageBps", 0, MOST_BPS),
                json.wholes("outputs", Long.MIN_VALUE, Long.MAX_VALUE).stream()
                    .map(BigInteger::valueOf)
                    .toList()),
            Bytes.of(json.hex("guardHints")),
            hints(json),
            Bytes.of(json.hex("proof")));
    json.end();
    return hold;
  }

  private static Address address(StrictJson json, String field) {
    try {
      return new Address(json.text(field));
    } catch (IllegalArgumentException e) {
      throw json.refused(field, "an address");
    }
  }

  private static List<Bytes> hints(StrictJson json) {
    try {
      return json.texts("sourceHints").stream().map(Bytes::parse).toList();
    } catch (IllegalArgumentException e) {
      throw json.refused("sourceHints", "a list of 0x and hex digits");
    }
  }
}
