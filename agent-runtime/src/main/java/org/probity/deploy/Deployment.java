package org.probity.deploy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.PoolFacts;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.VaultPolicy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Srs;

/**
 * What is to be deployed, once all of it is known to fit.
 *
 * @param owner pays, and owns what has an owner
 * @param base the token whose weight the decisions set
 * @param deposit of base and quote asset, in this order; empty if there is none
 */
public record Deployment(
    ChainClient chain,
    Address owner,
    StrategyBundle bundle,
    Srs srs,
    TwapDefinition features,
    PoolFacts market,
    Token base,
    VaultPolicy policy,
    List<Amount> deposit) {

  /** The owner's name for the model's slot: a registry of its own has no other. */
  static final Bytes32 SALT = Bytes32.of(new byte[Bytes32.SIZE]);

  static final long REPLACEMENT_DELAY_SECONDS = 2 * 86_400;

  Token quote() {
    return market.other(base);
  }

  /** Tells deployments apart: what is begun for one is not gone on with for another. */
  String fingerprint() {
    String all =
        String.join(
            " ",
            Long.toString(chain.chainId()),
            chain.head(BlockTag.at(0)).map(Head::hash).map(Bytes32::hex).orElse(""),
            owner.hex(),
            bundle.model().key().digest().toString(),
            srs.digest().toString(),
            features.toString(),
            market.pool().address().hex(),
            base.address().hex(),
            policy.toString(),
            deposit.stream().map(Amount::units).map(BigInteger::toString).toList().toString());
    return Bytes.of(all.getBytes(StandardCharsets.UTF_8)).keccak().hex();
  }
}
