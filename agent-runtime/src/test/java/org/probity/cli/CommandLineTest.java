package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.keys.KeyStore;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.PlainFile;
import org.probity.ground.TestKind;
import org.probity.strategy.QuantisedStrategy;
import org.probity.zk.Srs;

/**
 * What a user is told when something is not as it should be: one sentence, and nothing half-done.
 */
@TestKind.Acceptance
final class CommandLineTest {

  private static final String FEATURES = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,-100,30,5,0";

  @TempDir private static Path shared;
  private static Path strategy;
  private static Path srs;

  @TempDir private Path folder;

  @BeforeAll
  static void makeStrategy() {
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    Srs reference = PracticeStrategy.srs(quantised);
    srs = shared.resolve("srs.bin");
    reference.save(srs);
    strategy = shared.resolve("tiny");
    PracticeStrategy.bundle(quantised, reference).save(strategy);
  }

  // ---- arguments ----

  @Test
  void unknownOptionIsNamed() {
    Ran.of("demo", "--speed", "9").failed(2).saying("--speed", "probity demo --help");
  }

  @Test
  void anArgumentIsNoFileOfArguments() throws IOException {
    Path arguments = Files.writeString(folder.resolve("arguments"), "--help");
    Ran.of("demo", "@" + arguments).failed(2).saying("@" + arguments);
  }

  @Test
  void missingOptionIsNamed() {
    Ran.of("prove", "--srs", srs).failed(2).saying("--strategy");
  }

  @Test
  void numberThatIsNoneIsRefused() {
    Ran.of("demo", "--heads", "many").failed(2).saying("--heads", "many");
  }

  @Test
  void optionsThatAScenarioDoesNotHaveAreRefused() {
    Ran.of("demo", "--scenario", "rotation", "--attack")
        .failed(1)
        .saying("of the scenarios pair and lending", "leave out --attack");
    Ran.of("demo", "--scenario", "governance", "--heads", "3")
        .failed(1)
        .saying("leave out --heads");
    Ran.of("demo", "--scenario", "arbitrage").failed(2).saying("--scenario", "arbitrage");
  }

  @Test
  void noHeadsAreTooFew() {
    Ran.of("demo", "--heads", "0").failed(1).saying("--heads is 0", "1 to");
  }

  // ---- prove and verify ----

  @Test
  void proofThatWasSavedHolds() throws IOException {
    Path proof = folder.resolve("proof.json");
    assertThat(prove(proof).status()).isZero();
    assertThat(verify(proof).status()).isZero();
    assertThat(verify(proof).errors()).isEmpty();
  }

  @Test
  void proofWithOneFeatureChangedDoesNotHold() throws IOException {
    Path proof = folder.resolve("proof.json");
    prove(proof);
    Files.writeString(proof, Files.readString(proof).replace("-100", "-101"));
    verify(proof).failed(1).saying("does not hold", "OPENING_MISMATCH");
  }

  @Test
  void proofOfAnotherModelIsNamed() throws IOException {
    Path proof = folder.resolve("proof.json");
    prove(proof);
    Path other = folder.resolve("other");
    PracticeStrategy.bundle(PracticeStrategy.quantised(), Srs.load(srs)).save(other);
    Ran.of("verify", proof, "--key", other, "--srs", srs).failed(1).saying("is of model", "not of");
  }

  @Test
  void proofUnderAnotherReferenceStringIsNamed() throws IOException {
    Path proof = folder.resolve("proof.json");
    prove(proof);
    Path other = folder.resolve("other.bin");
    PracticeStrategy.srs(PracticeStrategy.quantised()).save(other);
    Ran.of("verify", proof, "--key", strategy, "--srs", other)
        .failed(1)
        .saying("another reference string");
  }

  @Test
  void fileThatIsNoProofIsRefused() throws IOException {
    Path proof = folder.resolve("proof.json");
    Files.writeString(proof, "{\"format\": 1");
    verify(proof).failed(1).saying("ends in the middle");
    Files.writeString(proof, "[]");
    verify(proof).failed(1).saying("must be an object");
  }

  @Test
  void absentFileIsNamed() {
    verify(folder.resolve("none.json")).failed(1).saying("There is no file", "none.json");
  }

  @Test
  void fileThatExistsIsNotOverwritten() throws IOException {
    Path proof = folder.resolve("proof.json");
    Files.writeString(proof, "precious");
    prove(proof).failed(1).saying("exists already");
    assertThat(proof).hasContent("precious");
  }

  @Test
  void featuresThatAreNoneAreRefusedAndNothingIsWritten() {
    Path proof = folder.resolve("proof.json");
    Ran.of("prove", "--strategy", strategy, "--srs", srs, "--features", "1,two", "--out", proof)
        .failed(1)
        .saying("--features", "whole numbers");
    Ran.of("prove", "--strategy", strategy, "--srs", srs, "--features", "1,2", "--out", proof)
        .failed(1)
        .saying("20 features");
    Ran.of(
            "prove",
            "--strategy",
            strategy,
            "--srs",
            srs,
            "--features",
            FEATURES.replace("-100", "-10000"),
            "--out",
            proof)
        .failed(1)
        .saying("-10000", "-5000..5000");
    assertThat(folder).isEmptyDirectory();
  }

  // ---- strategies ----

  @Test
  void strategyIsShownWithoutItsWeights() throws IOException {
    Ran text = Ran.of("model", "inspect", strategy);
    assertThat(text.status()).isZero();
    assertThat(text.output())
        .contains("20 -> 12 -> 3, argmax of reduce, hold, increase")
        .contains("291, all private")
        .contains("-4095 .. 4095");
    Ran json = Ran.of("model", "inspect", strategy, "--json");
    assertThat(json.status()).isZero();
    assertThat(json.output().strip().lines()).hasSize(1);
    assertThat(new ObjectMapper().readTree(json.output()).at("/parameters").asInt()).isEqualTo(291);
  }

  @Test
  void folderWithoutStrategySaysSo() {
    Ran.of("model", "inspect", folder).failed(1).saying("strategy.json is missing");
    Ran.of("model", "inspect", folder.resolve("none")).failed(1).saying("There is no strategy");
  }

  @Test
  void damagedStrategyIsRefused() throws IOException {
    Path damaged = copy("damaged");
    byte[] model = Files.readAllBytes(damaged.resolve("private.model"));
    model[model.length / 2] ^= 1;
    Files.write(damaged.resolve("private.model"), model);
    proveWith(damaged).failed(1).saying("private.model", "damaged");
    Files.writeString(damaged.resolve("strategy.json"), "{");
    proveWith(damaged).failed(1).saying("strategy.json");
  }

  @Test
  void networkThatCouldOverflowIsRefused() throws IOException {
    Path wide = copy("wide");
    Path manifest = wide.resolve("strategy.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json =
        (ObjectNode)
            mapper.readTree(
                Files.readString(manifest)
                    .replaceAll("(?<bound>\"m(in|ax)\" *: *-?)4095", "${bound}2000000000"));
    json.remove("sha256");
    json.put("sha256", sha256(json.toString()));
    Files.writeString(manifest, mapper.writeValueAsString(json));
    proveWith(wide).failed(1).saying("2^31");
    assertThat(folder.resolve("proof.json")).doesNotExist();
  }

  @Test
  void fileThatIsNoReferenceStringIsRefused() throws IOException {
    Path file = folder.resolve("srs.bin");
    Files.writeString(file, "no points here");
    Ran.of(
            "prove",
            "--strategy",
            strategy,
            "--srs",
            file,
            "--features",
            FEATURES,
            "--out",
            folder.resolve("proof.json"))
        .failed(1)
        .saying("is not an SRS");
  }

  // ---- files that are none ----

  /** What reads without looking first waits for a pipe for ever; this device it takes for empty. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "run DEVICE",
        "backtest DEVICE",
        "sweep DEVICE",
        "walk-forward DEVICE",
        "monte-carlo DEVICE",
        "honesty DEVICE",
        "train DEVICE",
        "journal verify DEVICE",
        "journal replay DEVICE",
        "journal export DEVICE",
        "prove --strategy STRATEGY --srs DEVICE --features FEATURES --out OUT",
        "verify DEVICE --key STRATEGY --srs SRS",
        "verify PROOF --key DEVICE --srs SRS",
        "verify PROOF --key STRATEGY --srs DEVICE",
        "srs show DEVICE",
        "model import DEVICE --srs SRS --out OUT",
        "model cost DEVICE",
        "data import x DEVICE --store OUT",
        "keys new --store OUT --password-file DEVICE",
        "bench --verify-on-chain DEVICE"
      })
  void devicesAreNotRead(String line) throws IOException {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no devices here");
    Path proof = folder.resolve("proof.json");
    if (line.contains("PROOF")) {
      prove(proof);
    }
    Path out = folder.resolve("out");
    Map<String, Object> named =
        Map.of(
            "DEVICE", device,
            "STRATEGY", strategy,
            "SRS", srs,
            "PROOF", proof,
            "FEATURES", FEATURES,
            "OUT", out);
    Ran.of(Stream.of(line.split(" ")).map(word -> named.getOrDefault(word, word)).toArray())
        .failed(1)
        .saying(device.toString(), "it is a pipe or a device");
    assertThat(out).doesNotExist();
  }

  @Test
  void devicesAreNoPoliciesAndNothingToExamine() throws IOException {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no devices here");
    Path out = folder.resolve("out.conf");
    List<Object> arguments = deployArguments("http://127.0.0.1:1", out);
    arguments.set(arguments.indexOf("--policy") + 1, device);
    Ran.of(arguments.toArray()).failed(2).saying("it is a pipe or a device");
    Ran examined = Ran.of("doctor", device).showing("it is a pipe or a device");
    assertThat(examined.status()).isEqualTo(2);
  }

  // ---- keys ----

  @Test
  void newKeyIsEncryptedOnDisk() throws IOException {
    Path password = folder.resolve("password");
    Files.createFile(password, PlainFile.ownerOnlyFile(password));
    // As a shell on Windows writes it.
    Files.writeString(password, "\ufeffcorrect horse\r\n");
    Path store = folder.resolve("keys");
    assertThat(Ran.of("keys", "new", "--store", store, "--password-file", password).status())
        .isZero();
    try (Stream<Path> files = Files.list(store)) {
      assertThat(files)
          .hasSize(1)
          .allSatisfy(file -> assertThat(file).content().contains("scrypt"));
    }
    KeyStore keys = KeyStore.at(store);
    assertThat(keys.load(keys.list().getFirst(), "correct horse".toCharArray())).isNotNull();
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
    Ran.of("keys", "new", "--store", store, "--password-file", password)
        .failed(1)
        .saying("chmod 600 " + password);
  }

  @Test
  void keyFolderThatOthersCanReadIsRefused() throws IOException {
    Path password = Files.writeString(folder.resolve("password"), "correct horse");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    Path store = Files.createDirectory(folder.resolve("keys"));
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwxr-xr-x"));
    Ran.of("keys", "new", "--store", store, "--password-file", password)
        .failed(1)
        .saying("chmod 700 " + store);
    assertThat(store).isEmptyDirectory();
  }

  @Test
  void emptyPasswordIsRefusedAndNothingIsWritten() throws IOException {
    Path password = folder.resolve("password");
    Files.createFile(password, PlainFile.ownerOnlyFile(password));
    Files.writeString(password, "\n");
    Path store = folder.resolve("keys");
    Ran.of("keys", "new", "--store", store, "--password-file", password)
        .failed(1)
        .saying("empty password");
    assertThat(store).doesNotExist();
  }

  // ---- chains ----

  @Test
  void portThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ran.of("demo", "--port", taken.getLocalPort())
          .failed(1)
          .saying("Port " + taken.getLocalPort() + " is taken", "choose another");
    }
  }

  @Test
  void nodeThatDoesNotAnswerIsNamed() throws IOException {
    int closed;
    try (ServerSocket free = new ServerSocket(0)) {
      closed = free.getLocalPort();
    }
    Ran.of("run", config("http://127.0.0.1:" + closed, 1337))
        .failed(1)
        .saying("127.0.0.1:" + closed);
    Path out = folder.resolve("out.conf");
    deploy("http://127.0.0.1:" + closed, out).failed(2).saying("127.0.0.1:" + closed);
    assertThat(out).doesNotExist();
  }

  @Test
  void nodeOfAnotherChainIsNamedWithBothIds() throws IOException {
    WireMockServer node = new WireMockServer(WireMockConfiguration.options().dynamicPort());
    node.start();
    try {
      node.stubFor(
          WireMock.any(WireMock.anyUrl())
              .willReturn(
                  WireMock.okJson(
                          "{\"jsonrpc\":\"2.0\",\"id\":{{jsonPath request.body '$.id'}},\"result\":\"0x5\"}")
                      .withTransformers("response-template")));
      Ran.of("run", config(node.baseUrl(), 1337)).failed(1).saying("chain id 5", "expected 1337");
    } finally {
      node.stop();
    }
  }

  @Test
  void configurationThatIsAbsentOrMalformedIsRefused() throws IOException {
    Ran.of("run", folder.resolve("none.conf")).failed(1).saying("There is no configuration file");
    Path file = folder.resolve("agent.conf");
    Files.writeString(file, "probity { chain {");
    Ran.of("run", file).failed(1).saying("not valid HOCON");
    Files.writeString(file, "probity { chain { id = none } }");
    Ran.of("run", file).failed(1).saying("probity.chain.");
  }

  @Test
  void developmentReferenceStringIsRefusedOnEveryChainButALocalOne() throws IOException {
    Path out = folder.resolve("out.conf");
    for (long publicChain : new long[] {1, 8453, 31_338}) {
      List<Object> arguments = deployArguments("http://127.0.0.1:1", out);
      arguments.set(arguments.indexOf(31_337), publicChain);
      Ran.of(arguments.toArray())
          .failed(2)
          .saying("development SRS", "chain " + publicChain, "./probity srs import");
      assertThat(out).doesNotExist();
      Ran.of("run", config("http://127.0.0.1:1", publicChain))
          .failed(1)
          .saying("development SRS", "chain " + publicChain, "./probity srs import");
    }
    List<Object> arguments = deployArguments("http://127.0.0.1:1", out);
    arguments.add("--insecure");
    Ran.of(arguments.toArray()).failed(2).saying("--insecure");
  }

  // ---- the rest ----

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static Ran prove(Path out) {
    return Ran.of(
        "prove", "--strategy", strategy, "--srs", srs, "--features", FEATURES, "--out", out);
  }

  private Ran proveWith(Path other) {
    return Ran.of(
        "prove",
        "--strategy",
        other,
        "--srs",
        srs,
        "--features",
        FEATURES,
        "--out",
        folder.resolve("proof.json"));
  }

  private static Ran verify(Path proof) {
    return Ran.of("verify", proof, "--key", strategy, "--srs", srs);
  }

  private Path copy(String name) throws IOException {
    Path target = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(strategy)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private Path config(String rpc, long chainId) throws IOException {
    Path file = folder.resolve("agent.conf");
    Files.writeString(
        file,
        """
        probity {
          chain { rpc = "%s", id = %d }
          vault = "0x1111111111111111111111111111111111111111"
          strategy = "%s"
          srs = "%s"
          key { store = "keys", account = "0x2222222222222222222222222222222222222222" }
        }
        """
            .formatted(rpc, chainId, strategy, srs));
    return file;
  }

  private Ran deploy(String rpc, Path out) throws IOException {
    return Ran.of(deployArguments(rpc, out).toArray());
  }

  private List<Object> deployArguments(String rpc, Path out) throws IOException {
    Path policy = folder.resolve("policy.conf");
    Files.writeString(
        policy,
        """
        policy {
          min-trade = 100, max-action = 20000, turnover.most = 50000
          losses { day = 250, month = 2500, action = 100 }
          pools = [ { name = pool, address = "0x3333333333333333333333333333333333333333", min-liquidity = 80 % } ]
          assets = [ { symbol = USD }, { symbol = WETH, route = [pool], exposure { most = 60000 } } ]
          model {
            agent = "0x5555555555555555555555555555555555555555"
            targets = [25 %, hold, 75 %]
            program = [
              { source = TwapReturns, pool = pool, of = WETH, horizons = [1 min, 5 min, 15 min] }
              { source = OwnBooks }
            ]
          }
        }
        """);
    return new java.util.ArrayList<>(
        List.of(
            "deploy",
            "--rpc",
            rpc,
            "--chain-id",
            31_337,
            "--account",
            "0x2222222222222222222222222222222222222222",
            "--strategy",
            strategy,
            "--srs",
            srs,
            "--owner",
            "0x4444444444444444444444444444444444444444",
            "--policy",
            policy,
            "--out",
            out));
  }
}
