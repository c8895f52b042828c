package org.probity.run;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.intent.AssetDelta;
import org.probity.intent.Vault;

/**
 * What vaults trade, for people. Asked from the chain once for each vault, by threads of its own:
 * whoever tells what an agent does must not wait for a node.
 */
final class VaultTokens {

  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("vault-tokens").start(task);

  private final Function<Address, List<Token>> ask;
  private final Map<Address, CompletableFuture<List<Token>>> tokens = new ConcurrentHashMap<>();

  VaultTokens(Function<Address, List<Token>> ask) {
    this.ask = ask;
  }

  /** Those of vaults of a chain. */
  static VaultTokens on(ChainClient chain) {
    return new VaultTokens(vault -> {
      Vault.Parts parts = Vault.at(chain, vault).parts();
      return List.of(Token.at(chain, parts.base()), Token.at(chain, parts.quote()));
    });
  }

  /** Sees to it that the tokens of {@code vault} will be known; asks again if that has failed. */
  void prepare(Address vault) {
    tokens.compute(
        vault,
        (_, known) ->
            known != null && !known.isCompletedExceptionally()
                ? known
                : CompletableFuture.supplyAsync(() -> ask.apply(vault), THREADS));
  }

  /**
   * What an execution has exchanged, such as {@code sold 4.067 WETH for 9,990.12 USD}.
   *
   * @param deltas what the vault gained, the asset first that is priced in the others
   */
  String words(Address vault, List<AssetDelta> deltas) {
    if (deltas.isEmpty()) {
      return "recorded, no trade";
    }
    AssetDelta first = deltas.getFirst();
    List<String> others = deltas.stream().skip(1).map(delta -> amount(vault, delta)).toList();
    return "%s %s for %s"
        .formatted(
            first.amount().signum() < 0 ? "sold" : "bought",
            amount(vault, first),
            others.isEmpty() ? "nothing" : String.join(" and ", others));
  }

  private String amount(Address vault, AssetDelta delta) {
    @Nullable CompletableFuture<List<Token>> asked = tokens.get(vault);
    List<Token> known =
        asked == null || asked.isCompletedExceptionally() ? List.of() : asked.getNow(List.of());
    BigInteger units = delta.amount().abs();
    return known.stream()
        .filter(token -> token.address().equals(delta.asset()))
        .map(token -> token.amount(units))
        .findFirst()
        .orElseGet(() -> "%s smallest units of %s".formatted(units, delta.asset()));
  }
}
