package org.probity.run;

import java.math.BigInteger;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.intent.Vault;

/**
 * What vaults trade, for people. Asked from the chain once for each vault, by threads of its own:
 * whoever tells what an agent does must not wait for a node.
 */
final class VaultTokens {

  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("vault-tokens").start(task);

  private final Function<Address, Pair> ask;
  private final Map<Address, CompletableFuture<Pair>> pairs = new ConcurrentHashMap<>();

  /** What a vault trades. */
  record Pair(Token base, Token quote) {}

  VaultTokens(Function<Address, Pair> ask) {
    this.ask = ask;
  }

  /** Those of vaults of a chain. */
  static VaultTokens on(ChainClient chain) {
    return new VaultTokens(vault -> {
      Vault.Parts parts = Vault.at(chain, vault).parts();
      return new Pair(Token.at(chain, parts.base()), Token.at(chain, parts.quote()));
    });
  }

  /** Sees to it that the tokens of {@code vault} will be known; asks again if that has failed. */
  void prepare(Address vault) {
    pairs.compute(
        vault,
        (_, known) ->
            known != null && !known.isCompletedExceptionally()
                ? known
                : CompletableFuture.supplyAsync(() -> ask.apply(vault), THREADS));
  }

  /**
   * What an execution has exchanged, such as {@code sold 4.067 WETH for 9,990.12 USD}.
   *
   * @param base what the vault gained of its base asset, in the smallest unit
   * @param quote the same of its quote asset
   */
  String words(Address vault, BigInteger base, BigInteger quote) {
    if (base.signum() == 0 && quote.signum() == 0) {
      return "recorded, no trade";
    }
    @Nullable CompletableFuture<Pair> asked = pairs.get(vault);
    @Nullable Pair known =
        asked == null || asked.isCompletedExceptionally() ? null : asked.getNow(null);
    String gained = known == null ? raw(base, "base") : known.base().amount(base.abs());
    String paid = known == null ? raw(quote, "quote") : known.quote().amount(quote.abs());
    return "%s %s for %s".formatted(base.signum() < 0 ? "sold" : "bought", gained, paid);
  }

  private static String raw(BigInteger units, String asset) {
    return "%s smallest units of the %s asset".formatted(units.abs(), asset);
  }
}
