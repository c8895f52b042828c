package org.probity.agent.checks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBearing;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.Asset;
import org.probity.settings.PolicySettings.Pool;

/**
 * A policy as it was looked at: what it says, what it bears, and what came of each check.
 *
 * @param sight what there is to see of it; empty if file and chain do not make a policy
 */
public record PolicyReview(CheckReport report, Optional<Sight> sight) {

  private static final long DAY = 86_400;

  /**
   * A policy with what it means on its chain.
   *
   * @param facts what the chain says of that which the file names
   * @param surroundings what of the chain a vault believes
   * @param policy with addresses in the place of a release's contracts that are not there yet
   * @param tokens of the assets, the numeraire first
   * @param pools one for each of the policy's
   */
  public record Sight(
      PolicySettings written,
      PolicySettings.Facts facts,
      VaultDeployment.Surroundings surroundings,
      Policy policy,
      List<Token> tokens,
      List<PolicyBearing.PoolFacts> pools,
      PolicyBearing bearing) {
    public Sight {
      tokens = List.copyOf(tokens);
      pools = List.copyOf(pools);
    }

    private String amount(BigInteger units) {
      return tokens.getFirst().amount(units);
    }
  }

  /** The exit status: 0, or 1 if something is wrong or contradicts. */
  public int status() {
    return report.worst() == Finding.Verdict.WRONG ? 1 : 0;
  }

  /** The policy and what it bears, for people; nothing if there is none. */
  public List<String> lines() {
    return sight.map(PolicyReview::lines).orElse(List.of());
  }

  private static List<String> lines(Sight seen) {
    List<String> lines = new ArrayList<>();
    Policy.Numbers n = seen.policy.limits().numbers();
    line(lines, "numeraire", seen.tokens.getFirst().toString());
    for (int i = 1; i < seen.tokens.size(); i++) {
      asset(lines, seen, i);
    }
    line(
        lines,
        "decisions",
        "every %s, %s old at most, trades at least %s apart"
            .formatted(time(n.step()), time(n.maxAge()), time(n.minInterval())));
    line(
        lines,
        "prices",
        "means of %s; at most %s bps worse, fees included; %s ticks of drift"
            .formatted(time(n.window()), n.maxSlippageBps(), n.maxDrift()));
    line(
        lines,
        "steps",
        "%s to %s, %s bps of fee times depth at most, %s bps filled at least"
            .formatted(
                seen.amount(n.minTrade()),
                seen.amount(n.maxAction()),
                n.depthShareBps(),
                n.minFillBps()));
    line(
        lines,
        "losses",
        "stops at %s a day and %s in thirty, refuses a decision that loses more than %s"
            .formatted(
                seen.amount(n.dayLoss()),
                seen.amount(n.monthLoss()),
                seen.amount(n.maxLossPerAction())));
    for (int i = 0; i < seen.written.venues().size(); i++) {
      venue(lines, seen, i);
    }
    lending(lines, seen);
    model(lines, seen);
    List<String> rings = new ArrayList<>();
    for (int i = 0; i < seen.pools.size(); i++) {
      rings.add(
          "%s has %s"
              .formatted(seen.written.pools().get(i).name(), seen.pools.get(i).cardinality()));
    }
    line(
        lines,
        "rings",
        "%s places are needed; %s".formatted(seen.bearing.ringNeeded(), String.join(", ", rings)));
    seen.bearing.sentences().forEach(sentence -> lines.add("    " + sentence));
    return lines;
  }

  private static void asset(List<String> lines, Sight seen, int index) {
    Asset written = seen.written.assets().get(index);
    Policy.Exposure exposure = seen.policy.limits().exposures().get(index - 1);
    List<String> route = new ArrayList<>();
    for (int pool : written.route()) {
      route.add(
          "%s (%s)"
              .formatted(
                  seen.written.pools().get(pool).name(),
                  fee(seen.policy.parts().pools().get(pool).fee())));
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%s over %s; bought up to %s and %s bps of all"
            .formatted(
                seen.tokens.get(index),
                String.join(", ", route),
                seen.amount(exposure.most()),
                exposure.mostBps()));
    written
        .feed()
        .ifPresent(feed ->
            text.append("; by feed %s".formatted(feed.proxy()))
                .append(feed.inNumeraire() ? ", which is said to be in the numeraire" : ""));
    written
        .secondPool()
        .ifPresent(pool ->
            text.append("; beside pool %s".formatted(seen.written.pools().get(pool).name())));
    if (written.sellOnly()) {
      text.append("; nothing more of it is bought");
    }
    line(lines, written.name(), text.toString());
  }

  private static String fee(int fee) {
    return BigDecimal.valueOf(fee, 4).stripTrailingZeros().toPlainString() + " %";
  }

  private static void venue(List<String> lines, Sight seen, int index) {
    PolicySettings.Venue written = seen.written.venues().get(index);
    Policy.PoolLimits limits = seen.policy.limits().venues().get(index);
    line(
        lines,
        "venue " + (index + 1),
        "%s, %s for %s, from a liquidity of %s on, counted with %s"
            .formatted(
                written.name(),
                seen.written.assets().get(written.asset()).name(),
                fee(seen.policy.parts().venues().get(index).fee()),
                limits.minLiquidity(),
                limits.countedLiquidity()));
  }

  private static void lending(List<String> lines, Sight seen) {
    Policy.Lending lending = seen.policy.parts().lending();
    if (!lending.exists()) {
      return;
    }
    line(
        lines,
        "lending",
        "Aave v3 by its pool %s%s; a health factor of at least %s"
            .formatted(
                lending.pool(),
                lending.eMode() == 0 ? "" : " in category " + lending.eMode(),
                BigDecimal.valueOf(seen.policy.limits().healthFloorBps(), 4)
                    .stripTrailingZeros()
                    .toPlainString()));
    for (int r = 0; r < lending.reserves().size(); r++) {
      Policy.Reserve reserve = lending.reserves().get(r);
      Policy.ReserveLimits limits = seen.policy.limits().reserves().get(r);
      line(
          lines,
          "reserve " + (r + 1),
          "%s, supplied up to %s%s"
              .formatted(
                  seen.written.assets().get(reserve.asset()).name(),
                  seen.amount(limits.mostSupplied()),
                  reserve.borrowable()
                      ? " and borrowed up to " + seen.amount(limits.mostBorrowed())
                      : ""));
    }
  }

  private static void model(List<String> lines, Sight seen) {
    Policy.Model model = seen.policy.model();
    line(lines, "agent", model.agent().toString());
    if (model.linear()) {
      line(
          lines,
          "model",
          "gives weights, %s bps a unit of output".formatted(model.weightStepBps()));
      return;
    }
    int others = seen.tokens.size() - 1;
    for (int c = 0; c < model.directions().size(); c++) {
      List<String> weights = new ArrayList<>();
      for (int i = 0; i < others; i++) {
        int weight = model.targets().get(c * others + i);
        weights.add(
            "%s %s"
                .formatted(
                    seen.written.assets().get(i + 1).name(),
                    weight == Policy.HOLD ? "held" : weight + " bps"));
      }
      List<PolicySettings.Reserve> reserves =
          seen.written.lending().map(PolicySettings.Lending::reserves).orElse(List.of());
      for (int r = 0; r < reserves.size(); r++) {
        String name = seen.written.assets().get(reserves.get(r).asset()).name();
        int at = 2 * (c * reserves.size() + r);
        if (model.lendingTargets().get(at) != Policy.HOLD) {
          weights.add("%s bps of %s supplied".formatted(model.lendingTargets().get(at), name));
        }
        if (model.lendingTargets().get(at + 1) != Policy.HOLD) {
          weights.add("%s bps in %s owed".formatted(model.lendingTargets().get(at + 1), name));
        }
      }
      int directions = model.directions().get(c);
      String way =
          switch (directions & 3) {
            case 0 -> ", without trades";
            case 1 -> ", by sales alone";
            case 2 -> ", by buys alone";
            default -> "";
          };
      if (!reserves.isEmpty() && directions >> 2 != 3) {
        way +=
            switch (directions >> 2) {
              case 1 -> "; borrows and takes back alone";
              case 2 -> "; repays and supplies alone";
              default -> "; leaves loans alone";
            };
      }
      line(lines, "class " + c, String.join(", ", weights) + way);
    }
  }

  private static void line(List<String> lines, String name, String text) {
    lines.add(String.format(Locale.ROOT, "    %-10s %s", name, text));
  }

  private static String time(long seconds) {
    return seconds % DAY == 0 && seconds > 0
        ? seconds / DAY + " d"
        : seconds % 3600 == 0
            ? seconds / 3600 + " h"
            : seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }

  /** All of it as one line, as {@code policy.schema.json} describes it. */
  public String json() {
    ObjectNode root = report.tree();
    if (sight.isEmpty()) {
      root.putNull("policy");
    } else {
      tree(root.putObject("policy"), sight.get());
    }
    return CheckReport.text(root);
  }

  private static void tree(ObjectNode policy, Sight seen) {
    ArrayNode assets = policy.putArray("assets");
    for (int i = 0; i < seen.tokens.size(); i++) {
      Token token = seen.tokens.get(i);
      ObjectNode asset =
          assets
              .addObject()
              .put("name", seen.written.assets().get(i).name())
              .put("token", token.address().toString())
              .put("decimals", token.decimals());
      if (i > 0) {
        PolicyBearing.LargestStep step = seen.bearing.largestSteps().get(i - 1);
        asset
            .put("largestBuy", whole(seen, step.buy()))
            .put("largestSale", whole(seen, step.sale()))
            .put("feeTicks", step.feeTicks())
            .put("impactTicks", step.impactTicks());
      }
    }
    ArrayNode pools = policy.putArray("pools");
    for (int i = 0; i < seen.pools.size(); i++) {
      Pool pool = seen.written.pools().get(i);
      pools
          .addObject()
          .put("name", pool.name())
          .put("address", pool.address().toString())
          .put("fee", seen.policy.parts().pools().get(i).fee())
          .put("liquidity", seen.pools.get(i).liquidity().toString())
          .put("cardinality", seen.pools.get(i).cardinality());
    }
    ArrayNode venues = policy.putArray("venues");
    for (int i = 0; i < seen.written.venues().size(); i++) {
      PolicyBearing.LargestStep step = seen.bearing.largestStepsAtVenues().get(i);
      venues
          .addObject()
          .put("name", seen.written.venues().get(i).name())
          .put("asset", seen.written.assets().get(step.asset()).name())
          .put("fee", seen.policy.parts().venues().get(i).fee())
          .put("liquidity", seen.facts.venues().get(i).liquidity().toString())
          .put("largestBuy", whole(seen, step.buy()))
          .put("largestSale", whole(seen, step.sale()));
    }
    policy
        .put("worstDay", whole(seen, seen.bearing.worstDay()))
        .put("worstTurnover", whole(seen, seen.bearing.worstTurnover()))
        .put("honestLossPerDay", whole(seen, seen.bearing.honestLossPerDay()))
        .put("ringNeeded", seen.bearing.ringNeeded());
    ArrayNode contradictions = policy.putArray("contradictions");
    seen.bearing.contradictions().forEach(contradictions::add);
  }

  /** Whole tokens of the numeraire, exactly. */
  private static String whole(Sight seen, BigInteger units) {
    return new BigDecimal(units, seen.tokens.getFirst().decimals())
        .stripTrailingZeros()
        .toPlainString();
  }
}
