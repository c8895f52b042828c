package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Reads;
import org.probity.intent.policy.Policy.Lending;
import org.probity.strategy.feature.OwnLoans;

/** What a vault has with its lending market, as a chain has it after one block. */
public final class ChainLending {

  private static final ContractArtifact DESK = ContractArtifact.load("ILendingDesk");
  private static final AbiFunction LOOK = DESK.function("look");
  private static final AbiFunction ACCOUNT_OF = DESK.function("accountOf");
  private static final AbiFunction AS_OF =
      ContractArtifact.load("ILendingAccount").function("asOf");

  private final Address vault;
  private final Policy policy;
  private final Lending lending;
  private final List<Address> tokens;
  private final Address account;

  private ChainLending(Address vault, Policy policy, Address account) {
    this.vault = vault;
    this.policy = policy;
    this.lending = policy.parts().lending();
    this.tokens =
        lending.reserves().stream()
            .map(reserve -> policy.parts().assets().get(reserve.asset()).token())
            .toList();
    this.account = account;
  }

  /**
   * Of a vault under a policy that lends. The account's address follows from the vault's and stays.
   */
  public static ChainLending of(ChainClient chain, Address vault, Policy policy) {
    Lending lending = policy.parts().lending();
    return new ChainLending(
        vault,
        policy,
        (Address) chain.call(lending.desk(), ACCOUNT_OF, vault, lending.pool()).getFirst());
  }

  /** The vault's account with its market. */
  public Address account() {
    return account;
  }

  /** What {@code ILendingDesk.look} says. */
  public Call look() {
    return Call.of(lending.desk(), LOOK, vault, lending.pool(), tokens, borrowables());
  }

  private BigInteger borrowables() {
    BigInteger bits = BigInteger.ZERO;
    for (int r = 0; r < lending.reserves().size(); r++) {
      bits = lending.reserves().get(r).borrowable() ? bits.setBit(r) : bits;
    }
    return bits;
  }

  /**
   * What the answer to {@link #look} says.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static LendingView answered(Bytes answer) {
    return view(LOOK.decode(answer));
  }

  private static LendingView view(AbiValues answer) {
    return new LendingView(
        answer.address("account"),
        answer.structs("states").stream()
            .map(state ->
                new LendingView.State(
                    state.integer("supplied"),
                    state.integer("owed"),
                    state.integer("liquid"),
                    state.integer("supplyRoom"),
                    state.integer("borrowRoom"),
                    state.bool("repayable"),
                    state.integer("price"),
                    state.int32("thresholdBps"),
                    state.int32("ltvBps")))
            .toList());
  }

  /** The same, read at a block. */
  public LendingView view(ChainClient chain, BlockTag at) {
    Reads reads = chain.reads();
    Supplier<LendingView> view = view(reads, at);
    reads.ask();
    return view.get();
  }

  /** The same, among other reads. */
  public Supplier<LendingView> view(Reads reads, BlockTag at) {
    Supplier<AbiValues> answer =
        reads.call(at, lending.desk(), LOOK, vault, lending.pool(), tokens, borrowables());
    return () -> view(answer.get());
  }

  /**
   * What there was as of a moment, by reserve, among other reads.
   *
   * @return throws {@link org.probity.chain.CallReverted} where that is not known
   */
  public Supplier<List<OwnLoans.Reserve>> asOf(Reads reads, BlockTag at, long moment) {
    Supplier<AbiValues> answer =
        reads.call(at, account, AS_OF, moment, policy.limits().numbers().step(), tokens);
    return () -> asOf(answer.get());
  }

  private List<OwnLoans.Reserve> asOf(AbiValues answer) {
    List<BigInteger> supplied = answer.integers("supplied");
    List<BigInteger> owed = answer.integers("owed");
    List<?> rates = (List<?>) answer.get(2);
    List<BigInteger> thresholds = answer.integers("thresholdBps");
    List<OwnLoans.Reserve> all = new ArrayList<>();
    for (int r = 0; r < tokens.size(); r++) {
      List<?> own = (List<?>) rates.get(r);
      all.add(
          new OwnLoans.Reserve(
              lending.reserves().get(r).asset(),
              supplied.get(r),
              owed.get(r),
              (BigInteger) own.getFirst(),
              (BigInteger) own.getLast(),
              thresholds.get(r).intValueExact()));
    }
    return all;
  }
}
