package org.probity.cli.proving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;
import org.probity.strategy.StrategyBundle;

/** {@code probity model import} and {@code cost}, on networks as a user brings them. */
@TestKind.Acceptance
final class ModelCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;
  private static Path srs;

  @TempDir private Path folder;
  private Path weights;
  private Path out;

  @BeforeAll
  static void makeReferenceString() {
    srs = shared.resolve("srs.bin");
    Ran.of("srs", "new", "--power", 14, "--out", srs).succeeded();
  }

  @BeforeEach
  void writeWeights() throws IOException {
    weights = write("weights.json", network(1_000, 20, 24, 3));
    out = folder.resolve("mine");
  }

  private Path write(String name, ObjectNode network) throws IOException {
    return Files.writeString(folder.resolve(name), JSON.writeValueAsString(network));
  }

  /**
   * A weights file of these widths, the inputs first, whose features reach from -range to range.
   */
  private static ObjectNode network(int range, int... widths) {
    var random = new SplittableRandom(5);
    ObjectNode root = JSON.createObjectNode();
    root.put("format", "probity-weights-1").put("name", "mine").put("readout", "argmax");
    ArrayNode outputs = root.putArray("outputs");
    IntStream.range(0, widths[widths.length - 1]).forEach(i -> outputs.add("choice " + i));
    ArrayNode features = root.putArray("features");
    for (int i = 0; i < widths[0]; i++) {
      features
          .addObject()
          .put("name", "f" + i)
          .put("unit", "tick")
          .put("min", -range)
          .put("max", range);
    }
    ArrayNode layers = root.putArray("layers");
    for (int l = 1; l < widths.length; l++) {
      ObjectNode layer = layers.addObject();
      ArrayNode rows = layer.putArray("weights");
      ArrayNode biases = layer.putArray("biases");
      for (int i = 0; i < widths[l]; i++) {
        ArrayNode row = rows.addArray();
        IntStream.range(0, widths[l - 1]).forEach(_ -> row.add(random.nextDouble(-1, 1)));
        biases.add(random.nextDouble(-1, 1));
      }
    }
    return root;
  }

  // ---- import ----

  @Test
  void importedNetworkProves() {
    Ran.of("model", "import", weights, "--srs", srs, "--out", out)
        .succeeded()
        .showing(
            "579 parameters", "of which no sum can overflow", "decide alike in", "at their ends");
    Path proof = folder.resolve("proof.json");
    Ran.of(
            "prove",
            "--strategy",
            out,
            "--srs",
            srs,
            "--features",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
            "--out",
            proof)
        .succeeded();
    Ran.of("verify", proof, "--key", out, "--srs", srs).succeeded().showing("The proof holds");
  }

  @Test
  void networkForAFeatureProgramSaysSo() throws IOException {
    ObjectNode network = network(1_000, 7, 8, 3);
    network.remove("features");
    ArrayNode program = network.putArray("program");
    ObjectNode returns = program.addObject().put("source", "TwapReturns");
    returns.putArray("horizonsSeconds").add(60).add(300).add(900).add(3_600);
    program.addObject().put("source", "OwnBooks").put("assets", 2);
    Path own = write("own.json", network);
    Ran.of("model", "import", own, "--srs", srs, "--out", out).succeeded();
    Ran.of("model", "inspect", out)
        .succeeded()
        .showing(
            "features      7",
            "TwapReturns 60,300,900,3600",
            "OwnBooks 2",
            "1: return against 60 to 300 s ago",
            "2: turnover allowance used");
    String digest = StrategyBundle.load(out).manifest().program().orElseThrow().digest().hex();
    Ran.of("model", "inspect", out, "--json")
        .succeeded()
        .showing("\"program\":[\"TwapReturns 60,300,900,3600\",\"OwnBooks 2\"]", digest);
  }

  @Test
  void objectiveChoosesTheRows() throws IOException {
    Path wide = write("wide.json", network(1_000, 20, 128, 64, 3));
    Path quick = folder.resolve("quick");
    Path cheap = folder.resolve("cheap");
    Ran.of("model", "import", wide, "--srs", srs, "--out", quick).succeeded();
    Ran.of("model", "import", wide, "--srs", srs, "--optimize", "gas", "--out", cheap).succeeded();
    int quickRows = StrategyBundle.load(quick).manifest().architecture().rows();
    int cheapRows = StrategyBundle.load(cheap).manifest().architecture().rows();
    assertThat(cheapRows).isLessThan(quickRows);
  }

  @Test
  void shorterReferenceStringMeansMoreRowsOrARefusal() throws IOException {
    Path wide = write("wide.json", network(1_000, 20, 128, 128, 3));
    Ran.of("model", "import", wide, "--srs", srs, "--optimize", "gas", "--out", out).succeeded();
    assertThat(StrategyBundle.load(out).manifest().architecture().logSize())
        .isLessThanOrEqualTo(14);
    Path shortSrs = folder.resolve("short.bin");
    Ran.of("srs", "new", "--power", 6, "--out", shortSrs).succeeded();
    Path refused = folder.resolve("refused");
    Ran.of("model", "import", wide, "--srs", shortSrs, "--out", refused)
        .failed(1)
        .saying("2^14 points or more", "2^6", "take a longer one");
    assertThat(refused).doesNotExist();
  }

  @Test
  void networkThatCannotBeHeldExactlyIsRefused() throws IOException {
    Path wild = write("wild.json", network(2_000_000_000, 20, 24, 3));
    Ran.of("model", "import", wild, "--srs", srs, "--out", out)
        .failed(1)
        .saying("Layer 1", "too wide for exact 31-bit sums", "feature ranges narrower");
    assertThat(out).doesNotExist();
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("weights.json", "wild.json");
  }

  @Test
  void integersThatDecideOtherwiseAreTakenWithOpenEyesOnly() throws IOException {
    Path folded =
        Files.writeString(
            folder.resolve("folded.json"),
            """
            {"format": "probity-weights-1", "name": "volume and rsi", "readout": "argmax",
             "outputs": ["buy", "sell"], "features": [
               {"name": "volume", "unit": "units", "min": 0, "max": 2147483647},
               {"name": "rsi", "unit": "%", "min": 0, "max": 100}],
             "layers": [{"weights": [[4.656612873077393e-10, 0.01]], "biases": [0.0]},
                        {"weights": [[1.0], [0.0]], "biases": [0.0, 1.0]}]}
            """);
    Ran.of("model", "import", folded, "--srs", srs, "--out", out)
        .failed(1)
        .saying("decide alike in", "\"volume\"", "--accept agreement=0.");
    assertThat(out).doesNotExist();
    for (String accepted : new String[] {"agreement=1.5", "agreement=", "0.9", "gaps"}) {
      Ran.of("model", "import", folded, "--srs", srs, "--out", out, "--accept", accepted)
          .failed(1)
          .saying("--accept is \"" + accepted + "\"");
    }
    Ran.of("model", "import", folded, "--srs", srs, "--out", out, "--accept", "agreement=0.1")
        .succeeded();
  }

  @Test
  void linearOutputsAreShownInTheNetworksOwnUnit() throws IOException {
    Path linear =
        Files.writeString(
            folder.resolve("linear.json"),
            """
            {"format": "probity-weights-1", "name": "slope", "readout": "linear",
             "outputs": ["move"], "features": [{"name": "a", "unit": "", "min": -1000, "max": 1000}],
             "layers": [{"weights": [[-2.5]], "biases": [0.25]}]}
            """);
    Ran.of("model", "import", linear, "--srs", srs, "--out", out)
        .failed(1)
        .saying("uncut anybody may determine", "after about 2 decisions", "--reveals-weights");
    assertThat(out).doesNotExist();
    Ran.of("model", "import", linear, "--srs", srs, "--out", out, "--reveals-weights")
        .succeeded()
        .showing("after about 2 decisions: train another model before that");
    Ran.of("model", "inspect", out).succeeded().showing("1 stands for 0.0000");
    Ran.of(
            "prove",
            "--strategy",
            out,
            "--srs",
            srs,
            "--features",
            "819",
            "--out",
            folder.resolve("p.json"))
        .succeeded()
        .showing("[-2047.25] (as integers [-");
  }

  @Test
  void weightsAreCutToTheStepsOfAPolicy() throws IOException {
    Path tilt = Path.of(System.getProperty("probity.home"), "examples", "tilt.json");
    Ran.of("model", "import", tilt, "--srs", srs, "--out", out)
        .succeeded()
        .showing(
            "in steps of 250 basis points whoever knows the layers before it may determine",
            "(7 unknowns an output) after about 18 decisions",
            "take larger steps, or let it choose");
    Ran.of("model", "inspect", out).succeeded().showing("weights, 1 stands for 250 basis points");
    Ran.of("model", "inspect", out, "--json").succeeded().showing("\"weightStepBps\":250");
    Ran.of("model", "cost", tilt).succeeded().showing("9 -> 6 -> 2 -> 1");
    Ran.of(
            "prove",
            "--strategy",
            out,
            "--srs",
            srs,
            "--features",
            "20,20,20,20,20,0,0,60,0",
            "--out",
            folder.resolve("p.json"))
        .succeeded()
        .showing("WETH 60 %");

    Path finer = folder.resolve("finer");
    Ran.of("model", "import", tilt, "--srs", srs, "--out", finer, "--weight-step", 100)
        .failed(1)
        .saying("after about 14 decisions: take steps of 250 or more", "--reveals-weights");
    assertThat(finer).doesNotExist();
    Ran.of(
            "model",
            "import",
            tilt,
            "--srs",
            srs,
            "--out",
            finer,
            "--weight-step",
            100,
            "--reveals-weights")
        .succeeded();
    assertThat(StrategyBundle.load(finer).manifest().weightStepBps()).hasValue(100);
    Path none = folder.resolve("none");
    Ran.of("model", "import", tilt, "--srs", srs, "--out", none, "--weight-step", 300)
        .failed(1)
        .saying("divides 10000 basis points, and 300 does not");
    Ran.of("model", "import", weights, "--srs", srs, "--out", none, "--weight-step", 250)
        .failed(1)
        .saying("--weight-step is for a linear head over a feature program");
    assertThat(none).doesNotExist();
  }

  @Test
  void fileThatIsNoNetworkIsRefused() throws IOException {
    Ran.of("model", "import", folder.resolve("none.json"), "--srs", srs, "--out", out)
        .failed(1)
        .saying("none.json does not exist");
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"format\": ");
    Ran.of("model", "import", broken, "--srs", srs, "--out", out)
        .failed(1)
        .saying("broken.json", "ends in the middle: it is cut off");
    Path other = write("other.json", network(1_000, 20, 24, 3).put("format", "onnx"));
    Ran.of("model", "import", other, "--srs", srs, "--out", out)
        .failed(1)
        .saying("other.json", "probity-weights-1");
    assertThat(out).doesNotExist();
  }

  @Test
  void folderThatExistsIsLeftAlone() throws IOException {
    Files.createDirectory(out);
    Files.writeString(out.resolve("precious"), "precious");
    Ran.of("model", "import", weights, "--srs", srs, "--out", out)
        .failed(1)
        .saying("exists already");
    assertThat(out.toFile().list()).containsExactly("precious");
  }

  @Test
  void wrongArgumentsAreNamed() {
    Ran.of("model", "import", weights, "--out", out).failed(2).saying("--srs");
    Ran.of("model", "import", weights, "--srs", folder.resolve("none.bin"), "--out", out)
        .failed(1)
        .saying("none.bin");
    Ran.of("model", "import", weights, "--srs", srs, "--out", out, "--optimize", "beauty")
        .failed(2)
        .saying("--optimize", "beauty");
    Ran.of("model", "import", weights, "--srs", srs, "--out", out, "--backend", "quantum")
        .failed(2)
        .saying("--backend", "quantum");
    assertThat(out).doesNotExist();
  }

  @Test
  void strategyOfAnotherReferenceStringIsNotProvenWith() {
    Ran.of("model", "import", weights, "--srs", srs, "--out", out).succeeded();
    Path other = folder.resolve("other.bin");
    Ran.of("srs", "new", "--power", 14, "--out", other).succeeded();
    Path proof = folder.resolve("proof.json");
    Ran.of(
            "prove",
            "--strategy",
            out,
            "--srs",
            other,
            "--features",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
            "--out",
            proof)
        .failed(1)
        .saying("do not hold under this reference string", "import its weights again");
    assertThat(proof).doesNotExist();
  }

  @Test
  void placeThatCannotBeWrittenIsToldBeforeTheWork() {
    Path never = Path.of("/proc");
    assumeThat(Files.isDirectory(never)).isTrue();
    for (Object[] line :
        new Object[][] {
          {"model", "import", weights, "--srs", srs, "--out", never.resolve("mine")},
          {"model", "example", never.resolve("mine"), "--srs", srs}
        }) {
      Ran ran = Ran.of(line).failed(1).saying("Nothing can be written to the folder /proc");
      assertThat(ran.output()).isEmpty();
    }
  }

  // ---- cost ----

  @Test
  void costIsTheSameForWeightsAndForTheStrategyMadeOfThem() {
    Ran.of("model", "import", weights, "--srs", srs, "--out", out).succeeded();
    Ran ofWeights = Ran.of("model", "cost", weights).succeeded();
    ofWeights.showing("20 -> 24 -> 3, 579 parameters", "--optimize time", "--optimize gas");
    Ran ofStrategy = Ran.of("model", "cost", out).succeeded();
    // Time depends on the moment; what is exact does not.
    assertThat(exact(ofStrategy)).isEqualTo(exact(ofWeights)).isNotEmpty();
    int proofBytes = StrategyBundle.load(out).model().key().proofBytes();
    ofWeights.showing("%,d".formatted(proofBytes));
  }

  private static java.util.List<String> exact(Ran ran) {
    return ran.output()
        .lines()
        .filter(line -> line.contains("2^"))
        .map(line -> line.replaceAll(" *[\\d,]+ ms", " ms"))
        .toList();
  }

  @Test
  void costOfWhatIsNoModelIsRefused() {
    Ran.of("model", "cost", folder.resolve("none.json")).failed(1).saying("none.json");
    Ran.of("model", "cost", folder).failed(1).saying("strategy.json is missing");
  }
}
