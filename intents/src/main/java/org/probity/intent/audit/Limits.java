package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Used;

/** What an execution used of the allowances, by its event, against the policy's capacities. */
final class Limits {

  private Limits() {}

  /**
   * What does not fit.
   *
   * @param before the ledger before the execution at the time {@code now}
   */
  static List<String> strays(VaultLedger before, Used used, long now) {
    Numbers limits = before.policy().limits().numbers();
    VaultLedger.Losses losses = before.losses(now);
    BigInteger turned = used.turnover().subtract(before.turnoverUsed(now));
    BigInteger day = used.dayLoss().subtract(losses.day());
    BigInteger month = used.monthLoss().subtract(losses.month());
    BigInteger steps = BigInteger.valueOf(before.policy().assets() - 1L);
    List<String> strays = new ArrayList<>();
    if (turned.signum() <= 0 || turned.compareTo(limits.maxAction().multiply(steps)) > 0) {
      strays.add("it used %s of the turnover, which no steps of the policy do".formatted(turned));
    }
    // Each step's value is rounded up.
    if (used.turnover().compareTo(limits.turnover().add(steps)) > 0) {
      strays.add("the turnover of %s is above its capacity".formatted(used.turnover()));
    }
    if (!day.equals(month) || day.signum() < 0) {
      strays.add("its loss is %s by the day and %s by the month".formatted(day, month));
    }
    if (day.compareTo(limits.maxLossPerAction()) > 0) {
      strays.add("it lost %s, more than the policy accepts of one decision".formatted(day));
    }
    return strays;
  }
}
