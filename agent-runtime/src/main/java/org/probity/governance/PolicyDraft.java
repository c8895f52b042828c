package org.probity.governance;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.PolicyInspection;
import org.probity.agent.checks.PolicyReview;
import org.probity.chain.Address;
import org.probity.chain.CallReverted;
import org.probity.deploy.FoundationFile;
import org.probity.ground.Bytes32;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.source.SourceContracts;
import org.probity.settings.PolicySettings;
import org.probity.strategy.PublicStrategy;
import org.probity.terminal.Complaint;

/**
 * The policy that a vault would have with one part taken from a file, which is a whole policy as
 * `probity policy` reads it.
 *
 * @param part that is taken
 * @param file of the policy
 * @param strategy whose model is to decide; for the part that pins it
 * @param foundation record of a deployment, whose sources and action are to be used
 */
public record PolicyDraft(
    PolicyPart part, Path file, Optional<Path> strategy, Optional<Path> foundation) {

  /**
   * Looks at file and chain.
   *
   * @param exam is told of each check
   * @return empty if file and chain do not make a policy
   * @throws Complaint if the part does not fit the vault's others
   */
  public Optional<Policy> over(GovernedVault governed, Examination exam) {
    Policy now = governed.policy();
    if (part == PolicyPart.MODEL && strategy.isEmpty()) {
      throw new Complaint(
          "The model of a policy is that of a strategy: name it by --strategy; its public part will do.");
    }
    Optional<Foundation> release =
        foundation.map(record -> FoundationFile.read(record, governed.chain().chainId()));
    Optional<PublicStrategy> named = strategy.map(PublicStrategy::load);
    Bytes32 digest = named.map(known -> known.key().digest()).orElse(now.model().digest());
    SourceContracts sources =
        release
            .map(Foundation::sources)
            .orElseGet(() -> SourceContracts.of(governed.chain(), now.model().program()));
    Optional<PolicySettings> written =
        exam.find(CheckName.POLICY, () -> PolicySettings.load(file), _ -> "it can be read");
    if (written.isEmpty()) {
      return Optional.empty();
    }
    PolicyReview review =
        new PolicyInspection(exam, governed.chain(), written.get(), named)
            .look(Optional.of(governed.roles().owner()));
    return review
        .sight()
        .flatMap(sight ->
            exam.find(
                CheckName.POLICY_PARTS,
                () ->
                    written
                        .get()
                        .policy(
                            sight.facts(),
                            new PolicySettings.Contracts(
                                digest,
                                key(governed, now, digest),
                                sources,
                                release
                                    .map(Foundation::actions)
                                    .orElseGet(
                                        () -> ActionContracts.of(governed.chain(), now.parts())))),
                _ -> "of the contracts that the vault refers to"))
        .map(next -> with(now, next));
  }

  /** Where the key of the model lies. */
  private static Address key(GovernedVault governed, Policy now, Bytes32 digest) {
    if (digest.equals(now.model().digest())) {
      return now.model().code();
    }
    Address keys = VaultDeployment.keysOf(governed.chain(), governed.vault());
    try {
      return VaultDeployment.keyAt(governed.chain(), keys, digest);
    } catch (CallReverted e) {
      throw new Complaint(
          "The key of model %s is not stored on this chain: store it first by `probity vault store`."
              .formatted(digest),
          e);
    }
  }

  private Policy with(Policy now, Policy next) {
    return switch (part) {
      case LIMITS -> {
        // Limits go by the places of assets and pools.
        same("assets", tokens(now), tokens(next));
        same("pools", pools(now), pools(next));
        yield new Policy(next.limits(), now.model(), now.parts());
      }
      case MODEL -> {
        same("assets", tokens(now), tokens(next));
        yield new Policy(now.limits(), next.model(), now.parts());
      }
      case PARTS -> new Policy(now.limits(), now.model(), next.parts());
    };
  }

  private void same(String what, List<Address> vaults, List<Address> files) {
    if (!vaults.equals(files)) {
      throw new Complaint(
          "The %s go by the vault's %s, which are %s, and the file has %s: list the vault's in its order."
              .formatted(part.words(), what, vaults, files));
    }
  }

  private static List<Address> tokens(Policy policy) {
    return policy.parts().assets().stream().map(Policy.Asset::token).toList();
  }

  private static List<Address> pools(Policy policy) {
    return policy.parts().pools().stream().map(Policy.PoolPart::pool).toList();
  }
}
