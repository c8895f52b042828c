package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;

/** What one transaction booked, against what the tokens' own logs say was moved. */
final class Flows {

  private static final AbiEvent TRANSFER =
      AbiEvent.parse("Transfer(address indexed from, address indexed to, uint256 value)");

  private final Map<Address, BigInteger> booked = new HashMap<>();

  /** What the vault says that it has more of a token; negative for less. */
  void add(Address token, BigInteger amount) {
    if (amount.signum() != 0) {
      booked.merge(token, amount, BigInteger::add);
    }
  }

  /** What differs. More than was booked may have come: what strangers give is in no book. */
  List<Finding> against(Receipt receipt, Address vault, Amounts amounts) {
    Map<Address, BigInteger> moved = new HashMap<>();
    for (LogEntry entry : receipt.logs()) {
      if (booked.containsKey(entry.address())) {
        TRANSFER.decode(entry).ifPresent(told -> count(moved, entry.address(), told, vault));
      }
    }
    List<Finding> findings = new ArrayList<>();
    booked.forEach((token, change) -> {
      BigInteger net = moved.get(token);
      if (net == null && change.signum() != 0) {
        findings.add(
            Finding.unchecked(
                receipt.blockNumber(),
                "The token %s wrote no transfer in transaction %s, where the vault booked %s"
                    .formatted(token, receipt.transactionHash(), amounts.amount(token, change))));
      } else if (net != null && net.compareTo(change) < 0) {
        findings.add(
            Finding.wrong(
                receipt.blockNumber(),
                "The vault booked %s in transaction %s, and the token's logs say %s"
                    .formatted(
                        amounts.amount(token, change),
                        receipt.transactionHash(),
                        amounts.amount(token, net))));
      } else if (net != null && net.compareTo(change) > 0) {
        findings.add(
            Finding.noted(
                receipt.blockNumber(),
                "%s came in transaction %s that are in no book: a gift, or a rounding of the token"
                    .formatted(
                        amounts.amount(token, net.subtract(change)), receipt.transactionHash())));
      }
    });
    return findings;
  }

  private static void count(
      Map<Address, BigInteger> moved, Address token, AbiValues told, Address vault) {
    BigInteger value = told.integer("value");
    BigInteger in = told.address("to").equals(vault) ? value : BigInteger.ZERO;
    BigInteger out = told.address("from").equals(vault) ? value : BigInteger.ZERO;
    if (in.signum() != 0 || out.signum() != 0) {
      moved.merge(token, in.subtract(out), BigInteger::add);
    }
  }
}
