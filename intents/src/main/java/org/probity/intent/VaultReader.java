package org.probity.intent;

import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault.State;
import org.probity.intent.policy.ChainLending;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.ReferencePrices;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;

/**
 * Reads what a vault's decision is made of: its books, the features of its policy's program and
 * where the vault finds both. What successive heads share is read once, and what a head adds in one
 * request. May serve many threads; they take turns.
 */
public final class VaultReader implements FeatureSource {

  private final ChainClient chain;
  private final Vault vault;
  private final Reports reports;
  private @Nullable Program program;

  /**
   * @param reports where signed reports come from
   */
  public VaultReader(ChainClient chain, Vault vault, Reports reports) {
    this.chain = chain;
    this.vault = vault;
    this.reports = reports;
  }

  /** A policy, and what reads for it. */
  private record Program(
      Bytes32 hash,
      Policy policy,
      ProgramReader reader,
      ReferencePrices prices,
      Optional<ChainLending> lending) {}

  /**
   * What is to be decided on at {@code head}.
   *
   * @throws org.probity.intent.source.SourceRefused if a source or a pool has nothing as of then
   * @throws IllegalArgumentException if the policy is none that this release can repeat
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  @Override
  public synchronized Observation at(Head head) {
    Program known = program;
    return (known == null ? Optional.<Observation>empty() : observed(head, known))
        .or(() -> observed(head, renewed(head)))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The node tells two policies of the vault %s after one block: do not trust it"
                    .formatted(vault.address())));
  }

  private Program renewed(Head head) {
    Program found = program(vault.state(BlockTag.at(head.number())));
    program = found;
    return found;
  }

  private Program program(State state) {
    Policy policy = vault.policy(state.policyAt(), state.policyHash());
    List<Policy.Feature> entries = policy.model().program();
    VaultProgram features = VaultProgram.of(policy, SourceContracts.of(chain, entries));
    return new Program(
        state.policyHash(),
        policy,
        new ProgramReader(chain, features, reports),
        new ReferencePrices(chain, policy),
        policy.parts().lending().exists()
            ? Optional.of(ChainLending.of(chain, vault.address(), policy))
            : Optional.empty());
  }

  /** Empty if the vault has another policy. */
  private Optional<Observation> observed(Head head, Program program) {
    BlockTag at = BlockTag.at(head.number());
    Reads reads = chain.reads();
    Supplier<State> asked = vault.state(reads, at);
    Supplier<List<VaultState.Book>> booked = vault.books(reads, at, program.policy);
    LongFunction<ReferencePrices.Reading> prices = program.prices.begin(head, reads);
    ProgramReader.Pending features = program.reader.begin(head, reads);
    long step = program.policy.limits().numbers().step();
    long asOf = head.timestamp() - head.timestamp() % step;
    Supplier<LendingView> view =
        program.lending.map(lent -> lent.view(reads, at)).orElse(() -> LendingView.NONE);
    Supplier<List<OwnLoans.Reserve>> loans =
        program.lending.map(lent -> lent.asOf(reads, at, asOf)).orElse(List::of);
    reads.ask();

    State told = asked.get();
    if (!told.policyHash().equals(program.hash)) {
      return Optional.empty();
    }
    VaultState state = told.with(program.policy, booked.get(), view.get());
    ReferencePrices.Reading reference = prices.apply(asOf);
    OwnBooks.State own = state.ownBooks(program.policy.limits().numbers());
    ProgramReader.Reading read = features.at(asOf, new Own(own, loans, asOf, reference.refs()));
    return Optional.of(
        new Observation(
            state, asOf, reference.refs(), reference.hints(), read.features(), read.hints()));
  }

  /** What the vault computes itself. */
  private record Own(
      OwnBooks.State books, Supplier<List<OwnLoans.Reserve>> lent, long asOf, List<Integer> refs)
      implements ProgramReader.Books {

    @Override
    public int[] features(OwnBooks entry) {
      return entry.features(books, loans(), asOf, refs);
    }

    @Override
    public int[] features(OwnLoans entry) {
      return entry.features(books, loans(), asOf, refs);
    }

    private List<OwnLoans.Reserve> loans() {
      try {
        return lent.get();
      } catch (CallReverted e) {
        throw new IllegalArgumentException(
            "what the vault had lent then is not known, for it changed since, or nobody had it remembered; decide as of a later moment",
            e);
      }
    }
  }

  /** The vault that is read. */
  public Address vault() {
    return vault.address();
  }
}
