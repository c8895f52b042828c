package org.probity.strategy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.probity.strategy.StrategyJson.Content;
import org.probity.zk.ModelKey;

/**
 * The public part of a strategy: enough to verify its proofs and to understand its decisions,
 * nothing of its weights. On disk a folder with {@code strategy.json} and {@code model.key}.
 *
 * @param manifest the description
 * @param key the commitments that proofs are verified against
 */
public record PublicStrategy(StrategyManifest manifest, ModelKey key) {

  private static final long LARGEST_MANIFEST = 1L << 24;
  private static final long LARGEST_KEY = 1L << 20;

  /** Refuses a key of another model's shape. */
  public PublicStrategy {
    if (!manifest.architecture().equals(key.architecture())) {
      throw new StrategyRefusedException(
          "%s belongs to a model of another shape than %s describes: take both files from one strategy."
              .formatted(StrategyFolder.KEY, StrategyFolder.MANIFEST));
    }
  }

  /**
   * Saves the public part to a new folder.
   *
   * @throws StrategyRefusedException if the folder exists or cannot be written; then nothing is
   *     left behind
   */
  public void save(Path folder) {
    StrategyFolder.write(folder, files(Map.of()));
  }

  /**
   * Reads the public part; a folder that holds the private one too will do.
   *
   * @throws StrategyRefusedException naming the file that is missing or wrong, and the remedy
   */
  public static PublicStrategy load(Path folder) {
    return read(folder).strategy();
  }

  /** The public part with the checksum that its folder names for the private one, if any. */
  record Loaded(PublicStrategy strategy, Map<String, String> checksums) {}

  static Loaded read(Path folder) {
    Content content =
        StrategyJson.read(StrategyFolder.read(folder, StrategyFolder.MANIFEST, LARGEST_MANIFEST));
    byte[] bytes = StrategyFolder.read(folder, StrategyFolder.KEY, LARGEST_KEY);
    requireChecksum(content.checksums(), StrategyFolder.KEY, bytes);
    ModelKey key;
    try {
      key = ModelKey.parse(bytes);
    } catch (IllegalArgumentException e) {
      throw new StrategyRefusedException(
          "%s is not a model key (%s): restore it from a copy or export the strategy again."
              .formatted(StrategyFolder.KEY, e.getMessage()),
          e);
    }
    if (!key.digest().hex().equals(content.modelDigest())) {
      throw new StrategyRefusedException(
          "%s is not the key that %s names: take both files from one strategy."
              .formatted(StrategyFolder.KEY, StrategyFolder.MANIFEST));
    }
    return new Loaded(new PublicStrategy(content.manifest(), key), content.checksums());
  }

  static void requireChecksum(Map<String, String> checksums, String name, byte[] bytes) {
    if (!StrategyJson.sha256(bytes).equals(checksums.get(name))) {
      throw new StrategyRefusedException(
          "%s does not match the checksum in %s, so it was damaged or belongs to another strategy: restore it from a copy."
              .formatted(name, StrategyFolder.MANIFEST));
    }
  }

  /**
   * The folder's files: the private ones given, the key, and the manifest with the checksums of all
   * of them.
   */
  Map<String, byte[]> files(Map<String, byte[]> privateFiles) {
    var files = new LinkedHashMap<String, byte[]>();
    files.put(StrategyFolder.KEY, key.bytes());
    files.putAll(privateFiles);
    var checksums = new LinkedHashMap<String, String>();
    files.forEach((name, bytes) -> checksums.put(name, StrategyJson.sha256(bytes)));
    files.put(
        StrategyFolder.MANIFEST,
        StrategyJson.write(new Content(manifest, key.digest().hex(), checksums)));
    return files;
  }
}
