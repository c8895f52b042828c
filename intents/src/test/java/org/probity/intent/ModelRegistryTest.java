package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.REGISTRY;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

@TestKind.Acceptance
class ModelRegistryTest extends OnOneChain {

  private static final long DELAY = 86_400;
  private static final Bytes FIRST = VaultBench.modelKey(20, 7);
  private static final Bytes SECOND = VaultBench.modelKey(20, 8);
  private static final Bytes32 SALT = Bytes.of(new byte[] {1}).keccak();

  private static Bytes32 id;

  @BeforeAll
  static void register() {
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 100, 1));
    bench.chain.execute(bench.owner, bench.register(SALT, FIRST, DELAY));
    id = (Bytes32) bench.call(bench.registry, REGISTRY.function("idOf"), bench.owner, SALT);
  }

  private static void owner(String function, Object... arguments) {
    bench.chain.execute(
        bench.owner, Call.of(bench.registry, REGISTRY.function(function), arguments));
  }

  private static String refusal(String function, Object... arguments) {
    return bench
        .refusal(bench.owner, Call.of(bench.registry, REGISTRY.function(function), arguments))
        .toString();
  }

  private static Object read(String function) {
    return bench.call(bench.registry, REGISTRY.function(function), id);
  }

  @Test
  void aRegisteredKeyIsReadBackByteForByteWithItsDigest() {
    assertThat(read("modelKey")).isEqualTo(FIRST);
    assertThat(read("digest")).isEqualTo(FIRST.keccak());
    assertThat(read("pendingKey")).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void theLargestKeyFits() {
    byte[] key = new byte[8 + 4 + (64 << 8)];
    System.arraycopy(new byte[] {1, 0, 8, 1, 0, 0, 0, 5}, 0, key, 0, 8);
    key[key.length - 1] = 42;
    bench.chain.execute(bench.owner, bench.register(FIRST.keccak(), Bytes.of(key), 0));
    Bytes32 large =
        (Bytes32)
            bench.call(bench.registry, REGISTRY.function("idOf"), bench.owner, FIRST.keccak());
    assertThat(bench.call(bench.registry, REGISTRY.function("modelKey"), large))
        .isEqualTo(Bytes.of(key));
  }

  @Test
  void aReplacementWaitsForItsDelay() {
    owner("propose", id, SECOND);
    long ready = bench.now() + DELAY;
    assertThat(read("modelKey")).isEqualTo(FIRST);
    assertThat(read("pendingKey")).isEqualTo(SECOND);
    bench.chain.mineAt(ready - 1);
    assertThat(refusal("activate", id)).isEqualTo("TooEarly(%d, %d)".formatted(ready, ready - 1));
    bench.chain.mineAt(ready);
    owner("activate", id);
    assertThat(read("modelKey")).isEqualTo(SECOND);
    assertThat(read("digest")).isEqualTo(SECOND.keccak());
    assertThat(refusal("activate", id)).isEqualTo("NothingProposed(" + id + ")");
  }

  @Test
  void anotherProposalStartsTheWaitingAgain() {
    owner("propose", id, SECOND);
    bench.pass(DELAY);
    owner("propose", id, VaultBench.modelKey(20, 9));
    assertThat(refusal("activate", id)).startsWith("TooEarly(");
  }

  @Test
  void aCancelledProposalIsGone() {
    owner("propose", id, SECOND);
    owner("cancel", id);
    bench.pass(2 * DELAY);
    assertThat(refusal("activate", id)).isEqualTo("NothingProposed(" + id + ")");
    assertThat(refusal("cancel", id)).isEqualTo("NothingProposed(" + id + ")");
    assertThat(read("modelKey")).isEqualTo(FIRST);
  }

  @Test
  void onlyItsOwnerReplacesAModel() {
    for (Call call :
        List.of(
            Call.of(bench.registry, REGISTRY.function("propose"), id, SECOND),
            Call.of(bench.registry, REGISTRY.function("activate"), id),
            Call.of(bench.registry, REGISTRY.function("cancel"), id))) {
      assertThat(bench.refusal(bench.stranger, call).toString())
          .isEqualTo("NotModelOwner(%s, %s)".formatted(bench.owner, bench.stranger));
    }
  }

  @Test
  void aSaltServesOnceAndOwnersDoNotShareIt() {
    assertThat(refusal("register", SALT, SECOND, 0)).isEqualTo("AlreadyRegistered(" + id + ")");
    bench.chain.execute(bench.stranger, bench.register(SALT, SECOND, 0));
    assertThat(read("modelKey")).isEqualTo(FIRST);
  }

  @Test
  void anUnknownModelIsNamed() {
    for (String function : List.of("modelKey", "digest", "pendingKey", "slotOf")) {
      assertThat(refusal(function, Bytes32.ZERO)).isEqualTo("UnknownModel(" + Bytes32.ZERO + ")");
    }
  }

  @Test
  void whatHasNotTheShapeOfAKeyIsRefused() {
    byte[] key = FIRST.toArray();
    assertThat(refusalOfKey(Bytes.EMPTY)).isEqualTo("WrongKeyLength(8, 0)");
    assertThat(refusalOfKey(FIRST.slice(0, 7))).isEqualTo("WrongKeyLength(8, 7)");
    assertThat(refusalOfKey(FIRST.slice(0, key.length - 1)))
        .isEqualTo("WrongKeyLength(%d, %d)".formatted(key.length, key.length - 1));
    assertThat(refusalOfKey(FIRST.concat(Bytes.of(new byte[1]))))
        .isEqualTo("WrongKeyLength(%d, %d)".formatted(key.length, key.length + 1));
    assertThat(refusalOfKey(changed(0, 2))).isEqualTo("UnsupportedKeyVersion(1, 2)");
    assertThat(refusalOfKey(changed(1, 2))).startsWith("MalformedKeyHeader(");
    assertThat(refusalOfKey(changed(2, 9))).startsWith("MalformedKeyHeader(");
    assertThat(refusalOfKey(changed(3, 0))).startsWith("MalformedKeyHeader(");
    assertThat(refusalOfKey(changed(7, 0))).startsWith("MalformedKeyHeader(");
  }

  private static Bytes changed(int at, int value) {
    byte[] key = FIRST.toArray();
    key[at] = (byte) value;
    return Bytes.of(key);
  }

  private static String refusalOfKey(Bytes key) {
    return refusal("register", SECOND.keccak(), key, 0);
  }

  @Test
  void aSlotShowsWhatIsComing() {
    owner("propose", id, SECOND);
    List<Object> slot = bench.chain.client().call(bench.registry, REGISTRY.function("slotOf"), id);
    assertThat(slot)
        .containsExactly(
            bench.owner,
            BigInteger.valueOf(DELAY),
            FIRST.keccak(),
            SECOND.keccak(),
            BigInteger.valueOf(bench.now() + DELAY));
  }
}
