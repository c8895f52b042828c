package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.Outcome;
import org.probity.chain.Reads;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionFate;
import org.probity.chain.TransactionSender;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.zk.FeatureVector;

/** Has the vault carry a decision out in a transaction of the agent's own. */
public final class DirectVenue implements Venue {

  private final Vault vault;
  private final TransactionSender sender;
  private final VenueQuotes quotes;

  /** Seconds by which a pending block may be ahead of the latest one on a chain that is slow. */
  private static final long FAR = 3_600;

  private @Nullable Asked last;

  private record Asked(Proposal proposal, Prospect prospect) {}

  private volatile @Nullable Sent sent;

  /** What was given to the sender last: the same call again is followed, and another is not. */
  private record Sent(String key, Call call, List<VenueQuote> quotes) {}

  /** Where the chain's own coin has no price, so that gas decides between equal quotes alone. */
  public DirectVenue(Vault vault, TransactionSender sender) {
    this(vault, sender, Optional.empty());
  }

  /**
   * @param coin the token that stands for the chain's own coin; where the vault's policy lists it,
   *     a venue is judged by what it leaves after its gas
   */
  public DirectVenue(Vault vault, TransactionSender sender, Optional<Address> coin) {
    this.vault = vault;
    this.sender = sender;
    this.quotes = new VenueQuotes(vault, sender, coin);
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
    Supplier<OptionalLong> pending = reads.pendingTime();
    reads.ask();
    Vault.Preview preview = previewed.get();
    requireSameView(proposal, preview);
    return standstill(proposal, pending.get())
        .or(() -> notNow(proposal))
        .orElseGet(() -> planned(proposal, preview));
  }

  /** What the vault's own clock and books say against it. */
  private Optional<Prospect> notNow(Proposal proposal) {
    VaultState state = proposal.observation().state();
    long maxAge = numbers(state).maxAge();
    if (state.paused()) {
      return Optional.of(new Prospect.Refused("the owner has paused the vault"));
    }
    if (!state.model().equals(proposal.mandate().model())) {
      return Optional.of(
          new Prospect.Hindered(
              "the vault's policy has the model %s, and the agent's is %s"
                  .formatted(state.model(), proposal.mandate().model())));
    }
    return proposal.head().timestamp() - proposal.observation().asOf() > maxAge
        ? Optional.of(new Prospect.Refused("its moment is older than the policy allows"))
        : Optional.empty();
  }

  private Policy.Numbers numbers(VaultState state) {
    return vault.policy(state.policyAt(), state.policy()).limits().numbers();
  }

  private Prospect planned(Proposal proposal, Vault.Preview preview) {
    AbiValues plan;
    try {
      plan = preview.plan().get();
    } catch (CallReverted e) {
      RevertReason reason = e.reason(Vault.ERRORS);
      String words = vault.words(reason);
      return passes(reason) ? new Prospect.NotNow(words) : new Prospect.Refused(words);
    }
    VaultState state = proposal.observation().state();
    List<Prospect.Step> steps = steps(plan, state);
    List<Prospect.Move> loans = loans(plan, state);
    if (steps.isEmpty() && loans.isEmpty()) {
      return new Prospect.Hold(Plan.Reason.values()[plan.int32("reason")]);
    }
    // Loans by themselves are no trade.
    Optional<Prospect> against = steps.isEmpty() ? Optional.empty() : mayNotTrade(proposal);
    return against.orElseGet(() -> new Prospect.Trade(steps, loans));
  }

  private static List<Prospect.Move> loans(AbiValues plan, VaultState state) {
    return Stream.of("before", "later")
        .flatMap(when -> plan.structs(when).stream())
        .map(move ->
            new Prospect.Move(
                state.books().get(move.int32("asset")).token(),
                Loan.values()[move.int32("loan")],
                move.integer("amount")))
        .toList();
  }

  private static List<Prospect.Step> steps(AbiValues plan, VaultState state) {
    return plan.structs("steps").stream()
        .map(step -> {
          BigInteger notional = step.integer("notional");
          return new Prospect.Step(
              state.books().get(step.int32("asset")).token(),
              step.bool("sell") ? notional.negate() : notional);
        })
        .toList();
  }

  /** What keeps a vault from trading, though not from recording a decision. */
  private Optional<Prospect> mayNotTrade(Proposal proposal) {
    VaultState state = proposal.observation().state();
    Policy.Numbers limits = numbers(state);
    long wait = state.lastTradeTime() + limits.minInterval() - proposal.head().timestamp();
    if (wait > 0) {
      return Optional.of(
          new Prospect.NotNow(
              "the policy allows the next trade in %s"
                  .formatted(RefusalWords.ago(BigInteger.valueOf(wait)))));
    }
    if (state.dayLoss().compareTo(limits.dayLoss()) >= 0) {
      return Optional.of(new Prospect.NotNow("the day's allowance for losses is used up"));
    }
    if (state.monthLoss().compareTo(limits.monthLoss()) >= 0) {
      return Optional.of(new Prospect.NotNow("the month's allowance for losses is used up"));
    }
    return Optional.empty();
  }

  /** At the best of the policy's venues, as they are quoted now. */
  @Override
  public Settlement submit(ProvenIntent intent) {
    Proposal proposal = intent.proposal();
    String key = nextKey(proposal);
    boolean underway = sender.fate(key).isPresent();
    Sent now = sent;
    if (!underway || now == null || !now.key().equals(key)) {
      // What an earlier process sent is followed, whatever call comes with its key.
      List<VenueQuote> quoted = underway ? List.of() : quotes.of(intent);
      now = new Sent(key, vault.execution(intent, VenueQuotes.chosen(quoted)), quoted);
      sent = now;
    }
    return settlement(sender.send(key, now.call()), proposal);
  }

  /** What the newest transaction of a decision was quoted. */
  private List<VenueQuote> quoted(Proposal proposal) {
    Sent last = sent;
    return last != null && last.key().startsWith(key(proposal)) ? last.quotes() : List.of();
  }

  /** A node whose next block is far ahead executes nothing that is decided on its latest one. */
  private static Optional<Prospect> standstill(Proposal proposal, OptionalLong pending) {
    if (pending.isEmpty() || pending.getAsLong() <= proposal.deadline()) {
      return Optional.empty();
    }
    long ahead = pending.getAsLong() - proposal.head().timestamp();
    return ahead > FAR
        ? Optional.of(
            new Prospect.Hindered(
                "the node's pending block is %s ahead of its latest: nothing is proven until they agree"
                    .formatted(RefusalWords.ago(BigInteger.valueOf(ahead)))))
        : Optional.empty();
  }

  private Settlement settlement(Outcome sent, Proposal proposal) {
    return switch (sent) {
      case Outcome.Mined(var receipt) ->
          vault
              .executed(receipt, proposal)
              .<Settlement>map(
                  executed -> new Settlement.Executed(receipt, executed.deltas(), quoted(proposal)))
              .orElseGet(() ->
                  new Settlement.Refused(
                      "the transaction succeeded, but the vault executed nothing",
                      Optional.of(receipt)));
      case Outcome.Reverted(var receipt, var reason) ->
          refused("reverted: ", reason, Optional.of(receipt));
      case Outcome.Refused(var reason) ->
          refused("refused before sending: ", reason, Optional.empty());
      case Outcome.Abandoned(var transaction, var _, var detail) ->
          new Settlement.Refused(
              "transaction %s will never be executed: %s".formatted(transaction, detail),
              Optional.empty());
      case Outcome.Unknown(var transaction) ->
          new Settlement.Unsettled("transaction %s is in no block yet".formatted(transaction));
    };
  }

  private Settlement refused(String how, RevertReason reason, Optional<Receipt> receipt) {
    String words = how + vault.words(reason);
    return passes(reason)
        ? new Settlement.NotNow(words, receipt)
        : new Settlement.Refused(words, receipt);
  }

  private static boolean passes(RevertReason reason) {
    return reason instanceof RevertReason.Custom custom && Refusal.passes(custom.name());
  }

  @Override
  public Standing standing(Proposal proposal) {
    List<TransactionFate> attempts = attempts(proposal);
    return attempts.stream()
        .reduce((_, newer) -> newer)
        .map(newest -> standing(newest.outcome(), proposal))
        .orElseGet(() -> unsent(proposal));
  }

  private Standing standing(Outcome sent, Proposal proposal) {
    return switch (sent) {
      case Outcome.Unknown(var transaction) ->
          new Standing.Underway("transaction %s is in no block yet".formatted(transaction));
      case Outcome.Abandoned(_, _, var detail) -> new Standing.Void(detail);
      case Outcome.Mined _, Outcome.Reverted _, Outcome.Refused _ ->
          new Standing.Concluded(settlement(sent, proposal));
    };
  }

  /** Nothing was sent from here; but whoever has a proven intent may have it executed. */
  private Standing unsent(Proposal proposal) {
    Vault.State now = vault.state(BlockTag.LATEST);
    BigInteger nonce = proposal.observation().state().nonce();
    if (now.nonce().compareTo(nonce) > 0) {
      return vault
          .execution(proposal)
          .<Standing>map(Standing.Concluded::new)
          .orElseGet(() -> new Standing.Void("another decision, or a pause, spent nonce " + nonce));
    }
    return vault
        .obstacle(proposal, now)
        .<Standing>map(Standing.Void::new)
        .orElseGet(Standing.Open::new);
  }

  /** The transactions of a decision, the oldest first: all but the newest were reverted. */
  private List<TransactionFate> attempts(Proposal proposal) {
    List<TransactionFate> attempts = new ArrayList<>();
    Optional<TransactionFate> next = sender.fate(key(proposal, 0));
    while (next.isPresent()) {
      attempts.add(next.get());
      next = sender.fate(key(proposal, attempts.size()));
    }
    return attempts;
  }

  /** Of the newest transaction, which is followed, or of one more after a revert. */
  private String nextKey(Proposal proposal) {
    List<TransactionFate> attempts = attempts(proposal);
    int over =
        (int) attempts.stream().filter(fate -> fate.outcome() instanceof Outcome.Reverted).count();
    return key(proposal, over);
  }

  /**
   * What the transaction journal knows a decision's transaction by: the same decision, proven again
   * or submitted again, is the same transaction.
   *
   * @param reverted how many of its transactions were reverted before
   */
  String key(Proposal proposal, int reverted) {
    String key = key(proposal);
    return reverted == 0 ? key : key + ":reverted:" + reverted;
  }

  private static String key(Proposal proposal) {
    return "vault:%s:nonce:%s:as-of:%s:decided:%s:head:%s"
        .formatted(
            proposal.mandate().vault(),
            proposal.observation().state().nonce(),
            proposal.observation().asOf(),
            Arrays.stream(proposal.decision().words())
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(",")),
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
}
