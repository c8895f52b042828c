package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainException;
import org.probity.chain.TransactionSender;
import org.probity.intent.policy.Policy;

/**
 * What the execution of a proven decision comes to at each of its policy's venues, as the vault
 * itself would carry it out now, proof and all.
 */
final class VenueQuotes {

  private final Vault vault;
  private final TransactionSender sender;
  private final Optional<Address> coin;

  /**
   * @param coin the token that stands for the chain's own coin: where a policy lists it, gas has a
   *     price in the numeraire
   */
  VenueQuotes(Vault vault, TransactionSender sender, Optional<Address> coin) {
    this.vault = vault;
    this.sender = sender;
    this.coin = coin;
  }

  /**
   * Quotes every venue, and the best of each asset together.
   *
   * @return the best first, and then the others as they were asked for, all of one state; empty
   *     where the policy has no venue but routes. Where none would be carried out, or the node does
   *     not say, the routes are first
   */
  List<VenueQuote> of(ProvenIntent intent) {
    Proposal proposal = intent.proposal();
    VaultState state = proposal.observation().state();
    Policy policy = vault.policy(state.policyAt(), state.policy());
    List<List<Integer>> alternatives = VenueChoice.alternatives(policy.parts());
    if (alternatives.size() == 1) {
      return List.of();
    }
    VenueChoice choice =
        new VenueChoice(
            Math.min(
                policy.limits().numbers().maxSlippageBps(), proposal.mandate().maxSlippageBps()));
    List<VenueQuote> quotes;
    try {
      quotes = all(intent, alternatives, choice);
    } catch (ChainException | IllegalArgumentException | ArithmeticException e) {
      return List.of(
          new VenueQuote(
              alternatives.getFirst(),
              new VenueQuote.Unanswered("the node does not say: " + e.getMessage())));
    }
    List<VenueQuote> ordered = new ArrayList<>(quotes);
    choice
        .best(quotes)
        .ifPresent(best -> {
          ordered.remove(best);
          ordered.addFirst(best);
        });
    return List.copyOf(ordered);
  }

  /**
   * A guard that looks at the start of a block takes what moved the price in the newest block for a
   * move around the decision; the next block is where it would be carried out. Not every node can
   * tell of that.
   */
  private List<VenueQuote> all(
      ProvenIntent intent, List<List<Integer>> alternatives, VenueChoice choice) {
    List<VenueQuote> next;
    try {
      next = all(intent, alternatives, choice, BlockTag.PENDING);
    } catch (ChainException | IllegalArgumentException _) {
      return all(intent, alternatives, choice, BlockTag.LATEST);
    }
    if (choice.best(next).isPresent()) {
      return next;
    }
    List<VenueQuote> newest = all(intent, alternatives, choice, BlockTag.LATEST);
    return choice.best(newest).isPresent() ? newest : next;
  }

  private List<VenueQuote> all(
      ProvenIntent intent, List<List<Integer>> alternatives, VenueChoice choice, BlockTag at) {
    Vault.Trials alone = vault.tryOut(intent, sender.address(), alternatives, at);
    List<VenueQuote> quotes = new ArrayList<>(quotes(intent, alternatives, alone));
    choice
        .combination(quotes)
        .ifPresent(together -> quotes.add(quote(intent, together, at, alone)));
    return quotes;
  }

  private VenueQuote quote(
      ProvenIntent intent, List<Integer> together, BlockTag at, Vault.Trials before) {
    List<List<Integer>> one = List.of(together);
    Vault.Trials now = vault.tryOut(intent, sender.address(), one, at);
    return now.number().equals(before.number()) && now.parent().equals(before.parent())
        ? quotes(intent, one, now).getFirst()
        : new VenueQuote(together, new VenueQuote.Unanswered("a block came between the quotes"));
  }

  private List<VenueQuote> quotes(
      ProvenIntent intent, List<List<Integer>> choices, Vault.Trials told) {
    return IntStream.range(0, choices.size())
        .mapToObj(
            i -> new VenueQuote(choices.get(i), answer(intent.proposal(), told.trials().get(i))))
        .toList();
  }

  private VenueQuote.Answer answer(Proposal proposal, Vault.Trial trial) {
    return switch (trial.outcome()) {
      case Vault.TrialOutcome.Reverted(var reason) -> new VenueQuote.Refused(vault.words(reason));
      case Vault.TrialOutcome.Done(var amounts) -> {
        Observation seen = proposal.observation();
        List<AssetDelta> deltas = Vault.deltas(amounts, proposal);
        yield new VenueQuote.Fills(
            deltas,
            seen.worth(deltas),
            seen.traded(deltas),
            trial.gasUsed(),
            cost(proposal, trial.gasUsed()));
      }
    };
  }

  private BigInteger cost(Proposal proposal, long gas) {
    Observation seen = proposal.observation();
    List<Address> tokens = seen.state().books().stream().map(VaultState.Book::token).toList();
    int asset = coin.map(tokens::indexOf).orElse(-1);
    BigInteger price = sender.gasPrice(proposal.head().baseFee());
    return asset < 0 ? BigInteger.ZERO : seen.value(asset, price.multiply(BigInteger.valueOf(gas)));
  }

  /** The venues of the quote that is to be sent. */
  static List<Integer> chosen(List<VenueQuote> quotes) {
    return quotes.isEmpty() ? Collections.emptyList() : quotes.getFirst().venues();
  }
}
