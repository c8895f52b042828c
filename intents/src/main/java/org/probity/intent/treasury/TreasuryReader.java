package org.probity.intent.treasury;

import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.ReferencePrices;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.treasury.Treasury.State;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.FeatureVector;

/**
 * Reads what a vault's decision is made of: its books, the features of its policy's program and
 * where the vault finds both. What successive heads share is read once, and what a head adds in one
 * request. May serve many threads; they take turns.
 */
public final class TreasuryReader {

  private final ChainClient chain;
  private final Treasury vault;
  private final SourceContracts release;
  private final Reports reports;
  private @Nullable Program program;

  /**
   * @param release the sources that this program can repeat
   * @param reports where signed reports come from
   */
  public TreasuryReader(
      ChainClient chain, Treasury vault, SourceContracts release, Reports reports) {
    this.chain = chain;
    this.vault = vault;
    this.release = release;
    this.reports = reports;
  }

  /**
   * What is known at a head.
   *
   * @param books one for each of the policy's assets
   * @param asOf the moment to decide for: the newest of the policy's schedule
   * @param refs the reference ticks, by asset
   * @param guardHints where the policy's engine finds them
   * @param features the model's inputs
   * @param sourceHints where each source finds its own
   */
  public record Sight(
      State state,
      Policy policy,
      List<Treasury.Book> books,
      long asOf,
      List<Integer> refs,
      Bytes guardHints,
      FeatureVector features,
      List<Bytes> sourceHints) {
    public Sight {
      books = List.copyOf(books);
      refs = List.copyOf(refs);
      sourceHints = List.copyOf(sourceHints);
    }
  }

  /** A policy, and what reads for it. */
  private record Program(
      Bytes32 hash, Policy policy, ProgramReader reader, ReferencePrices prices) {}

  /**
   * What is to be decided on at {@code head}.
   *
   * @throws org.probity.intent.source.SourceRefused if a source or a pool has nothing as of then
   * @throws IllegalArgumentException if the policy is none that this release can repeat
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  public synchronized Sight at(Head head) {
    Program known = program;
    if (known != null) {
      Sight sight = sight(head, known);
      if (sight.state.policyHash().equals(known.hash)) {
        return sight;
      }
    }
    State state = vault.state(BlockTag.at(head.number()));
    Program found = program(state);
    program = found;
    return sight(head, found);
  }

  private Program program(State state) {
    Policy policy = vault.policy(state.policyAt(), state.policyHash());
    VaultProgram features = VaultProgram.of(policy.model().program(), release, policy.assets());
    return new Program(
        state.policyHash(),
        policy,
        new ProgramReader(chain, features, reports),
        new ReferencePrices(chain, policy));
  }

  private Sight sight(Head head, Program program) {
    BlockTag at = BlockTag.at(head.number());
    Reads reads = chain.reads();
    Supplier<State> asked = vault.state(reads, at);
    List<Supplier<Treasury.Book>> booked =
        program.policy.parts().assets().stream()
            .map(Asset::token)
            .map(token -> vault.book(reads, at, token))
            .toList();
    LongFunction<ReferencePrices.Reading> prices = program.prices.begin(head, reads);
    ProgramReader.Pending features = program.reader.begin(head, reads);
    reads.ask();

    State state = asked.get();
    List<Treasury.Book> books = booked.stream().map(Supplier::get).toList();
    long step = program.policy.limits().numbers().step();
    long asOf = head.timestamp() - head.timestamp() % step;
    ReferencePrices.Reading reference = prices.apply(asOf);
    OwnBooks.State own = own(program.policy, state, books);
    ProgramReader.Reading read =
        features.at(asOf, entry -> entry.features(own, asOf, reference.refs()));
    return new Sight(
        state,
        program.policy,
        books,
        asOf,
        reference.refs(),
        reference.hints(),
        read.features(),
        read.hints());
  }

  private static OwnBooks.State own(Policy policy, State state, List<Treasury.Book> books) {
    Policy.Numbers limits = policy.limits().numbers();
    return new OwnBooks.State(
        books.stream()
            .map(book -> new OwnBooks.Book(book.amount(), book.before(), book.changedAt()))
            .toList(),
        limits.step(),
        state.lastTradeAsOf() == 0
            ? OwnBooks.LastTrade.NONE
            : new OwnBooks.LastTrade(state.lastTradeAsOf(), state.lastRefs(policy.assets())),
        new OwnBooks.Turnover(
            state.turnover(), state.turnoverSince(), limits.turnover(), limits.turnoverWindow()));
  }

  /** The vault that is read. */
  public Address vault() {
    return vault.address();
  }
}
