package org.probity.agent.checks;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.KnownChain;
import org.probity.chain.aave.AaveV3;
import org.probity.chain.aave.Category;
import org.probity.chain.aave.Reserve;
import org.probity.intent.LendingAccount;
import org.probity.intent.policy.Policy;

/**
 * Whether a lending market bears what a policy is to do there: what {@code ILendingDesk.check}
 * refuses, in sentences, and before there is a desk.
 */
final class LendingChecks {

  /** From this revision on (version 3.6) a category lends what its governance says. */
  private static final int CATEGORIES_DECIDE = 10;

  /** A market is remembered no oftener. */
  private static final long HOUR = 3_600;

  private final Examination exam;
  private final ChainClient chain;

  LendingChecks(Examination exam, ChainClient chain) {
    this.exam = exam;
    this.chain = chain;
  }

  /**
   * A reserve that the policy names.
   *
   * @param name of the asset in the policy
   * @param borrowable whether it is to be borrowed, too
   */
  record Wanted(String name, Token token, boolean borrowable) {}

  /**
   * Looks at a market.
   *
   * @param pool the market's
   * @param category of efficiency that the vault's account is to be in; 0 for none
   */
  void look(Address pool, int category, List<Wanted> reserves) {
    Optional<AaveV3> found = exam.find(CheckName.LENDING, () -> AaveV3.at(chain, pool), this::seen);
    if (found.isEmpty()) {
      exam.skip("there is no such market", CheckName.RESERVE);
      return;
    }
    foreign(pool);
    Head head = chain.head();
    AaveV3 market = found.get();
    Optional<Category> entered = Optional.empty();
    if (category != 0) {
      entered =
          exam.find(
              CheckName.LENDING,
              () -> category(market, head, category),
              its -> "category %s, %s".formatted(its.id(), its.label()));
      if (entered.isEmpty()) {
        exam.skip("there is no such category", CheckName.RESERVE);
        return;
      }
    }
    List<Reserve> read = new ArrayList<>();
    for (Wanted wanted : reserves) {
      Optional<Category> in = entered;
      exam.look(
          CheckName.RESERVE,
          () -> {
            AaveV3.Market now = market.market(head, List.of(wanted.token().address()));
            Reserve reserve = now.reserves().getFirst();
            read.add(reserve);
            return reserve(wanted, reserve, in, now.revision());
          });
    }
    entered.ifPresent(its -> {
      if (read.size() == reserves.size() && read.stream().noneMatch(its::takes)) {
        exam.add(
            CheckName.LENDING,
            Finding.wrong(
                "None of the reserves is collateral in the category %s, %s"
                    .formatted(its.id(), its.label()),
                "name another e-mode, or 0 for none"));
      }
    });
  }

  private String seen(AaveV3 market) {
    return "Aave v3 with the pool %s".formatted(market.pool());
  }

  /** There are other markets of Aave's own, and of others: nobody can tell which one is meant. */
  private void foreign(Address pool) {
    KnownChain.of(chain.chainId())
        .flatMap(known -> known.aave().filter(aave -> !aave.pool().equals(pool)))
        .ifPresent(aave ->
            exam.add(
                CheckName.LENDING,
                Finding.doubtful(
                    "The pool %s is not that of Aave's main market on this chain, which is %s"
                        .formatted(pool, aave.pool()),
                    "make sure that it is the one that you mean, since what is supplied is only as safe as its market")));
  }

  private static Category category(AaveV3 market, Head head, int id) {
    return market.categories(head).stream()
        .filter(category -> category.id() == id)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The market %s has no category %s: name another e-mode, or 0 for none"
                    .formatted(market.pool(), id)));
  }

  private static Finding reserve(
      Wanted wanted, Reserve reserve, Optional<Category> category, int revision) {
    Token token = wanted.token();
    var set = reserve.configuration();
    if (set.decimals() != token.decimals()) {
      return Finding.wrong(
          "The market counts %s with %s decimals, and the token has %s"
              .formatted(wanted.name(), set.decimals(), token.decimals()),
          "lend another asset");
    }
    if (!set.active() || set.frozen() || set.paused()) {
      return Finding.wrong(
          "The reserve of %s is %s"
              .formatted(
                  wanted.name(), !set.active() ? "not active" : set.paused() ? "paused" : "frozen"),
          "lend another asset, or wait until Aave's governance changes that");
    }
    if (set.isolated()) {
      return Finding.wrong(
          "The reserve of %s is collateral in isolation alone, with a ceiling that all its borrowers share"
              .formatted(wanted.name()),
          "lend another asset");
    }
    if (set.siloed()) {
      return Finding.wrong(
          "Whoever borrows %s may owe nothing else".formatted(wanted.name()), "lend another asset");
    }
    if (reserve.price().signum() == 0) {
      return Finding.wrong(
          "The market's oracle has no price of %s".formatted(wanted.name()), "lend another asset");
    }
    return wanted.borrowable() && !borrowable(reserve, category, revision)
        ? Finding.wrong(
            category
                .map(its ->
                    "The reserve of %s cannot be borrowed in the category %s, %s"
                        .formatted(wanted.name(), its.id(), its.label()))
                .orElse("The reserve of %s cannot be borrowed".formatted(wanted.name())),
            "leave out its borrow-most, or borrow another asset")
        : full(wanted, reserve).orElseGet(() -> fine(wanted, reserve, category));
  }

  private static boolean borrowable(Reserve reserve, Optional<Category> category, int revision) {
    boolean enabled = reserve.configuration().borrowing();
    return category
        .map(its -> its.lends(reserve) && (enabled || revision >= CATEGORIES_DECIDE))
        .orElse(enabled);
  }

  /** It may pass: caps are raised, and others take back what they supplied. */
  private static Optional<Finding> full(Wanted wanted, Reserve reserve) {
    String what =
        reserve.supplyRoom().signum() == 0
            ? "takes no more %s, since its cap is reached"
            : wanted.borrowable() && reserve.borrowRoom().signum() == 0
                ? "lends no more %s, since its cap is reached or all is lent"
                : "";
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.doubtful(
                "The market " + what.formatted(wanted.name()), "wait, or lend another asset"));
  }

  private static Finding fine(Wanted wanted, Reserve reserve, Optional<Category> category) {
    Optional<Category> in = category.filter(its -> its.takes(reserve));
    int ltv = in.map(Category::ltvBps).orElse(reserve.configuration().ltvBps());
    int threshold = in.map(Category::thresholdBps).orElse(reserve.configuration().thresholdBps());
    return Finding.fine(
        "%s lends at %s and costs %s a year, counts %s to borrow on and %s until it is liquidated; %s is there"
            .formatted(
                wanted.name(),
                yearly(reserve.supplyRate()),
                yearly(reserve.debtRate()),
                percent(ltv),
                percent(threshold),
                wanted.token().amount(reserve.liquid())));
  }

  /**
   * Whether an agent can go on with what a vault has and owes.
   *
   * @param now in seconds of Unix time
   */
  static Finding account(LendingAccount account, Policy.Limits limits, long now) {
    String floor =
        BigDecimal.valueOf(limits.healthFloorBps(), 4).stripTrailingZeros().toPlainString();
    String health =
        account
            .health()
            .map(factor -> factor.setScale(4, RoundingMode.DOWN).toPlainString())
            .orElse("none without debt");
    boolean under =
        account.health().filter(factor -> factor.compareTo(new BigDecimal(floor)) < 0).isPresent();
    if (under) {
      return Finding.doubtful(
          "The health factor of the account %s is %s, under the policy's floor of %s, so that the vault may only raise it"
              .formatted(account.address(), health, floor),
          "let the agent repay, or do it by probity vault unwind");
    }
    OptionalLong oldest = account.oldestCheckpoint();
    if (oldest.isEmpty()
        || now - oldest.getAsLong() > 2 * Math.max(HOUR, limits.numbers().step())) {
      return Finding.doubtful(
          oldest.isEmpty()
              ? "The account %s has not remembered all of its market yet"
                  .formatted(account.address())
              : "The account %s remembers its market as it was %s s ago"
                  .formatted(account.address(), now - oldest.getAsLong()),
          "have it remember by probity vault poke, which anybody can send");
    }
    return Finding.fine(
        "the account is %s, its health factor %s, and the policy's floor %s"
            .formatted(account.address(), health, floor));
  }

  private static String percent(int basisPoints) {
    return BigDecimal.valueOf(basisPoints, 2).stripTrailingZeros().toPlainString() + " %";
  }

  private static String yearly(BigInteger ray) {
    return new BigDecimal(ray, 25).setScale(2, RoundingMode.HALF_UP).toPlainString() + " %";
  }
}
