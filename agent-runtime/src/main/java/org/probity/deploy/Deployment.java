package org.probity.deploy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.Holders;
import org.probity.intent.policy.ActionContracts;
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
    Optional<Foundation> shared) {

  public Deployment {
    deposit = new TreeMap<>(deposit);
  }

  /**
   * Whose a deployment is.
   *
   * @param sender pays for it and owns nothing of it
   * @param owner of the vault's governor, and its curator at first
   * @param recipient where exits go, for good
   * @param sentinels who may veto
   */
  record Parties(Address sender, Address owner, Address recipient, List<Address> sentinels) {

    Parties {
      sentinels = List.copyOf(sentinels);
    }

    Holders holders() {
      return new Holders(owner, recipient);
    }

    /** Whether the sender may do what only the owner can. */
    boolean areOne() {
      return sender.equals(owner);
    }
  }

  /** What vaults share, of contracts by the steps that make them; zero where a step was none. */
  static Foundation foundation(Function<Step, Address> made) {
    Function<Kind, Address> by = kind -> made.apply(Step.of(kind));
    return new Foundation(
        by.apply(Kind.VERIFIER),
        by.apply(Kind.KEYS),
        by.apply(Kind.ENGINE),
        by.apply(Kind.LOANS),
        by.apply(Kind.RULES),
        new ActionContracts(
            by.apply(Kind.ACTION),
            by.apply(Kind.V3_PATHS),
            by.apply(Kind.V2),
            by.apply(Kind.V4),
            by.apply(Kind.AAVE_DESK)),
        by.apply(Kind.ORDER),
        new SourceContracts(
            by.apply(Kind.TWAP_RETURNS),
            by.apply(Kind.CHAINLINK_RETURNS),
            by.apply(Kind.SIGNED_REPORT)),
        by.apply(Kind.FACTORY),
        by.apply(Kind.LENS));
  }

  /** Each contract of it by the step that makes it. */
  static NavigableMap<Step, Address> contracts(Foundation foundation) {
    NavigableMap<Step, Address> contracts = new TreeMap<>();
    contracts.put(Step.of(Kind.VERIFIER), foundation.verifier());
    contracts.put(Step.of(Kind.KEYS), foundation.keys());
    contracts.put(Step.of(Kind.LOANS), foundation.loans());
    contracts.put(Step.of(Kind.ENGINE), foundation.engine());
    contracts.put(Step.of(Kind.RULES), foundation.rules());
    contracts.put(Step.of(Kind.ACTION), foundation.actions().route());
    contracts.put(Step.of(Kind.V3_PATHS), foundation.actions().pools());
    contracts.put(Step.of(Kind.V2), foundation.actions().pairs());
    contracts.put(Step.of(Kind.V4), foundation.actions().keys());
    contracts.put(Step.of(Kind.AAVE_DESK), foundation.actions().desk());
    contracts.put(Step.of(Kind.ORDER), foundation.order());
    contracts.put(Step.of(Kind.TWAP_RETURNS), foundation.sources().twapReturns());
    contracts.put(Step.of(Kind.CHAINLINK_RETURNS), foundation.sources().chainlinkReturns());
    contracts.put(Step.of(Kind.SIGNED_REPORT), foundation.sources().signedReport());
    contracts.put(Step.of(Kind.FACTORY), foundation.factory());
    contracts.put(Step.of(Kind.LENS), foundation.lens());
    contracts.values().removeIf(Address.ZERO::equals);
    return contracts;
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
        if (Step.of(kind).isOf(sight.surroundings())) {
          steps.add(Step.of(kind));
        }
      }
    }
    if (shared.isEmpty() || !holdsKey(shared.get())) {
      steps.add(Step.of(Kind.KEY));
    }
    steps.add(Step.of(Kind.VAULT));
    if (parties.areOne()) {
      for (int i = 0; i < parties.sentinels().size(); i++) {
        steps.add(new Step(Kind.SENTINEL, i, parties.sentinels().get(i).toString()));
      }
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
  Policy policy(Foundation made) {
    Bytes32 model = bundle.model().key().digest();
    return sight
        .written()
        .policy(
            sight.facts(),
            new Contracts(
                model, VaultDeployment.keyAt(chain, made, model), made.sources(), made.actions()));
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
