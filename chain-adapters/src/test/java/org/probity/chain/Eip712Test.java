package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

/** Against the hashes that published contracts carry, and against what anvil (alloy) signs. */
@TestKind.Differential
class Eip712Test {

  private static final Eip712 MAIL =
      Eip712.type("Mail(Person from,Person to,string contents)Person(string name,address wallet)");
  private static final String DOMAIN =
      "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
  private static final Map<String, Object> FROM =
      Map.of("name", "Cow", "wallet", new Address("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"));
  private static final Map<String, Object> LETTER =
      Map.of(
          "from",
          FROM,
          "to",
          Map.of("name", "Bob", "wallet", new Address("0x" + "b".repeat(40))),
          "contents",
          "Hello, Bob!");

  private static final String ORDER =
      "Order(address sellToken,address buyToken,address receiver,uint256 sellAmount,uint256 buyAmount,"
          + "uint32 validTo,bytes32 appData,uint256 feeAmount,string kind,bool partiallyFillable,string sellTokenBalance,string buyTokenBalance)";

  /** Example.js of the standard. */
  @Test
  void theStandardsOwnExample() {
    assertThat(MAIL.hash().hex())
        .isEqualTo("0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2");
    assertThat(MAIL.hash(LETTER).hex())
        .isEqualTo("0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
    Bytes32 domain =
        Eip712.type(DOMAIN)
            .hash(
                Map.of(
                    "name",
                    "Ether Mail",
                    "version",
                    "1",
                    "chainId",
                    1,
                    "verifyingContract",
                    new Address("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")));
    assertThat(domain.hex())
        .isEqualTo("0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");
    assertThat(MAIL.digest(domain, LETTER).hex())
        .isEqualTo("0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  }

  /** GPv2Order, PermitHash of Permit2, EIP-2612, Safe's SafeTx and OpenZeppelin's domain. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          d5a25ba2e97094ad7d83dc28a6572da797d6b3e7fc6663bd93efb789fc17e489 | Order(address sellToken,address buyToken,address receiver,uint256 sellAmount,uint256 buyAmount,uint32 validTo,bytes32 appData,uint256 feeAmount,string kind,bool partiallyFillable,string sellTokenBalance,string buyTokenBalance)
          65626cad6cb96493bf6f5ebea28756c966f023ab9e8a83a7101849d5573b3678 | PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)
          f3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0 | PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)
          af1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863 | PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)
          618358ac3db8dc274f0cd8829da7e234bd48cd73c4a740aede1adec9846d06a1 | TokenPermissions(address token,uint256 amount)
          939c21a48a8dbe3a9a2404a1d46691e4d39f6583d6ec6b35714604c986d80106 | PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)
          6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9 | Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)
          bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8 | SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)
          8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f | EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
          """)
  void publishedTypesHaveTheirHashes(String hash, String type) {
    assertThat(Eip712.type(type).hash().hex()).isEqualTo("0x" + hash);
  }

  /** As the settlement of CoW Protocol and Permit2 answer on Ethereum. */
  @Test
  void publishedContractsHaveTheirDomains() {
    assertThat(
            Eip712.type(DOMAIN)
                .hash(
                    Map.of(
                        "name",
                        "Gnosis Protocol",
                        "version",
                        "v2",
                        "chainId",
                        1,
                        "verifyingContract",
                        new Address("0x9008D19f58AAbD9eD0D60971565AA8510560ab41")))
                .hex())
        .isEqualTo("0xc078f884a2676e1345748b1feace7b0abee5d00ecadb6e574dcdd109a63e8943");
    assertThat(
            Eip712.type("EIP712Domain(string name,uint256 chainId,address verifyingContract)")
                .hash(
                    Map.of(
                        "name",
                        "Permit2",
                        "chainId",
                        1,
                        "verifyingContract",
                        new Address("0x000000000022D473030F116dDEE9F6B43aC78BA3")))
                .hex())
        .isEqualTo("0x866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Mail(Person from)                                     | expected a type instead of 'Person'
          Mail(uint value)                                      | knows no alias 'uint'
          Mail(uint256 value, bool read)                        | is malformed or said twice
          Mail(bool a,uint8 a)                                  | is malformed or said twice
          Mail(B b,A a)B(bool x)A(bool x)                       | Not the string
          Mail(A a)A(bool x)B(bool x)                           | Not the string
          Mail                                                  | Not the string
          Mail(bool a)!                                         | Not the string
          """)
  void aTypeThatNoContractWouldHashIsRefused(String type, String why) {
    assertThatThrownBy(() -> Eip712.type(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void valuesThatAreNotTheTypesAreRefused() {
    Eip712 type = Eip712.type("T(uint8 small,bool[2] two)");
    List<Boolean> two = List.of(true, false);
    assertThatThrownBy(() -> type.hash(Map.of("small", 1)))
        .hasMessage("The members of T are [small, two], and values are given for [small]");
    assertThatThrownBy(() -> type.hash(Map.of("small", 256, "two", two)))
        .hasMessage("256 does not fit into uint8");
    assertThatThrownBy(() -> type.hash(Map.of("small", 1, "two", List.of(true))))
        .hasMessage("Not the values of bool[2]");
    assertThatThrownBy(() -> MAIL.hash(Map.of("from", 1, "to", FROM, "contents", "")))
        .hasMessage("Not the members of Person");
  }

  @Test
  void anOrderOfCowProtocolAndRandomTypedDataAreSignedAsAnIndependentImplementationSignsThem() {
    try (LocalChain chain = LocalChain.start();
        Rpc rpc =
            new HttpRpc(
                chain.http(), Duration.ofSeconds(10), 1, Endpoints.Backoff.with(new Random(0)))) {
      Address signer = chain.account(0).address();
      for (int seed = 0; seed < 60; seed++) {
        TypedData data = new TypedData(new Random(seed), Map.of());
        assertThat(recovered(rpc, signer, data))
            .as("seed %s", seed)
            .endsWith(signer.hex().substring(2));
      }
      Map<String, String> order = new LinkedHashMap<>();
      for (String member : ORDER.substring("Order(".length(), ORDER.length() - 1).split(",")) {
        order.put(member.split(" ")[1], member.split(" ")[0]);
      }
      TypedData data = new TypedData(new Random(0), order);
      assertThat(recovered(rpc, signer, data)).endsWith(signer.hex().substring(2));
    }
  }

  /**
   * Anvil signs {@code data} by alloy's encoder; the chain's own ecrecover says whose signature of
   * our digest that is.
   */
  private static String recovered(Rpc rpc, Address signer, TypedData data) {
    String signature =
        rpc.ask("eth_signTypedData_v4", signer.hex(), data.json()).asText().substring(2);
    String call =
        data.digest().hex()
            + "0".repeat(62)
            + signature.substring(128)
            + signature.substring(0, 128);
    return rpc.ask("eth_call", Map.of("to", "0x" + "0".repeat(39) + "1", "data", call), "latest")
        .asText();
  }

  /**
   * A message of a random domain: of the struct given, or of random structs A to D, each of which
   * may hold later ones.
   */
  private static final class TypedData {
    private static final String STRUCTS = "ABCD";
    private static final List<String> DOMAIN_FIELDS =
        List.of(
            "string name",
            "string version",
            "uint256 chainId",
            "address verifyingContract",
            "bytes32 salt");

    private final Random random;
    private final Map<String, Map<String, String>> structs = new LinkedHashMap<>();
    private final Map<String, Object> json = new LinkedHashMap<>();
    private final Bytes32 digest;

    TypedData(Random random, Map<String, String> order) {
      this.random = random;
      structs.put("EIP712Domain", domain());
      String primary = order.isEmpty() ? "A" : "Order";
      structs.put(primary, order);
      for (int i = 0; order.isEmpty() && i < STRUCTS.length(); i++) {
        structs.put(STRUCTS.substring(i, i + 1), randomMembers(i));
      }
      Map<String, Object> types = new LinkedHashMap<>();
      structs.forEach((name, members) ->
          types.put(
              name,
              members.entrySet().stream()
                  .map(m -> Map.of("name", m.getKey(), "type", m.getValue()))
                  .toList()));
      Sample domain = value("EIP712Domain");
      Sample message = value(primary);
      json.put("types", types);
      json.put("primaryType", primary);
      json.put("domain", domain.json);
      json.put("message", message.json);
      digest =
          Eip712.type(text(primary))
              .digest(Eip712.type(text("EIP712Domain")).hash(members(domain)), members(message));
    }

    Map<String, Object> json() {
      return json;
    }

    Bytes32 digest() {
      return digest;
    }

    @SuppressWarnings("unchecked") // the value of a struct
    private static Map<String, Object> members(Sample struct) {
      return (Map<String, Object>) struct.value;
    }

    private Map<String, String> randomMembers(int struct) {
      Map<String, String> members = new LinkedHashMap<>();
      for (int m = random.nextInt(4); m >= 0; m--) {
        members.put("m" + m, type(struct));
      }
      return members;
    }

    private Map<String, String> domain() {
      Map<String, String> fields = new LinkedHashMap<>();
      for (String field : DOMAIN_FIELDS) {
        if (random.nextBoolean()) {
          fields.put(field.split(" ")[1], field.split(" ")[0]);
        }
      }
      return fields;
    }

    private String type(int struct) {
      int kind = random.nextInt(9);
      return switch (kind) {
        case 0 -> "uint" + 8 * (1 + random.nextInt(32));
        case 1 -> "int" + 8 * (1 + random.nextInt(32));
        case 2 -> "bytes" + (1 + random.nextInt(32));
        case 3 -> "address";
        case 4 -> "bool";
        case 5 -> "bytes";
        case 6 -> "string";
        case 7 ->
            type(struct) + (random.nextBoolean() ? "[]" : "[" + (1 + random.nextInt(3)) + "]");
        default ->
            struct + 1 < STRUCTS.length()
                ? "" + STRUCTS.charAt(struct + 1 + random.nextInt(STRUCTS.length() - struct - 1))
                : "string";
      };
    }

    /** The type's string, written down here by the words of the standard. */
    private String text(String struct) {
      List<String> found = new ArrayList<>();
      find(struct, found);
      found.remove(struct);
      found.sort(null);
      found.addFirst(struct);
      StringBuilder text = new StringBuilder();
      for (String name : found) {
        List<String> members = new ArrayList<>();
        Objects.requireNonNull(structs.get(name))
            .forEach((member, type) -> members.add(type + " " + member));
        text.append(name).append('(').append(String.join(",", members)).append(')');
      }
      return text.toString();
    }

    private void find(String struct, List<String> found) {
      if (structs.containsKey(struct) && !found.contains(struct)) {
        found.add(struct);
        structs.get(struct).values().forEach(type -> find(type.replaceAll("\\[.*", ""), found));
      }
    }

    /** A value as it is given here, and in JSON. */
    private record Sample(Object value, Object json) {}

    private Sample value(String type) {
      if (type.endsWith("]")) {
        int open = type.lastIndexOf('[');
        String count = type.substring(open + 1, type.length() - 1);
        List<Object> values = new ArrayList<>();
        List<Object> texts = new ArrayList<>();
        for (int n = count.isEmpty() ? random.nextInt(4) : Integer.parseInt(count); n > 0; n--) {
          Sample one = value(type.substring(0, open));
          values.add(one.value);
          texts.add(one.json);
        }
        return new Sample(values, texts);
      }
      if (structs.containsKey(type)) {
        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, Object> texts = new LinkedHashMap<>();
        structs
            .get(type)
            .forEach((member, of) -> {
              Sample one = value(of);
              values.put(member, one.value);
              texts.put(member, one.json);
            });
        return new Sample(values, texts);
      }
      return switch (type) {
        case "bool" -> same(random.nextBoolean());
        case "string" -> same("Grüße ".repeat(random.nextInt(8)));
        case "address" -> hex(20, Address::of);
        case "bytes" -> hex(random.nextInt(70), Bytes::of);
        case "bytes32" -> hex(32, Bytes32::of);
        default -> {
          int size = Integer.parseInt(type.replaceAll("\\D", ""));
          if (type.startsWith("bytes")) {
            yield hex(size, Bytes::of);
          }
          BigInteger number = new BigInteger(size - (type.startsWith("int") ? 1 : 0), random);
          boolean negative = type.startsWith("int") && random.nextBoolean();
          yield new Sample(
              negative ? number.negate() : number,
              (negative ? number.negate() : number).toString());
        }
      };
    }

    private static Sample same(Object value) {
      return new Sample(value, value);
    }

    private Sample hex(int size, Function<byte[], Object> of) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      return new Sample(of.apply(bytes), "0x" + HexFormat.of().formatHex(bytes));
    }
  }
}
