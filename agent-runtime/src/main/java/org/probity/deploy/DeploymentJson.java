package org.probity.deploy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import org.probity.agent.checks.CheckReport;

/** The line that {@code deploy --json} ends with, as {@code deploy.schema.json} describes it. */
final class DeploymentJson {

  private static final int COIN_DECIMALS = 18;

  private DeploymentJson() {}

  /**
   * @param plan empty if something is wrong
   * @param made empty if nothing was sent
   */
  static String line(
      CheckReport checks, Optional<DeploymentPlan> plan, Optional<DeploymentRecord> made) {
    ObjectNode root = checks.tree();
    plan.ifPresentOrElse(known -> plan(root.putObject("plan"), known), () -> root.putNull("plan"));
    made.ifPresentOrElse(
        record -> root.set("deployment", record.tree()), () -> root.putNull("deployment"));
    return root.toString();
  }

  private static void plan(ObjectNode node, DeploymentPlan plan) {
    ArrayNode transactions = node.putArray("transactions");
    plan.gas()
        .forEach((step, gas) -> transactions.addObject().put("name", step.id()).put("gas", gas));
    node.put("gas", plan.total())
        .put("costNow", coins(plan.costNow()))
        .put("costCapped", coins(plan.costCapped()));
  }

  private static String coins(BigInteger wei) {
    return new BigDecimal(wei, COIN_DECIMALS).stripTrailingZeros().toPlainString();
  }
}
