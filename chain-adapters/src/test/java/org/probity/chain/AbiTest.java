package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Utf8String;
import org.web3j.abi.datatypes.generated.Int256;
import org.web3j.abi.datatypes.generated.StaticArray2;
import org.web3j.abi.datatypes.generated.Uint64;

@TestKind.Differential
class AbiTest {

  private static final Address SOMEONE = new Address("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");

  @Property(tries = 200)
  void encodesLikeAnIndependentImplementation(
      @ForAll @BigRange(min = "0", max = "18446744073709551615") BigInteger small,
      @ForAll @Size(max = 100) byte[] blob,
      @ForAll String text,
      @ForAll @Size(max = 5) List<Long> numbers,
      @ForAll boolean truth,
      @ForAll @Size(32) byte[] word) {
    AbiFunction ours =
        AbiFunction.parse(
            "f(bytes blob, uint64 small, int256[] n, address[2] a, bool t, string s, bytes32 w)");
    Bytes encoded =
        ours.encode(
            Bytes.of(blob),
            small,
            numbers,
            List.of(SOMEONE, Address.ZERO),
            truth,
            text,
            Bytes32.of(word));

    Function theirs =
        new Function(
            "f",
            Arrays.asList(
                new DynamicBytes(blob),
                new Uint64(small),
                new DynamicArray<>(
                    Int256.class,
                    numbers.stream().map(n -> new Int256(BigInteger.valueOf(n))).toList()),
                new StaticArray2<>(
                    org.web3j.abi.datatypes.Address.class,
                    new org.web3j.abi.datatypes.Address(SOMEONE.hex()),
                    new org.web3j.abi.datatypes.Address(Address.ZERO.hex())),
                new Bool(truth),
                new Utf8String(text),
                new org.web3j.abi.datatypes.generated.Bytes32(word)),
            Collections.emptyList());

    assertThat(encoded.toString()).isEqualTo(FunctionEncoder.encode(theirs));
    assertThat(ours.decodeInput(encoded))
        .containsExactly(
            Bytes.of(blob),
            small,
            numbers.stream().map(n -> (Object) BigInteger.valueOf(n)).toList(),
            List.of(SOMEONE, Address.ZERO),
            truth,
            // A lone surrogate has no UTF-8 form.
            new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.UTF_8),
            Bytes32.of(word));
  }

  @Test
  void knownSelectors() {
    assertThat(
            AbiFunction.parse("transfer(address to, uint256 value) external returns (bool)")
                .selector())
        .isEqualTo(Bytes.parse("0xa9059cbb"));
    assertThat(
            AbiFunction.parse(
                    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))")
                .selector())
        .isEqualTo(Bytes.parse("0x04e45aaf"));
  }

  @Test
  void dynamicTuplesAndNestedArraysComeBackAsTheyWent() {
    AbiFunction function =
        AbiFunction.parse("f((uint8 a, string b)[] list, (bytes, int16)[2][] grid)");
    List<Object> list = List.of(List.of(BigInteger.ONE, "one"), List.of(BigInteger.TWO, ""));
    List<Object> grid =
        List.of(
            List.of(
                List.of(Bytes.parse("0x01"), BigInteger.TEN.negate()),
                List.of(Bytes.EMPTY, BigInteger.ZERO)));
    assertThat(function.toString()).isEqualTo("f((uint8,string)[],(bytes,int16)[2][])");
    assertThat(function.decodeInput(function.encode(list, grid))).containsExactly(list, grid);
  }

  @Test
  void valuesAreReadByTheirNames() {
    AbiFunction function =
        AbiFunction.parse(
            "f((uint8 small, bytes calldata blob, (bool yes) inner) calldata all, int24[] ticks, bytes32)");
    List<Object> all = List.of(7, Bytes.parse("0x01"), List.of(true));
    AbiValues values = function.decodeInput(function.encode(all, List.of(-1, 2), Bytes32.ZERO));
    assertThat(values.struct("all").int32("small")).isEqualTo(7);
    assertThat(values.struct("all").bytes("blob")).isEqualTo(Bytes.parse("0x01"));
    assertThat(values.struct("all").struct("inner").bool("yes")).isTrue();
    assertThat(values.integers("ticks")).containsExactly(BigInteger.ONE.negate(), BigInteger.TWO);
    assertThat(values.has("all")).isTrue();
    assertThat(values.has("yes")).isFalse();
    assertThatThrownBy(() -> values.integer("tick"))
        .hasMessage("There is no value tick among [all, ticks, ]: look at the contract's ABI");
    assertThatThrownBy(() -> values.struct("all").address("small"))
        .hasMessage("The value small is uint8 in the contract's ABI, and is read as an address");
  }

  @Test
  void theOnlyValueOfAGetterIsCalledAsTheFunction() {
    AbiFunction fee = AbiFunction.parse("fee() returns (uint24)");
    assertThat(fee.decode(Bytes.parse("0".repeat(61) + "bb8")).int32("fee")).isEqualTo(3_000);
    AbiFunction named = AbiFunction.parse("fee() returns (uint24 hundredthsOfBps)");
    assertThat(named.decode(Bytes.parse("0".repeat(61) + "bb8")).has("fee")).isFalse();
  }

  @Test
  void refusesWhatDoesNotFit() {
    AbiFunction function = AbiFunction.parse("f(uint8,address)");
    assertThatThrownBy(() -> function.encode(256, SOMEONE))
        .hasMessageContaining("256 does not fit into uint8");
    assertThatThrownBy(() -> function.encode(-1, SOMEONE)).hasMessageContaining("does not fit");
    assertThatThrownBy(() -> function.encode(1)).hasMessageContaining("1 values given for the 2");
    assertThatThrownBy(() -> function.encode(1, "0x00"))
        .hasMessageContaining("cannot be given for address");
    assertThatThrownBy(() -> AbiFunction.parse("f(uint7)"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AbiFunction.parse("f(uint8")).hasMessageContaining("expected ','");
    assertThatThrownBy(() -> AbiFunction.parse("f(foo)"))
        .hasMessageContaining("a type instead of 'foo'");
  }

  @Test
  void refusesDataThatLies() {
    AbiFunction function = AbiFunction.parse("f() returns (uint8[])");
    String offset = "0".repeat(62) + "20";
    assertThatThrownBy(() -> function.decode(Bytes.parse(offset + "0".repeat(56) + "7fffffff")))
        .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
    assertThatThrownBy(() -> function.decode(Bytes.parse(offset + "f".repeat(64))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            function.decode(Bytes.parse(offset + "0".repeat(63) + "1" + "0".repeat(61) + "100")))
        .hasMessageContaining("256 does not fit into uint8");
  }

  @Test
  void readsRevertDataByName() {
    AbiFunction nonceUsed = AbiFunction.parse("NonceUsed(uint64,uint64)");
    AbiErrors errors = AbiErrors.of(List.of(nonceUsed));
    Bytes custom = nonceUsed.encode(3, 4);
    assertThat(RevertReason.decode(custom, errors)).hasToString("NonceUsed(3, 4)");
    assertThat(RevertReason.decode(custom, AbiErrors.NONE))
        .isInstanceOf(RevertReason.Undecoded.class);
    assertThat(RevertReason.decode(AbiFunction.parse("Error(string)").encode("too late"), errors))
        .isEqualTo(new RevertReason.Message("too late"));
    assertThat(RevertReason.decode(AbiFunction.parse("Panic(uint256)").encode(0x11), errors))
        .hasToString("panic 0x11 (arithmetic overflow)");
    assertThat(RevertReason.decode(Bytes.EMPTY, errors)).hasToString("no reason given");
    assertThat(RevertReason.decode(custom.slice(0, 20), errors))
        .isInstanceOf(RevertReason.Undecoded.class);
  }

  @Test
  void readsEvents() {
    AbiEvent transfer =
        AbiEvent.parse("Transfer(address indexed from, address indexed to, uint256 value)");
    LogEntry entry =
        new LogEntry(
            SOMEONE,
            List.of(
                Bytes32.fromHex(
                    "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
                Bytes32.fromHex("0x" + "0".repeat(24) + SOMEONE.hex().substring(2)),
                Bytes32.ZERO),
            Bytes.parse("0".repeat(62) + "2a"),
            1,
            Bytes32.ZERO,
            0);
    assertThat(transfer.decode(entry))
        .hasValueSatisfying(values -> {
          assertThat(values).containsExactly(SOMEONE, Address.ZERO, BigInteger.valueOf(42));
          assertThat(values.address("to")).isEqualTo(Address.ZERO);
          assertThat(values.int32("value")).isEqualTo(42);
        });
    assertThat(
            AbiEvent.parse("Approval(address indexed a, address indexed b, uint256 v)")
                .decode(entry))
        .isEmpty();
  }

  @Test
  void addressesAreCheckedAndWrittenWithTheirChecksum() {
    assertThat(SOMEONE).hasToString("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
    assertThat(new Address("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")).isEqualTo(SOMEONE);
    assertThatThrownBy(() -> new Address("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293bC"))
        .hasMessageContaining("mistyped");
    assertThatThrownBy(() -> new Address("0x1234")).hasMessageContaining("40 hex digits");
    assertThatThrownBy(() -> Bytes32.fromHex("0x12")).hasMessageContaining("64 hex digits");
  }
}
