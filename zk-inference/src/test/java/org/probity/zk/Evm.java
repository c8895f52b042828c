package org.probity.zk;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * A real EVM for tests: an anvil process on a port of its own, ended with the virtual machine.
 * {@link #verify} runs the compiled DecisionVerifier and gives its verdict.
 */
final class Evm {
  private static final HexFormat HEX = HexFormat.of();
  private static final String GAS = "0x2540be400";

  private static final Map<String, Verdict> ERRORS =
      Stream.of(
              Map.entry("MalformedKey", Verdict.MALFORMED_KEY),
              Map.entry("MalformedFeatures", Verdict.MALFORMED_FEATURES),
              Map.entry("MalformedDecision", Verdict.MALFORMED_DECISION),
              Map.entry("MalformedProof", Verdict.MALFORMED_PROOF),
              Map.entry("ScalarOutOfRange", Verdict.SCALAR_OUT_OF_RANGE),
              Map.entry("InvalidPoint", Verdict.INVALID_POINT),
              Map.entry("OpeningMismatch", Verdict.OPENING_MISMATCH),
              Map.entry("PairingFailed", Verdict.PAIRING_FAILED))
          .collect(
              Collectors.toMap(
                  e -> HEX.formatHex(selector(e.getKey() + "()")), Map.Entry::getValue));

  /** What a call returned, or what it reverted with. */
  record Outcome(boolean success, byte[] data) {}

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;
  private final String account;

  private Evm(int port) {
    endpoint = URI.create("http://127.0.0.1:" + port);
    account = string(rpc("eth_accounts", "[]"), "0x[0-9a-f]{40}").orElseThrow();
  }

  private static final class Shared {
    static final Evm INSTANCE = start();
  }

  static Evm shared() {
    return Shared.INSTANCE;
  }

  private static Evm start() {
    try {
      var process =
          new ProcessBuilder(anvil(), "--port", "0", "--disable-block-gas-limit", "--accounts", "1")
              .redirectErrorStream(true)
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      var listening = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var match = listening.matcher(line);
        if (match.find()) {
          Thread.ofVirtual().start(() -> lines.lines().forEach(ignored -> {}));
          return new Evm(Integer.parseInt(match.group(1)));
        }
      }
      throw new IllegalStateException("anvil ended before it listened");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "anvil does not start: run the build's npm ci, or put anvil on the PATH", e);
    }
  }

  private static String anvil() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      var packaged = at.resolve("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
      if (Files.isExecutable(packaged)) {
        return packaged.toString();
      }
    }
    return "anvil";
  }

  /** Deploys a DecisionVerifier; empty if its constructor refuses the words. */
  Optional<String> deployVerifier(List<BigInteger> tauG2Words) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(verifierBytecode());
    tauG2Words.forEach(word -> out.writeBytes(word(word)));
    var receipt = send("", out.toByteArray());
    return receipt.contains("\"status\":\"0x1\"")
        ? string(receipt, "\"contractAddress\":\"(0x[0-9a-f]{40})\"")
        : Optional.empty();
  }

  /** The size of the verifier's code on chain, in bytes. */
  int codeSize(String contract) {
    var code = rpc("eth_getCode", "[\"%s\",\"latest\"]".formatted(contract));
    return (string(code, "\"result\":\"(0x[0-9a-f]*)\"").orElseThrow().length() - 2) / 2;
  }

  private static byte[] verifierBytecode() {
    try (var in = Evm.class.getResourceAsStream("/contracts/DecisionVerifier.json")) {
      if (in == null) {
        throw new IllegalStateException(
            "contracts/DecisionVerifier.json is missing: run the build's contract step");
      }
      var json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return HEX.parseHex(string(json, "\"bytecode\"\\s*:\\s*\"0x([0-9a-f]+)\"").orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The verdict of a deployed DecisionVerifier. */
  Verdict verify(
      String contract,
      byte[] key,
      BigInteger[] features,
      BigInteger[] decision,
      Bytes32 context,
      byte[] proof) {
    var outcome = call(contract, verifyCall(key, features, decision, context, proof));
    if (outcome.success()) {
      return Verdict.ACCEPTED;
    }
    var verdict = outcome.data().length == 4 ? ERRORS.get(HEX.formatHex(outcome.data())) : null;
    if (verdict == null) {
      throw new AssertionError("the verifier reverted with 0x" + HEX.formatHex(outcome.data()));
    }
    return verdict;
  }

  /** Gas of the verification as a transaction of its own. */
  long verifyGas(
      String contract,
      byte[] key,
      BigInteger[] features,
      BigInteger[] decision,
      Bytes32 context,
      byte[] proof) {
    var receipt = send(contract, verifyCall(key, features, decision, context, proof));
    if (!receipt.contains("\"status\":\"0x1\"")) {
      throw new AssertionError("the transaction failed: " + receipt);
    }
    return Long.decode(string(receipt, "\"gasUsed\":\"(0x[0-9a-f]+)\"").orElseThrow());
  }

  /** Runs a call against a contract or precompile. */
  Outcome call(String to, byte[] data) {
    var answer =
        rpc(
            "eth_call",
            "[{\"to\":\"%s\",\"data\":\"0x%s\",\"gas\":\"%s\"},\"latest\"]"
                .formatted(to, HEX.formatHex(data), GAS));
    var result = string(answer, "\"result\":\"0x([0-9a-f]*)\"");
    if (result.isPresent()) {
      return new Outcome(true, HEX.parseHex(result.get()));
    }
    return new Outcome(
        false, HEX.parseHex(string(answer, "\"data\":\"0x([0-9a-f]*)\"").orElse("")));
  }

  private static byte[] verifyCall(
      byte[] key, BigInteger[] features, BigInteger[] decision, Bytes32 context, byte[] proof) {
    var tails = List.of(bytes(key), words(features), words(decision), new byte[0], bytes(proof));
    var head = new ByteArrayOutputStream();
    var tail = new ByteArrayOutputStream();
    head.writeBytes(selector("verify(bytes,int256[],int256[],bytes32,bytes)"));
    for (int i = 0; i < tails.size(); i++) {
      if (i == 3) {
        head.writeBytes(context.toByteArray());
      } else {
        head.writeBytes(word(BigInteger.valueOf(Bytes32.SIZE * tails.size() + tail.size())));
        tail.writeBytes(tails.get(i));
      }
    }
    head.writeBytes(tail.toByteArray());
    return head.toByteArray();
  }

  private static byte[] bytes(byte[] value) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(word(BigInteger.valueOf(value.length)));
    out.writeBytes(value);
    out.writeBytes(new byte[-value.length & 31]);
    return out.toByteArray();
  }

  private static byte[] words(BigInteger[] values) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(word(BigInteger.valueOf(values.length)));
    for (var value : values) {
      out.writeBytes(word(value));
    }
    return out.toByteArray();
  }

  /** A 32-byte two's complement word. */
  static byte[] word(BigInteger value) {
    var out = new byte[Bytes32.SIZE];
    var rest = value;
    for (int i = out.length - 1; i >= 0; i--) {
      out[i] = rest.byteValue();
      rest = rest.shiftRight(8);
    }
    return out;
  }

  private static byte[] selector(String signature) {
    var digest = Keccak.hash(signature.getBytes(StandardCharsets.US_ASCII)).toByteArray();
    return Arrays.copyOf(digest, 4);
  }

  /** Sends a transaction and gives its receipt. */
  private String send(String to, byte[] data) {
    var target = to.isEmpty() ? "" : "\"to\":\"" + to + "\",";
    var answer =
        rpc(
            "eth_sendTransaction",
            "[{\"from\":\"%s\",%s\"data\":\"0x%s\",\"gas\":\"0xf42400\"}]"
                .formatted(account, target, HEX.formatHex(data)));
    var hash =
        string(answer, "\"result\":\"(0x[0-9a-f]{64})\"")
            .orElseThrow(() -> new AssertionError("not sent: " + answer));
    while (true) {
      var receipt = rpc("eth_getTransactionReceipt", "[\"%s\"]".formatted(hash));
      if (receipt.contains("\"gasUsed\"")) {
        return receipt;
      }
      Thread.onSpinWait();
    }
  }

  private String rpc(String method, String parameters) {
    var body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
            .formatted(method, parameters);
    var request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The first match's group, or the whole match if the pattern has none. */
  private static Optional<String> string(String text, String pattern) {
    var match = Pattern.compile(pattern).matcher(text);
    return match.find() ? Optional.of(match.group(match.groupCount())) : Optional.empty();
  }
}
