package org.probity.intent;

import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.BlockTag;
import org.probity.chain.Outcome;
import org.probity.chain.Reads;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionSender;
import org.probity.zk.FeatureVector;

/** Has the vault trade with its pool in a transaction of the agent's own. */
public final class DirectVenue implements Venue {

  private final Vault vault;
  private final TransactionSender sender;

  /** Seconds by which a pending block may be ahead of the latest one on a chain that is slow. */
  private static final long FAR = 3_600;

  private @Nullable Asked last;

  private record Asked(Proposal proposal, Prospect prospect) {}

  public DirectVenue(Vault vault, TransactionSender sender) {
    this.vault = vault;
    this.sender = sender;
  }

  /** Agents that decide alike for one vault are told alike, and the chain is asked once. */
  @Override
  public synchronized Prospect prospect(Proposal proposal) {
    if (last != null && last.proposal().equals(proposal)) {
      return last.prospect();
    }
    Prospect prospect = ask(proposal);
    last = new Asked(proposal, prospect);
    return prospect;
  }

  private Prospect ask(Proposal proposal) {
    Reads reads = vault.reads();
    Supplier<Vault.Preview> previewed = vault.preview(reads, proposal);
    Supplier<VaultPolicy> allowed = vault.policy(reads, BlockTag.at(proposal.head().number()));
    Supplier<OptionalLong> pending = reads.pendingTime();
    reads.ask();
    Vault.Preview preview = previewed.get();
    requireSameView(proposal, preview);
    VaultPolicy policy = allowed.get();
    Optional<Prospect> standstill = standstill(proposal, pending.get());
    if (standstill.isPresent()) {
      return standstill.get();
    }
    int decision = proposal.decision().index();
    if (decision >= policy.targets().size()) {
      return new Prospect.Nothing("the policy has no target for decision %s".formatted(decision));
    }
    if (proposal.observation().state().paused()) {
      return new Prospect.Nothing("the owner has paused the vault");
    }
    if (proposal.head().timestamp() - proposal.observation().asOf() > policy.maxAgeSeconds()) {
      return new Prospect.Nothing("its moment is older than the policy allows");
    }
    OptionalInt target = policy.target(decision);
    if (target.isEmpty()) {
      return new Prospect.Hold();
    }
    BigInteger notional = preview.notional();
    if (notional.abs().compareTo(policy.minTrade()) < 0) {
      return new Prospect.Nothing(
          notional.signum() == 0 && budgetIsSpent(proposal.observation())
              ? "the epoch's budget is spent"
              : "at its target");
    }
    return new Prospect.Trade(notional);
  }

  @Override
  public Settlement submit(ProvenIntent intent) {
    return settlement(sender.send(key(intent.proposal()), vault.execution(intent)));
  }

  /** A node whose next block is far ahead executes nothing that is decided on its latest one. */
  private static Optional<Prospect> standstill(Proposal proposal, OptionalLong pending) {
    if (pending.isEmpty() || pending.getAsLong() <= proposal.deadline()) {
      return Optional.empty();
    }
    long ahead = pending.getAsLong() - proposal.head().timestamp();
    return ahead > FAR
        ? Optional.of(
            new Prospect.Nothing(
                "the node's pending block is %s ahead of its latest: nothing is proven until they agree"
                    .formatted(RefusalWords.ago(BigInteger.valueOf(ahead))),
                true))
        : Optional.empty();
  }

  private Settlement settlement(Outcome sent) {
    return switch (sent) {
      case Outcome.Mined(var receipt) ->
          vault
              .executed(receipt)
              .<Settlement>map(executed -> executed)
              .orElseGet(() ->
                  new Settlement.Refused(
                      "the transaction succeeded, but the vault executed nothing",
                      Optional.of(receipt)));
      case Outcome.Reverted(var receipt, var reason) ->
          new Settlement.Refused(
              "reverted: " + vault.words(reason), Optional.of(receipt), isOfThePrice(reason));
      case Outcome.Refused(var reason) ->
          new Settlement.Refused(
              "refused before sending: " + vault.words(reason),
              Optional.empty(),
              isOfThePrice(reason));
      case Outcome.Abandoned(var transaction, var _, var detail) ->
          new Settlement.Refused(
              "transaction %s will never be executed: %s".formatted(transaction, detail),
              Optional.empty());
      case Outcome.Unknown(var transaction) ->
          new Settlement.Unsettled("transaction %s is in no block yet".formatted(transaction));
    };
  }

  /** A price beyond the policy's limit does not come back within the life of a decision. */
  private static boolean isOfThePrice(RevertReason reason) {
    return reason instanceof RevertReason.Custom custom && custom.name().equals("PriceBeyondLimit");
  }

  @Override
  public Standing standing(Proposal proposal) {
    return sender
        .fate(key(proposal))
        .map(fate -> standing(fate.outcome()))
        .orElseGet(() -> unsent(proposal));
  }

  private Standing standing(Outcome sent) {
    return switch (sent) {
      case Outcome.Unknown(var transaction) ->
          new Standing.Underway("transaction %s is in no block yet".formatted(transaction));
      case Outcome.Abandoned(_, _, var detail) -> new Standing.Void(detail);
      case Outcome.Mined _, Outcome.Reverted _, Outcome.Refused _ ->
          new Standing.Concluded(settlement(sent));
    };
  }

  /** Nothing was sent from here; but whoever has a proven intent may have it executed. */
  private Standing unsent(Proposal proposal) {
    VaultState now = vault.state(BlockTag.LATEST);
    BigInteger nonce = proposal.observation().state().nonce();
    if (now.nonce().compareTo(nonce) > 0) {
      return vault
          .execution(proposal)
          .<Standing>map(Standing.Concluded::new)
          .orElseGet(() -> new Standing.Void("another decision spent nonce " + nonce));
    }
    return vault
        .obstacle(proposal, now)
        .<Standing>map(Standing.Void::new)
        .orElseGet(Standing.Open::new);
  }

  /**
   * What the transaction journal knows a decision's transaction by: the same decision, proven again
   * or submitted again, is the same transaction.
   */
  String key(Proposal proposal) {
    return "vault:%s:nonce:%s:as-of:%s:decision:%s:head:%s"
        .formatted(
            proposal.mandate().vault(),
            proposal.observation().state().nonce(),
            proposal.observation().asOf(),
            proposal.decision().index(),
            proposal.head().hash());
  }

  /** A proof for other features or another context would cost gas to be refused. */
  private static void requireSameView(Proposal proposal, Vault.Preview preview) {
    FeatureVector own = proposal.observation().features();
    FeatureVector seen = preview.features();
    if (own.size() != seen.size()) {
      throw new IllegalStateException(
          "The vault has %s features and the agent %s: use the strategy that the vault's model was committed from"
              .formatted(seen.size(), own.size()));
    }
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i) != seen.get(i)) {
        throw new IllegalStateException(
            "Feature %s is %s for the vault and %s for the agent"
                .formatted(i, seen.get(i), own.get(i)));
      }
    }
    if (!preview.context().equals(proposal.context())) {
      throw new IllegalStateException(
          "The vault would ask for another context than the agent's: its model, chain or nonce differ");
    }
  }

  private static boolean budgetIsSpent(Observation seen) {
    return seen.state().books().leftAt(seen.asOf()).signum() == 0;
  }
}
