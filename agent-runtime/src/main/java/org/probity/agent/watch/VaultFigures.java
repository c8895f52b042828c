package org.probity.agent.watch;

import io.micrometer.core.instrument.Tags;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.Token;
import org.probity.agent.VaultTokens;
import org.probity.chain.Address;
import org.probity.intent.Observation;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.Notice;

/**
 * What vaults hold and what is left of their limits, in whole tokens, as the last decision of their
 * agent saw it. A vault is shown once its tokens are known.
 */
final class VaultFigures implements AgentListener {

  /** Every vault has a label of its own: those beyond are told by the API alone. */
  private static final int MOST = 100;

  private final AgentMetrics metrics;
  private final VaultTokens tokens;
  private final Map<Address, Observation> seen = new ConcurrentHashMap<>();
  private final Set<String> shown = ConcurrentHashMap.newKeySet();

  VaultFigures(AgentMetrics metrics, VaultTokens tokens) {
    this.metrics = metrics;
    this.tokens = tokens;
  }

  @Override
  public void on(String agent, Notice event) {
    if (event instanceof Notice.Decided(var proposal, var _)) {
      Address vault = proposal.mandate().vault();
      if (seen.size() < MOST || seen.containsKey(vault)) {
        seen.put(vault, proposal.observation());
      }
    }
  }

  /** Makes figures of what has been seen since. */
  void show() {
    seen.forEach((vault, last) -> {
      List<Token> known = tokens.of(vault);
      // Another policy may have brought assets that the tokens were asked before.
      if (known.size() != last.state().books().size()) {
        tokens.prepare(vault);
        return;
      }
      Token numeraire = known.getFirst();
      inNumeraire(
          vault,
          numeraire,
          "probity.vault.equity",
          "What a vault is worth at the reference prices of its last decision, in its numeraire",
          Observation::equity);
      inNumeraire(
          vault,
          numeraire,
          "probity.vault.turnover.left",
          "What a vault's allowance for trades still bears, in its numeraire",
          now -> now.state().turnoverLeft());
      inNumeraire(
          vault,
          numeraire,
          "probity.vault.day.loss",
          "What of a vault's allowance for a day's losses is used, in its numeraire",
          now -> now.state().dayLoss());
      inNumeraire(
          vault,
          numeraire,
          "probity.vault.month.loss",
          "What of a vault's allowance for a month's losses is used, in its numeraire",
          now -> now.state().monthLoss());
      known.forEach(token ->
          figure(
              vault,
              token,
              "probity.vault.holding",
              "What is booked of a vault's asset",
              Tags.of("asset", token.symbol(), "token", token.address().toString()),
              now -> held(now, token)));
    });
  }

  private static BigInteger held(Observation now, Token token) {
    return now.state().books().stream()
        .filter(book -> book.token().equals(token.address()))
        .map(VaultState.Book::amount)
        .findFirst()
        .orElse(BigInteger.ZERO);
  }

  private void inNumeraire(
      Address vault,
      Token numeraire,
      String name,
      String description,
      Function<Observation, BigInteger> units) {
    figure(vault, numeraire, name, description, Tags.of("unit", numeraire.symbol()), units);
  }

  private void figure(
      Address vault,
      Token token,
      String name,
      String description,
      Tags tags,
      Function<Observation, BigInteger> units) {
    if (shown.add("%s %s %s".formatted(name, vault, token.address()))) {
      metrics.gauge(
          name,
          description,
          tags.and("vault", vault.toString()),
          () -> {
            @Nullable Observation now = seen.get(vault);
            return now == null
                ? Double.NaN
                : new BigDecimal(units.apply(now), token.decimals()).doubleValue();
          });
    }
  }
}
