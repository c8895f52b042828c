package org.probity.strategy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/**
 * Trains a network that chooses one of a few actions, by PyTorch through DJL.
 *
 * <p><b>The objective</b> is the expected payoff itself, {@code mean over samples of sum over
 * actions of p(action) * payoff(action)} with {@code p} the softmax of the logits. In a training
 * set every action's payoff is known, not only that of an action taken; so nothing has to be
 * explored or estimated, and the objective is differentiable as it stands. Labels ("the best
 * action") with cross-entropy would punish a slip that costs a hundredth of a basis point as hard
 * as one that costs a hundred of them; this objective weighs each mistake by what it costs. Because
 * it is linear in {@code p}, its optimum is a deterministic policy, which is what the argmax head
 * executes. To that comes the entropy of {@code p} with a small weight that falls to zero: without
 * it an action whose probability has once become tiny gets no gradient any more, and may never be
 * chosen again.
 *
 * <p><b>Repeatable</b>: initial weights and the order of samples come from the seed through {@link
 * SplittableRandom}, and PyTorch runs on one thread; one seed gives the same weights bit for bit on
 * one machine. On another type of processor the last bits may differ, because PyTorch chooses its
 * kernels by instruction set.
 */
public final class PolicyTraining {

  /** Gradients are recorded for the whole process at once. */
  private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

  /** Weight of the entropy at the beginning, in units of the mean spread of a sample's payoffs. */
  private static final double ENTROPY = 0.3;

  private PolicyTraining() {}

  /**
   * What to train on. The arrays are used as they are, not copied.
   *
   * @param features a row for each sample: the raw integer features
   * @param payoffs a row for each sample: what each action earns, in any unit
   */
  @SuppressWarnings("ArrayRecordComponent") // a bulk carrier, compared by identity only
  public record Samples(int[][] features, float[][] payoffs) {
    /** Refuses sets whose rows do not match. */
    public Samples {
      if (features.length == 0 || features.length != payoffs.length) {
        throw new IllegalArgumentException(
            "A training set needs as many payoff rows as feature rows, and at least one.");
      }
    }

    /** Number of samples. */
    public int size() {
      return features.length;
    }

    /** Number of features of a sample. */
    public int inputs() {
      return features[0].length;
    }

    /** Number of actions. */
    public int actions() {
      return payoffs[0].length;
    }
  }

  /**
   * How to train.
   *
   * @param hidden widths of the hidden layers
   * @param steps number of gradient steps
   * @param batch samples in a step
   * @param learningRate of Adam at the beginning; falls to zero along half a cosine
   * @param seed of the initial weights and of the order of samples
   */
  public record Options(
      List<Integer> hidden, int steps, int batch, double learningRate, long seed) {
    /** Copies the list. */
    public Options {
      hidden = List.copyOf(hidden);
    }
  }

  /** Told now and then how far a training is. */
  @FunctionalInterface
  public interface Progress {
    /** For those who do not want to know. */
    Progress NONE = (step, steps, meanPayoff) -> {};

    /**
     * Called about fifty times in a training, and at its end.
     *
     * @param step steps done
     * @param steps steps in all
     * @param meanPayoff mean payoff of the latest batch under the network's probabilities, in the
     *     unit of the samples
     */
    void at(int step, int steps, double meanPayoff);
  }

  /**
   * Trains a network from scratch. Trainings in one process wait for each other.
   *
   * @throws StrategyRefusedException if the training diverges
   */
  public static FloatNetwork train(Samples samples, Options options, Progress progress) {
    return run(
        samples,
        options,
        (step, steps, payoff, _) -> {
          progress.at(step, steps, payoff);
          return true;
        });
  }

  /**
   * A network that did best on samples that it was not trained on.
   *
   * @param network as it was at its best
   * @param step after which it was
   * @param steps that were done; fewer than asked for if training stopped early
   * @param validationPayoff its mean payoff on the other samples, in their unit
   */
  public record Stopped(FloatNetwork network, int step, int steps, double validationPayoff) {}

  /** Told what each evaluation found. */
  @FunctionalInterface
  public interface Evaluations {
    /**
     * Called about fifty times in a training.
     *
     * @param step steps done
     * @param steps steps at most
     * @param trainingPayoff mean payoff of the latest batch under the network's probabilities
     * @param validationPayoff mean payoff of the network's choices on the other samples
     */
    void at(int step, int steps, double trainingPayoff, double validationPayoff);
  }

  /**
   * Trains a network from scratch and keeps it as it was when it did best on other samples; stops
   * when {@code patience} evaluations in a row have brought nothing better.
   *
   * @param validation samples of another stretch of time than {@code samples}
   * @param patience evaluations, of about fifty in all the steps
   * @throws StrategyRefusedException if the training diverges
   */
  public static Stopped train(
      Samples samples, Samples validation, Options options, int patience, Evaluations evaluations) {
    if (validation.inputs() != samples.inputs() || validation.actions() != samples.actions()) {
      throw new IllegalArgumentException(
          "Training and validation samples must have the same features and actions.");
    }
    var best = new BestSoFar(validation, patience, evaluations);
    run(samples, options, best);
    return best.result();
  }

  /** What happens at an evaluation. */
  @FunctionalInterface
  private interface Watch {
    /** Whether training goes on. */
    boolean at(int step, int steps, double payoff, Supplier<FloatNetwork> now);
  }

  /** The early stopping. */
  private static final class BestSoFar implements Watch {
    private final Samples validation;
    private final int patience;
    private final Evaluations evaluations;
    private @Nullable Stopped best;
    private int without;
    private int done;

    BestSoFar(Samples validation, int patience, Evaluations evaluations) {
      this.validation = validation;
      this.patience = patience;
      this.evaluations = evaluations;
    }

    @Override
    public boolean at(int step, int steps, double payoff, Supplier<FloatNetwork> now) {
      FloatNetwork network = now.get();
      double judged = meanPayoff(network, validation);
      done = step;
      evaluations.at(step, steps, payoff, judged);
      if (best == null || judged > best.validationPayoff()) {
        best = new Stopped(network, step, step, judged);
        without = 0;
      } else {
        without++;
      }
      return without < patience;
    }

    Stopped result() {
      if (best == null) {
        throw new IllegalStateException("A training has at least one evaluation");
      }
      return new Stopped(best.network(), best.step(), done, best.validationPayoff());
    }
  }

  /** The mean payoff of a network's choices, in the unit of the samples. */
  public static double meanPayoff(FloatNetwork network, Samples samples) {
    double sum = 0;
    for (int i = 0; i < samples.size(); i++) {
      sum += samples.payoffs()[i][network.choose(FeatureVector.of(samples.features()[i])).index()];
    }
    return sum / samples.size();
  }

  private static FloatNetwork run(Samples samples, Options options, Watch watch) {
    ONE_AT_A_TIME.lock();
    try (NDManager manager = Torch.newManager()) {
      return run(manager, samples, options, watch);
    } finally {
      ONE_AT_A_TIME.unlock();
    }
  }

  private static FloatNetwork run(
      NDManager manager, Samples samples, Options options, Watch watch) {
    var random = new SplittableRandom(options.seed());
    int inputs = samples.inputs();
    double[] scales = standardDeviations(samples.features());
    double unit = meanSpread(samples.payoffs());

    var widths = new ArrayList<Integer>(options.hidden());
    widths.add(samples.actions());
    var parameters = new NDList();
    int width = inputs;
    for (int l = 0; l < widths.size(); l++) {
      int outputs = widths.get(l);
      // He initialisation; the head starts small, so that no action is preferred at first.
      double deviation = Math.sqrt(2.0 / width) * (l == widths.size() - 1 ? 0.1 : 1);
      float[] weights = new float[width * outputs];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (random.nextGaussian() * deviation);
      }
      parameters.add(manager.create(weights, new Shape(width, outputs)));
      parameters.add(manager.zeros(new Shape(outputs)));
      width = outputs;
    }
    for (NDArray parameter : parameters) {
      parameter.setRequiresGradient(true);
    }

    int steps = options.steps();
    Optimizer optimizer =
        Optimizer.adam()
            .optLearningRateTracker(
                Tracker.cosine()
                    .setBaseValue((float) options.learningRate())
                    .optFinalValue(0)
                    .setMaxUpdates(steps)
                    .build())
            .build();
    int[] order = new int[samples.size()];
    Arrays.setAll(order, i -> i);
    int next = order.length;
    int batch = Math.min(options.batch(), order.length);
    float[] x = new float[batch * inputs];
    float[] gains = new float[batch * samples.actions()];
    for (int step = 1; step <= steps; step++) {
      for (int row = 0; row < batch; row++) {
        if (next == order.length) {
          shuffle(order, random);
          next = 0;
        }
        int sample = order[next++];
        for (int j = 0; j < inputs; j++) {
          x[row * inputs + j] = (float) (samples.features()[sample][j] / scales[j]);
        }
        for (int a = 0; a < samples.actions(); a++) {
          gains[row * samples.actions() + a] = (float) (samples.payoffs()[sample][a] / unit);
        }
      }
      double entropy = ENTROPY * (1 - (double) step / steps);
      double payoff = unit * step(manager, optimizer, parameters, x, gains, batch, entropy);
      boolean due = step == steps || step % Math.max(1, steps / 50) == 0;
      if (due && !watch.at(step, steps, payoff, () -> network(parameters, scales))) {
        break;
      }
    }
    return network(parameters, scales);
  }

  /** One gradient step; returns the mean payoff of the batch before it, in units of the spread. */
  private static double step(
      NDManager manager,
      Optimizer optimizer,
      NDList parameters,
      float[] x,
      float[] gains,
      int batch,
      double entropyWeight) {
    double payoff;
    // Everything made on the way belongs to the inner manager and is freed with it.
    try (NDManager inner = manager.newSubManager()) {
      try (GradientCollector collector = Torch.engine().newGradientCollector()) {
        Objective objective = objective(inner, parameters, x, gains, batch, entropyWeight);
        collector.backward(objective.loss());
        payoff = objective.payoff().getFloat();
      }
      for (int p = 0; p < parameters.size(); p++) {
        try (NDArray gradient = parameters.get(p).getGradient()) {
          // Clears the gradient too, to which the next backward pass would add.
          optimizer.update(Integer.toString(p), parameters.get(p), gradient);
        }
      }
    }
    return payoff;
  }

  /**
   * What a step goes by.
   *
   * @param loss what it makes smaller
   * @param payoff mean payoff of the batch, in units of the spread
   */
  record Objective(NDArray loss, NDArray payoff) {}

  /** The objective of a batch, on tape: until the backward pass its numbers must stay in memory. */
  static Objective objective(
      NDManager inner,
      NDList parameters,
      float[] x,
      float[] gains,
      int batch,
      double entropyWeight) {
    NDArray activations = inner.create(x, new Shape(batch, x.length / batch));
    int layers = parameters.size() / 2;
    for (int l = 0; l < layers; l++) {
      activations = activations.matMul(parameters.get(2 * l)).add(parameters.get(2 * l + 1));
      if (l < layers - 1) {
        activations = Activation.relu(activations);
      }
    }
    NDArray logProbabilities = activations.logSoftmax(1);
    NDArray probabilities = logProbabilities.exp();
    NDArray entropy = probabilities.mul(logProbabilities).sum(new int[] {1}).mean().neg();
    NDArray expected =
        probabilities
            .mul(inner.create(gains, new Shape(batch, gains.length / batch)))
            .sum(new int[] {1})
            .mean();
    // An array of the inner manager, not a plain number: DJL would put that into a direct buffer of
    // its own and let go of it at once, while the tape still points there. A garbage collection
    // before the backward pass then frees it, and the gradient is of whatever comes to lie there.
    NDArray weight = inner.create(entropyWeight);
    return new Objective(expected.add(entropy.mul(weight)).neg(), expected);
  }

  /**
   * Reads the weights back, transposed to a row for each output, with the scaling of the inputs
   * folded into the first layer.
   */
  private static FloatNetwork network(NDList parameters, double[] scales) {
    var layers = new ArrayList<FloatLayer>();
    for (int l = 0; l < parameters.size() / 2; l++) {
      float[] columns = parameters.get(2 * l).toFloatArray();
      float[] offsets = parameters.get(2 * l + 1).toFloatArray();
      int outputs = offsets.length;
      int width = columns.length / outputs;
      double[] weights = new double[columns.length];
      double[] biases = new double[outputs];
      for (int i = 0; i < outputs; i++) {
        biases[i] = offsets[i];
        for (int j = 0; j < width; j++) {
          weights[i * width + j] = columns[j * outputs + i] / (l == 0 ? scales[j] : 1);
        }
      }
      layers.add(new FloatLayer(weights, biases));
    }
    return new FloatNetwork(scales.length, layers, Readout.ARGMAX);
  }

  /** Root of the mean square of each feature, 1 for a feature that is always 0. */
  private static double[] standardDeviations(int[][] features) {
    double[] scales = new double[features[0].length];
    for (int j = 0; j < scales.length; j++) {
      double squares = 0;
      for (int[] sample : features) {
        squares += (double) sample[j] * sample[j];
      }
      scales[j] = squares == 0 ? 1 : Math.sqrt(squares / features.length);
    }
    return scales;
  }

  /**
   * Mean difference between the best and the worst action of a sample: the scale of the payoffs.
   */
  private static double meanSpread(float[][] payoffs) {
    double sum = 0;
    for (float[] row : payoffs) {
      float best = row[0];
      float worst = row[0];
      for (float payoff : row) {
        best = Math.max(best, payoff);
        worst = Math.min(worst, payoff);
      }
      sum += best - worst;
    }
    return sum == 0 ? 1 : sum / payoffs.length;
  }

  private static void shuffle(int[] order, SplittableRandom random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }
}
