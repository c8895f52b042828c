package org.probity.deploy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.probity.agent.checks.AccountChecks;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.FeePolicy;
import org.probity.chain.RpcRefused;
import org.probity.intent.VaultDeployment.Calls;

/**
 * The transactions of a deployment, in order, and what they cost: what {@code deploy --dry-run}
 * prints and {@code deploy} executes.
 *
 * @param gas that each may use, its margin included
 * @param fees what is offered for a unit of gas, and the cap on it
 * @param baseFee of the newest block, in wei a unit of gas
 */
public record DeploymentPlan(Map<Step, Long> gas, FeePolicy fees, BigInteger baseFee) {

  enum Step {
    VERIFIER("the verifier", 4_700_000),
    REGISTRY("the model registry", 1_300_000),
    SOURCE("the feature source", 1_200_000),
    MODEL("the model's registration", 200_000),
    VAULT("the vault", 4_500_000),
    APPROVE_BASE("the approval of the base asset", 60_000),
    APPROVE_QUOTE("the approval of the quote asset", 60_000),
    DEPOSIT("the deposit", 220_000);

    private final String words;
    private final long typical;

    /**
     * @param typical gas on a chain that counts as Ethereum does; of the model, without its key
     */
    Step(String words, long typical) {
      this.words = words;
      this.typical = typical;
    }

    boolean isForDeposit() {
      return compareTo(APPROVE_BASE) >= 0;
    }

    /** The name for machines. */
    String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** A byte of the model's key is sent, and stored as code. */
  private static final long KEY_BYTE_GAS = 240;

  /**
   * Plans a deployment. What stands alone is estimated by the node; the rest cannot be before that
   * is there, so what it takes elsewhere is scaled by how dear the former is here.
   */
  static DeploymentPlan of(Deployment deployment, FeePolicy fees, BigInteger baseFee) {
    Calls calls = new Calls(deployment.owner());
    Map<Step, Long> gas = new EnumMap<>(Step.class);
    double scale = 1;
    Map<Step, Call> alone = new EnumMap<>(Step.class);
    alone.put(Step.VERIFIER, calls.verifier(deployment.srs().tauG2Words()));
    alone.put(Step.REGISTRY, calls.registry());
    alone.put(Step.SOURCE, calls.source(deployment.features()));
    for (Map.Entry<Step, Call> entry : alone.entrySet()) {
      long estimate = estimate(deployment, entry.getKey(), entry.getValue());
      gas.put(entry.getKey(), withMargin(estimate, fees));
      scale = Math.max(scale, estimate / (double) entry.getKey().typical);
    }
    for (Step step : Step.values()) {
      boolean wanted = !step.isForDeposit() || !deployment.deposit().isEmpty();
      if (wanted && !gas.containsKey(step)) {
        long typical =
            step == Step.MODEL
                ? step.typical + KEY_BYTE_GAS * deployment.bundle().model().key().bytes().length
                : step.typical;
        gas.put(step, withMargin((long) (scale * typical), fees));
      }
    }
    return new DeploymentPlan(gas, fees, baseFee);
  }

  private static long estimate(Deployment deployment, Step step, Call call) {
    try {
      return deployment.chain().estimateGas(deployment.owner(), call).longValueExact();
    } catch (RpcRefused | CallReverted e) {
      // An account without money is told so by the check of its balance.
      return step.typical;
    }
  }

  private static long withMargin(long estimate, FeePolicy fees) {
    return estimate * (100 + fees.gasMarginPercent()) / 100;
  }

  List<Step> steps() {
    return List.copyOf(gas.keySet());
  }

  /** What it costs at the fees of now, in wei: the base fee and the tip. */
  BigInteger costNow() {
    return cost(priceNow());
  }

  /** What it can cost, in wei: the cap for all the gas that it may use. */
  BigInteger costCapped() {
    return cost(fees.maxFeePerGas());
  }

  /** Whether nothing would be sent at present. */
  boolean exceedsCap() {
    return priceNow().compareTo(fees.maxFeePerGas()) > 0;
  }

  private BigInteger priceNow() {
    return baseFee.add(fees.tipPerGas());
  }

  private BigInteger cost(BigInteger price) {
    return price.multiply(BigInteger.valueOf(total()));
  }

  private long total() {
    return gas.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The plan for people, a line for each transaction and one for the sum. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    gas.forEach((step, most) ->
        lines.add(String.format(Locale.ROOT, "    %-34s up to %,12d gas", step, most)));
    lines.add(
        String.format(
            Locale.ROOT,
            "    %-34s up to %,12d gas: %s at the %s gwei of now, at most %s at the cap of %s gwei",
            gas.size() + " transactions",
            total(),
            AccountChecks.coins(costNow()),
            gwei(priceNow()),
            AccountChecks.coins(costCapped()),
            gwei(fees.maxFeePerGas())));
    return lines;
  }

  static String gwei(BigInteger wei) {
    return new BigDecimal(wei)
        .movePointLeft(9)
        .setScale(3, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}
