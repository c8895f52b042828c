package org.probity.intent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Reads;
import org.probity.intent.policy.Policy;

/**
 * A vault's account with its lending market after one block: what it is booked to have, and what it
 * remembers. The vault opens it with the first thing that it does of its policy's lending.
 *
 * @param health the health factor by the market itself; empty without debt
 * @param lines one for each of the policy's reserves
 */
public record LendingAccount(Address address, Optional<BigDecimal> health, List<Line> lines) {

  private static final AbiFunction ACCOUNT_OF =
      AbiFunction.parse("accountOf(address vault, address pool) returns (address account)");
  private static final AbiFunction HEALTH =
      AbiFunction.parse("health(address account) returns (uint256 health)");
  private static final AbiFunction BOOKED =
      AbiFunction.parse("booked(address token) returns (uint256 supplied, uint256 owed)");
  private static final AbiFunction CHECKPOINTS =
      AbiFunction.parse(
          "checkpoints(address token) returns ((uint32 at, uint104 supplyIndex,"
              + " uint104 debtIndex, uint16 thresholdBps)[3] points)");

  private static final BigInteger NO_DEBT = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);

  public LendingAccount {
    lines = List.copyOf(lines);
  }

  /**
   * What is booked of one reserve.
   *
   * @param scaledSupplied in units of the market's beginning: times its index, it has its interest
   * @param scaledOwed likewise
   * @param checkpoint when the market's indices were last remembered, in seconds of Unix time;
   *     empty for never
   */
  public record Line(
      Address token, BigInteger scaledSupplied, BigInteger scaledOwed, OptionalLong checkpoint) {}

  /**
   * Where the account of {@code vault} is, or will be once it is open.
   *
   * @throws CallReverted if the policy's desk does not answer
   */
  public static Address addressOf(ChainClient chain, Address vault, Policy.Lending lending) {
    return chain.call(lending.desk(), ACCOUNT_OF, vault, lending.pool()).address("account");
  }

  /**
   * The account of {@code vault} under {@code policy}; empty if there is no lending in it, or the
   * account is not open yet.
   *
   * @throws CallReverted if the policy's desk does not answer
   */
  public static Optional<LendingAccount> read(
      ChainClient chain, Address vault, Policy policy, BlockTag at) {
    Policy.Lending lending = policy.parts().lending();
    if (!lending.exists()) {
      return Optional.empty();
    }
    Address account = addressOf(chain, vault, lending);
    if (chain.code(account).isEmpty()) {
      return Optional.empty();
    }
    Reads reads = chain.reads();
    Supplier<AbiValues> health = reads.call(at, lending.desk(), HEALTH, account);
    List<Supplier<Line>> lines = new ArrayList<>();
    for (Policy.Reserve reserve : lending.reserves()) {
      Address token = policy.parts().assets().get(reserve.asset()).token();
      Supplier<AbiValues> booked = reads.call(at, account, BOOKED, token);
      Supplier<AbiValues> points = reads.call(at, account, CHECKPOINTS, token);
      lines.add(() ->
          new Line(
              token,
              booked.get().integer("supplied"),
              booked.get().integer("owed"),
              newest(points.get())));
    }
    reads.ask();
    BigInteger wad = health.get().integer("health");
    return Optional.of(
        new LendingAccount(
            account,
            wad.equals(NO_DEBT) ? Optional.empty() : Optional.of(new BigDecimal(wad, 18)),
            lines.stream().map(Supplier::get).toList()));
  }

  private static OptionalLong newest(AbiValues points) {
    return points.structs("points").stream()
        .mapToLong(point -> point.int64("at"))
        .filter(at -> at != 0)
        .max();
  }

  /**
   * When the reserve that waits longest was last remembered, in seconds of Unix time; empty if one
   * never was.
   */
  public OptionalLong oldestCheckpoint() {
    return lines.stream().anyMatch(line -> line.checkpoint().isEmpty())
        ? OptionalLong.empty()
        : lines.stream().mapToLong(line -> line.checkpoint().orElseThrow()).min();
  }
}
