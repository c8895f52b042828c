package org.probity.deploy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.probity.agent.Token;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.PolicyReview;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.deploy.Step.Kind;
import org.probity.ground.Bytes32;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Creation;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.settings.PolicySettings.Contracts;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/**
 * What is to be deployed, once all of it is known to fit.
 *
 * @param parties whose it is
 * @param sight the policy, as it was looked at
 * @param deposit by the place of the asset in the policy; none of them is 0
 * @param shared what is there already and is used; empty if all is to be made
 */
record Deployment(
    ChainClient chain,
    Parties parties,
    StrategyBundle bundle,
    Srs srs,
    PolicyReview.Sight sight,
    NavigableMap<Integer, Amount> deposit,
    Optional<Shared> shared) {

  public Deployment {
    deposit = new TreeMap<>(deposit);
  }

  /**
   * Whose a deployment is.
   *
   * @param sender pays for it and owns nothing of it
   * @param owner commands the vault
   * @param recipient where exits go, for good
   */
  record Parties(Address sender, Address owner, Address recipient) {

    /** Whether the sender may put the owner's money in. */
    boolean areOne() {
      return sender.equals(owner);
    }
  }

  /** What vaults share. */
  record Shared(Foundation foundation, SourceContracts sources) {

    /** All of it, made or found by {@code creation}. */
    static Shared by(Creation creation, Srs srs, VaultDeployment.Surroundings surroundings) {
      return new Shared(
          VaultDeployment.foundation(creation, srs.tauG2Words(), surroundings),
          VaultDeployment.sources(creation));
    }

    /** The same of contracts by the steps that make them. */
    static Shared of(Function<Step, Address> made) {
      Function<Kind, Address> by = kind -> made.apply(Step.of(kind));
      return new Shared(
          new Foundation(
              by.apply(Kind.VERIFIER),
              by.apply(Kind.KEYS),
              by.apply(Kind.ENGINE),
              by.apply(Kind.RULES),
              by.apply(Kind.ACTION)),
          new SourceContracts(
              by.apply(Kind.TWAP_RETURNS),
              by.apply(Kind.CHAINLINK_RETURNS),
              by.apply(Kind.SIGNED_REPORT)));
    }

    /** Each contract by the step that makes it. */
    NavigableMap<Step, Address> contracts() {
      return new TreeMap<>(
          Map.of(
              Step.of(Kind.VERIFIER), foundation.verifier(),
              Step.of(Kind.KEYS), foundation.keys(),
              Step.of(Kind.ENGINE), foundation.engine(),
              Step.of(Kind.RULES), foundation.rules(),
              Step.of(Kind.ACTION), foundation.action(),
              Step.of(Kind.TWAP_RETURNS), sources.twapReturns(),
              Step.of(Kind.CHAINLINK_RETURNS), sources.chainlinkReturns(),
              Step.of(Kind.SIGNED_REPORT), sources.signedReport()));
    }
  }

  Address agent() {
    return sight.policy().model().agent();
  }

  Token token(int asset) {
    return sight.tokens().get(asset);
  }

  /** What is to be sent, in order. */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    if (shared.isEmpty()) {
      for (Kind kind : Kind.values()) {
        if (Step.of(kind).isOfFoundation()) {
          steps.add(Step.of(kind));
        }
      }
    }
    if (shared.isEmpty() || !holdsKey(shared.get().foundation())) {
      steps.add(Step.of(Kind.KEY));
    }
    steps.add(Step.of(Kind.VAULT));
    if (parties.areOne()) {
      for (Kind kind : List.of(Kind.APPROVAL, Kind.DEPOSIT)) {
        deposit.keySet().forEach(i -> steps.add(new Step(kind, i, token(i).symbol())));
      }
    }
    return List.copyOf(steps);
  }

  /** Whether the model's key is stored. */
  boolean holdsKey(Foundation foundation) {
    try {
      VaultDeployment.keyAt(chain, foundation, bundle.model().key().digest());
      return true;
    } catch (CallReverted e) {
      return false;
    }
  }

  /** The policy with the contracts that it refers to. */
  Policy policy(Shared made) {
    Bytes32 model = bundle.model().key().digest();
    return sight
        .written()
        .policy(
            sight.facts(),
            new Contracts(
                model,
                VaultDeployment.keyAt(chain, made.foundation(), model),
                made.sources(),
                made.foundation().action()));
  }

  /**
   * Tells deployments apart: what is begun for one is not gone on with for another. It is of what
   * was written and not of what pools hold, which changes while one waits.
   */
  String fingerprint() {
    String all =
        String.join(
            " ",
            Long.toString(chain.chainId()),
            chain.head(BlockTag.at(0)).map(Head::hash).map(Bytes32::hex).orElse(""),
            parties.toString(),
            bundle.model().key().digest().toString(),
            srs.digest().toString(),
            sight.written().toString(),
            shared.toString(),
            deposit.values().stream().map(Amount::units).map(BigInteger::toString).toList()
                + " of "
                + deposit.keySet());
    return Bytes.of(all.getBytes(StandardCharsets.UTF_8)).keccak().hex();
  }
}
