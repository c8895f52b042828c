package org.probity.strategy;

import java.nio.file.Path;
import java.util.Map;
import org.probity.zk.CommittedModel;
import org.probity.zk.Network;

/**
 * A whole strategy as its owner keeps it: the public part, and the committed model with weights and
 * blinders. On disk a folder with {@code strategy.json}, {@code model.key} and {@code
 * private.model}; the last is readable by its owner only, and whoever has it can prove in the
 * strategy's name.
 *
 * <p>The manifest names the SHA-256 of the private file. That shows nothing of the weights: the
 * file holds blinders of 254 random bits.
 */
public final class StrategyBundle {

  private static final long LARGEST_MODEL = 1L << 30;

  private final PublicStrategy publicPart;
  private final CommittedModel model;

  private StrategyBundle(PublicStrategy publicPart, CommittedModel model) {
    if (!publicPart.key().equals(model.key())) {
      throw new StrategyRefusedException(
          "%s is not the model behind %s: take both files from one strategy."
              .formatted(StrategyFolder.PRIVATE, StrategyFolder.KEY));
    }
    IntervalAnalysis.require(model.network(), publicPart.manifest().features());
    this.publicPart = publicPart;
    this.model = model;
  }

  /**
   * Joins a quantised strategy and the commitment to its network.
   *
   * @throws StrategyRefusedException if the commitment is to a network of another shape
   */
  public static StrategyBundle of(QuantisedStrategy strategy, CommittedModel model) {
    return new StrategyBundle(new PublicStrategy(strategy.manifest(), model.key()), model);
  }

  /** What everyone may see. */
  public PublicStrategy publicPart() {
    return publicPart;
  }

  /** The description. */
  public StrategyManifest manifest() {
    return publicPart.manifest();
  }

  /** What the prover needs; private. */
  public CommittedModel model() {
    return model;
  }

  /** The weights; private. */
  public Network network() {
    return model.network();
  }

  /** The strategy on PyTorch; the caller closes it. */
  public DjlStrategy open() {
    return new DjlStrategy(network(), manifest().features());
  }

  /**
   * Saves everything to a new folder.
   *
   * @throws StrategyRefusedException if the folder exists or cannot be written; then nothing is
   *     left behind
   */
  public void save(Path folder) {
    StrategyFolder.write(folder, publicPart.files(Map.of(StrategyFolder.PRIVATE, model.encode())));
  }

  /**
   * Reads a folder and checks all of it: checksums, shapes, that the key belongs to the private
   * model, and that no feature vector within the declared ranges can overflow.
   *
   * @throws StrategyRefusedException naming the file that is missing or wrong, and the remedy
   */
  public static StrategyBundle load(Path folder) {
    PublicStrategy.Loaded loaded = PublicStrategy.read(folder);
    byte[] bytes = StrategyFolder.read(folder, StrategyFolder.PRIVATE, LARGEST_MODEL);
    PublicStrategy.requireChecksum(loaded.checksums(), StrategyFolder.PRIVATE, bytes);
    CommittedModel model;
    try {
      model = CommittedModel.decode(bytes);
    } catch (IllegalArgumentException e) {
      throw new StrategyRefusedException(
          "%s cannot be used: %s.".formatted(StrategyFolder.PRIVATE, e.getMessage()), e);
    }
    return new StrategyBundle(loaded.strategy(), model);
  }

  /** Name and digest only. */
  @Override
  public String toString() {
    return "StrategyBundle[" + manifest().name() + ", " + publicPart.key().digest() + "]";
  }
}
