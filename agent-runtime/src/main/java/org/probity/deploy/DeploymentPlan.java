package org.probity.deploy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.probity.agent.checks.AccountChecks;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.FeePolicy;
import org.probity.chain.RpcRefused;
import org.probity.intent.VaultDeployment;

/**
 * The transactions of a deployment, in order, and what they cost: what {@code deploy --dry-run}
 * prints and {@code deploy} executes.
 *
 * @param gas that each may use, its margin included
 * @param fees what is offered for a unit of gas, and the cap on it
 * @param baseFee of the newest block, in wei a unit of gas
 */
record DeploymentPlan(Map<Step, Long> gas, FeePolicy fees, BigInteger baseFee) {

  /** A byte of the model's key or the policy is sent, and stored as code. */
  private static final long BYTE_GAS = 240;

  /** In the place of a contract that is not there yet. */
  private static final Address SOMEWHERE =
      new Address("0x0000000000000000000000000000000000000b0b");

  DeploymentPlan {
    gas = Collections.unmodifiableMap(new LinkedHashMap<>(gas));
  }

  /**
   * Plans a deployment. What stands alone is estimated by the node; the rest cannot be before that
   * is there, so what it takes elsewhere is scaled by how dear the former is here.
   */
  static DeploymentPlan of(Deployment deployment, FeePolicy fees, BigInteger baseFee) {
    Map<Step, Call> alone = new HashMap<>();
    VaultDeployment.foundation(
        (what, call) -> {
          alone.put(Step.creating(what), call);
          return SOMEWHERE;
        },
        deployment.srs().tauG2Words(),
        deployment.sight().surroundings());
    Map<Step, Long> gas = new LinkedHashMap<>();
    double scale = 1;
    for (Step step : deployment.steps()) {
      Call call = alone.get(step);
      if (call != null) {
        long estimate = estimate(deployment, step, call);
        gas.put(step, withMargin(estimate, fees));
        scale = Math.max(scale, estimate / (double) step.kind().typical());
      } else {
        gas.put(step, withMargin((long) (scale * typical(deployment, step)), fees));
      }
    }
    return new DeploymentPlan(gas, fees, baseFee);
  }

  private static long typical(Deployment deployment, Step step) {
    long stored =
        switch (step.kind()) {
          case KEY -> deployment.bundle().model().key().bytes().length;
          case VAULT -> deployment.sight().policy().encoded().length;
          default -> 0;
        };
    return step.kind().typical() + BYTE_GAS * stored;
  }

  private static long estimate(Deployment deployment, Step step, Call call) {
    try {
      return deployment.chain().estimateGas(deployment.parties().sender(), call).longValueExact();
    } catch (RpcRefused | CallReverted e) {
      // An account without money is told so by the check of its balance.
      return step.kind().typical();
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

  long total() {
    return gas.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The plan for people, a line for each transaction and one for the sum. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    gas.forEach((step, most) ->
        lines.add(String.format(Locale.ROOT, "    %-34s up to %,12d gas", step, most)));
    lines.add(
        String.format(
            Locale.ROOT,
            "    %-34s up to %,12d gas: %s at the %s gwei of now, at most %s at the cap of %s gwei",
            gas.size() == 1 ? "1 transaction" : gas.size() + " transactions",
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
