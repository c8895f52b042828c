package org.probity.strategy;

import static org.probity.strategy.StrategyFolder.MANIFEST;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.probity.json.StrictJson;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.zk.Architecture;
import org.probity.zk.Layer;
import org.probity.zk.Readout;

/**
 * {@code strategy.json}: the manifest, the checksums of the other files, and a checksum of itself
 * over its compact form without that field, so that white space may change and nothing else.
 */
final class StrategyJson {

  private static final String FORMAT = "probity-strategy-2";
  private static final String CHECKSUM = "sha256";

  record Content(StrategyManifest manifest, String modelDigest, Map<String, String> checksums) {}

  private StrategyJson() {}

  static byte[] write(Content content) {
    StrategyManifest manifest = content.manifest();
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("name", manifest.name());
    root.put("modelDigest", content.modelDigest());
    ArrayNode outputs = root.putArray("outputs");
    manifest.outputs().forEach(outputs::add);
    root.put("outputScale", manifest.outputScale());

    Architecture architecture = manifest.architecture();
    ObjectNode shape = root.putObject("architecture");
    shape.put("inputs", architecture.inputs());
    ArrayNode layers = shape.putArray("layers");
    for (Layer layer : architecture.layers()) {
      layers.addObject().put("width", layer.width()).put("shift", layer.shift());
    }
    shape.put("readout", architecture.readout().name());
    shape.put("logRows", architecture.logRows());

    AgreementReport agreement = manifest.agreement();
    root.putObject("agreement")
        .put("vectors", agreement.vectors())
        .put("agreed", agreement.agreed())
        .put("extremes", agreement.extremes())
        .put("extremesAgreed", agreement.extremesAgreed())
        .put("largestError", agreement.largestError());

    ArrayNode features = root.putArray("features");
    for (Feature feature : manifest.features().features()) {
      features
          .addObject()
          .put("name", feature.name())
          .put("unit", feature.unit())
          .put("min", feature.min())
          .put("max", feature.max());
    }
    manifest.program().ifPresent(program -> ProgramJson.write(root.putArray("program"), program));
    ObjectNode files = root.putObject("files");
    content.checksums().forEach(files::put);
    root.put(CHECKSUM, checksum(root));
    try {
      return (StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of plain values can always be written", e);
    }
  }

  static StrictJson json(String file, byte[] bytes) {
    return StrictJson.parse(
        file, bytes, "restore it from a copy or write it again", StrategyRefusedException::new);
  }

  static Content read(byte[] bytes) {
    StrictJson root = json(MANIFEST, bytes);
    if (!root.text("format").equals(FORMAT)) {
      throw new StrategyRefusedException(
          "%s is not of the format %s: use the version of this program that wrote it, or export the strategy again."
              .formatted(MANIFEST, FORMAT));
    }
    if (!root.text(CHECKSUM).equals(checksum((ObjectNode) root.node()))) {
      throw new StrategyRefusedException(
          "%s does not match its own checksum, so it was damaged or edited: restore it from a copy or export the strategy again."
              .formatted(MANIFEST));
    }
    var content =
        new Content(
            new StrategyManifest(
                root.text("name"),
                WeightsFile.readFeatures(root),
                root.texts("outputs"),
                readArchitecture(root.object("architecture")),
                root.positive("outputScale"),
                readAgreement(root.object("agreement")),
                ProgramJson.read(root)),
            root.text("modelDigest"),
            readChecksums(root.object("files")));
    root.end();
    return content;
  }

  private static Architecture readArchitecture(StrictJson shape) {
    var layers = new ArrayList<Layer>();
    for (StrictJson layer : shape.objects("layers")) {
      layers.add(new Layer(layer.integer("width", 1, 65_536), layer.integer("shift", 0, 30)));
      layer.end();
    }
    Readout readout;
    try {
      readout = Readout.valueOf(shape.text("readout"));
    } catch (IllegalArgumentException e) {
      throw new StrategyRefusedException(
          "%s: architecture.readout must be ARGMAX or LINEAR; export the strategy again."
              .formatted(MANIFEST),
          e);
    }
    int inputs = shape.integer("inputs", 1, 65_536);
    int logRows = shape.integer("logRows", 0, 10);
    shape.end();
    try {
      return new Architecture(inputs, layers, readout, logRows);
    } catch (IllegalArgumentException e) {
      throw new StrategyRefusedException(
          "%s: its architecture cannot be proven (%s); export the strategy again."
              .formatted(MANIFEST, e.getMessage()),
          e);
    }
  }

  private static AgreementReport readAgreement(StrictJson agreement) {
    var report =
        new AgreementReport(
            agreement.integer("vectors", 0, Integer.MAX_VALUE),
            agreement.integer("agreed", 0, Integer.MAX_VALUE),
            agreement.integer("extremes", 0, Integer.MAX_VALUE),
            agreement.integer("extremesAgreed", 0, Integer.MAX_VALUE),
            agreement.positive("largestError"));
    agreement.end();
    return report;
  }

  private static Map<String, String> readChecksums(StrictJson files) {
    var checksums = new LinkedHashMap<String, String>();
    for (String name : List.of(StrategyFolder.KEY, StrategyFolder.PRIVATE)) {
      if (files.has(name)) {
        checksums.put(name, files.text(name));
      }
    }
    files.end();
    return checksums;
  }

  /** SHA-256 of the compact form without the checksum field. */
  private static String checksum(ObjectNode root) {
    ObjectNode body = root.deepCopy();
    body.remove(CHECKSUM);
    return sha256(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
