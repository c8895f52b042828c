package org.probity.agent;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.intent.AssetDelta;
import org.probity.intent.Vault;

/**
 * What vaults trade, for people. Asked from the chain once for each vault, by threads of its own:
 * whoever tells what an agent does must not wait for a node.
 */
public final class VaultTokens {

  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("vault-tokens").start(task);

  private final Function<Address, List<Token>> ask;
  private final Map<Address, CompletableFuture<List<Token>>> tokens = new ConcurrentHashMap<>();

  public VaultTokens(Function<Address, List<Token>> ask) {
    this.ask = ask;
  }

  /** Those of vaults of a chain. */
  public static VaultTokens on(ChainClient chain) {
    return new VaultTokens(vault ->
        Vault.at(chain, vault).policy().parts().assets().stream()
            .map(asset -> Token.at(chain, asset.token()))
            .toList());
  }

  /** Sees to it that the tokens of {@code vault} will be known; asks again if that has failed. */
  public void prepare(Address vault) {
    tokens.compute(
        vault,
        (_, known) ->
            known != null && !known.isCompletedExceptionally()
                ? known
                : CompletableFuture.supplyAsync(() -> ask.apply(vault), THREADS));
  }

  /** The tokens of {@code vault}, the numeraire first; empty while they are not known. */
  public List<Token> of(Address vault) {
    @Nullable CompletableFuture<List<Token>> asked = tokens.get(vault);
    return asked == null || asked.isCompletedExceptionally() ? List.of() : asked.getNow(List.of());
  }

  /**
   * What an execution has exchanged, such as {@code sold 4.067 WETH for 9,990.12 USD}.
   *
   * @param deltas what the vault gained, in its policy's order: the numeraire first, if it moved
   */
  public String words(Address vault, List<AssetDelta> deltas) {
    if (deltas.isEmpty()) {
      return "recorded, no trade";
    }
    List<Token> known = of(vault);
    Address numeraire = known.isEmpty() ? deltas.getFirst().asset() : known.getFirst().address();
    String traded =
        deltas.stream()
            .filter(delta -> !delta.asset().equals(numeraire))
            .map(delta ->
                "%s %s"
                    .formatted(
                        delta.amount().signum() < 0 ? "sold" : "bought", amount(known, delta)))
            .collect(Collectors.joining(", "));
    Optional<AssetDelta> money =
        deltas.stream().filter(delta -> delta.asset().equals(numeraire)).findFirst();
    return money
        .map(delta ->
            deltas.size() == 2
                ? "%s for %s".formatted(traded, amount(known, delta))
                : "%s: %s %s"
                    .formatted(
                        traded,
                        amount(known, delta),
                        delta.amount().signum() < 0 ? "less" : "more"))
        .orElse(traded);
  }

  private static String amount(List<Token> known, AssetDelta delta) {
    BigInteger units = delta.amount().abs();
    return known.stream()
        .filter(token -> token.address().equals(delta.asset()))
        .map(token -> token.amount(units))
        .findFirst()
        .orElseGet(() -> "%s smallest units of %s".formatted(units, delta.asset()));
  }
}
