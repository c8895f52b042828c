package org.probity.governance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.chain.Address;
import org.probity.intent.policy.PolicyBearing;

/**
 * Vaults, and what they are together. Each counts a pool's depth for itself, so that several on one
 * pool take several times what one may: nothing on the chain adds that up.
 */
public record OwnersVaults(List<VaultInspection> vaults) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public OwnersVaults {
    vaults = List.copyOf(vaults);
  }

  /** What is booked in all of them, by token. */
  private List<Amount> booked() {
    Map<Token, BigInteger> sums = new LinkedHashMap<>();
    vaults.stream()
        .flatMap(vault -> vault.holdings().stream())
        .forEach(holding -> sums.merge(holding.token(), holding.booked(), BigInteger::add));
    List<Amount> amounts = new ArrayList<>();
    sums.forEach((token, units) -> amounts.add(new Amount(token, units)));
    return amounts;
  }

  /** The vaults that trade on each pool. */
  private Map<Address, List<VaultInspection>> pools() {
    Map<Address, List<VaultInspection>> pools = new LinkedHashMap<>();
    for (VaultInspection vault : vaults) {
      vault
          .policy()
          .parts()
          .pools()
          .forEach(pool -> pools.computeIfAbsent(pool.pool(), _ -> new ArrayList<>()).add(vault));
    }
    return pools;
  }

  /**
   * What each vault's steps over a pool may come to at once, in its own numeraire: the largest for
   * each, added up where the numeraires are one.
   */
  private static List<Amount> most(Address pool, List<VaultInspection> vaults) {
    Map<Token, BigInteger> sums = new LinkedHashMap<>();
    for (VaultInspection vault : vaults) {
      vault
          .bearing()
          .ifPresent(known -> {
            BigInteger largest =
                known.bearing().largestSteps().stream()
                    .filter(step -> goesOver(vault, step, pool))
                    .map(step -> step.buy().max(step.sale()))
                    .reduce(BigInteger.ZERO, BigInteger::max);
            sums.merge(vault.holdings().getFirst().token(), largest, BigInteger::add);
          });
    }
    List<Amount> amounts = new ArrayList<>();
    sums.forEach((token, units) -> amounts.add(new Amount(token, units)));
    return amounts;
  }

  private static boolean goesOver(
      VaultInspection vault, PolicyBearing.LargestStep step, Address pool) {
    return vault.policy().parts().assets().get(step.asset()).route().stream()
        .anyMatch(hop -> vault.policy().parts().pools().get(hop.pool()).pool().equals(pool));
  }

  /** What they are together, for people. */
  public List<String> lines(Address owner) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s of %s together have %s booked"
            .formatted(
                vaults.size() == 1 ? "1 vault" : vaults.size() + " vaults",
                owner,
                booked().stream().map(Amount::toString).collect(Collectors.joining(", "))));
    for (VaultInspection vault : vaults) {
      if (!vault.owner().equals(owner)) {
        lines.add("  %s is %s's now".formatted(vault.vault().address(), vault.owner()));
      }
    }
    pools()
        .forEach((pool, on) -> {
          if (on.size() > 1) {
            lines.add(
                "  pool %s is traded on by %s of them, whose steps at one moment come to at most %s: each alone counts on its depth"
                    .formatted(
                        pool,
                        on.size(),
                        most(pool, on).stream()
                            .map(Amount::toString)
                            .collect(Collectors.joining(" and "))));
          }
        });
    return lines;
  }

  /** All of it as one line, as {@code inspect.schema.json} describes it. */
  public String json(long chainId) {
    ObjectNode root = JSON.createObjectNode().put("chainId", chainId);
    ArrayNode each = root.putArray("vaults");
    vaults.forEach(vault -> each.add(vault.tree()));
    ObjectNode sum = root.putObject("sum");
    ArrayNode holdings = sum.putArray("holdings");
    for (Amount amount : booked()) {
      amount(holdings.addObject(), amount, "booked");
    }
    ArrayNode shared = sum.putArray("pools");
    pools()
        .forEach((pool, on) -> {
          ObjectNode one = shared.addObject().put("address", pool.toString());
          ArrayNode names = one.putArray("vaults");
          on.forEach(vault -> names.add(vault.vault().address().toString()));
          ArrayNode most = one.putArray("largestSteps");
          most(pool, on).forEach(amount -> amount(most.addObject(), amount, "amount"));
        });
    return root.toString();
  }

  private static void amount(ObjectNode node, Amount amount, String name) {
    Token token = amount.token();
    node.put("token", token.address().toString())
        .put("symbol", token.symbol())
        .put(
            name,
            new BigDecimal(amount.units(), token.decimals()).stripTrailingZeros().toPlainString());
  }
}
