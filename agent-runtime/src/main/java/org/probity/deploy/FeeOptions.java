package org.probity.deploy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.FeePolicy;
import org.probity.terminal.Complaint;
import picocli.CommandLine.Option;

/** What a transaction may cost, as options. */
public final class FeeOptions {

  private static final BigDecimal MOST_GWEI = BigDecimal.valueOf(1_000_000);

  @Option(
      names = "--max-gwei",
      paramLabel = "G",
      description =
          "The most that is paid for a unit of gas, tip and base fee together, in gwei (default: 200). While the base fee is higher, nothing is sent.")
  private @Nullable BigDecimal maxGwei;

  @Option(
      names = "--tip-gwei",
      paramLabel = "G",
      description =
          "The tip for a unit of gas, in gwei (default: what the node suggests). Polygon takes no less than 25.")
  private @Nullable BigDecimal tipGwei;

  /** The policy, asking the node for what is not given. */
  public FeePolicy policy(ChainClient chain) {
    BigInteger most =
        maxGwei == null ? FeePolicy.DEFAULT.maxFeePerGas() : wei("--max-gwei", maxGwei);
    BigInteger tip = tipGwei == null ? suggested(chain).min(most) : wei("--tip-gwei", tipGwei);
    if (tip.compareTo(most) > 0) {
      throw new Complaint(
          "--tip-gwei is %s, above --max-gwei of %s: lower the tip or raise the cap."
              .formatted(DeploymentPlan.gwei(tip), DeploymentPlan.gwei(most)));
    }
    return new FeePolicy(tip, most, FeePolicy.DEFAULT.gasMarginPercent());
  }

  private static BigInteger wei(String option, BigDecimal gwei) {
    if (gwei.signum() < 0 || gwei.compareTo(MOST_GWEI) > 0) {
      throw new Complaint(
          "%s is %s: it must be an amount of gwei from 0 to %s."
              .formatted(option, gwei.toPlainString(), MOST_GWEI.toPlainString()));
    }
    return gwei.movePointRight(9).toBigInteger();
  }

  /** Nodes that know no suggestion answer with an error; then it is the usual gwei. */
  private static BigInteger suggested(ChainClient chain) {
    try {
      String answer = chain.request("eth_maxPriorityFeePerGas").asText();
      return new BigInteger(answer.replaceFirst("^0x", ""), 16);
    } catch (ChainException | NumberFormatException e) {
      return FeePolicy.DEFAULT.tipPerGas();
    }
  }

  /** What was given, as settings of the configuration: the agent is to pay by the same rule. */
  public List<String> settings() {
    if (maxGwei == null && tipGwei == null) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("  fees {");
    if (tipGwei != null) {
      lines.add("    tip-gwei = " + tipGwei.toPlainString());
    }
    if (maxGwei != null) {
      lines.add("    max-gwei = " + maxGwei.toPlainString());
    }
    lines.add("  }");
    return lines;
  }
}
