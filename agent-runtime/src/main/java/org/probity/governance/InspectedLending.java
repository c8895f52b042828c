package org.probity.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.probity.agent.Token;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.Examination;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.KnownChain;
import org.probity.chain.aave.AaveV3;
import org.probity.chain.aave.Account;
import org.probity.chain.aave.Category;
import org.probity.chain.aave.Reserve;
import org.probity.intent.LendingAccount;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBounds;

/**
 * What a vault has with its lending market, and what the market is.
 *
 * @param published whether the pool is that of Aave's main market; empty where that is not known
 * @param sight empty if the market cannot be read
 */
public record InspectedLending(
    Policy policy,
    List<Token> tokens,
    Head head,
    Optional<Boolean> published,
    Optional<Sight> sight) {

  public InspectedLending {
    tokens = List.copyOf(tokens);
  }

  /**
   * The market and the vault's account with it.
   *
   * @param category that the policy has the account in; empty for none
   * @param address of the account, be it open or not
   * @param books what the account is booked to have; empty until it is open
   * @param there what it has by the market
   */
  record Sight(
      AaveV3.Market market,
      Optional<Category> category,
      Address address,
      Optional<LendingAccount> books,
      Account there) {}

  /**
   * Looks at the lending of a vault; empty if its policy has none.
   *
   * @param exam is told what keeps the market from being read
   */
  static Optional<InspectedLending> of(
      Examination exam, ChainClient chain, Address vault, Policy policy, TokenNames names) {
    Policy.Lending lending = policy.parts().lending();
    if (!lending.exists()) {
      return Optional.empty();
    }
    Head head = chain.head();
    List<Token> tokens =
        lending.reserves().stream()
            .map(reserve -> names.token(policy.parts().assets().get(reserve.asset()).token()))
            .toList();
    return Optional.of(
        new InspectedLending(
            policy,
            tokens,
            head,
            KnownChain.of(chain.chainId())
                .flatMap(KnownChain::aave)
                .map(aave -> aave.pool().equals(lending.pool())),
            exam.find(
                CheckName.LENDING,
                () -> sight(chain, head, vault, policy, tokens),
                seen -> "Aave v3, revision %s".formatted(seen.market().revision()))));
  }

  private static Sight sight(
      ChainClient chain, Head head, Address vault, Policy policy, List<Token> tokens) {
    Policy.Lending lending = policy.parts().lending();
    AaveV3 aave = AaveV3.at(chain, lending.pool());
    List<Address> assets = tokens.stream().map(Token::address).toList();
    Address account = LendingAccount.addressOf(chain, vault, lending);
    return new Sight(
        aave.market(head, assets),
        lending.eMode() == 0
            ? Optional.empty()
            : aave.categories(head).stream()
                .filter(category -> category.id() == lending.eMode())
                .findFirst(),
        account,
        LendingAccount.read(chain, vault, policy, BlockTag.at(head.number())),
        aave.account(head, account, assets));
  }

  private BigDecimal floor() {
    return new BigDecimal(policy.limits().healthFloorBps())
        .divide(new BigDecimal(PolicyBounds.BPS))
        .stripTrailingZeros();
  }

  private BigInteger booked(Sight seen, int index, boolean debt) {
    Reserve reserve = seen.market().reserves().get(index);
    return seen.books()
        .map(books -> books.lines().get(index))
        .map(line ->
            debt
                ? reserve.owedFrom(line.scaledOwed())
                : reserve.suppliedFrom(line.scaledSupplied()))
        .orElse(BigInteger.ZERO);
  }

  private static OptionalLong remembered(Sight seen, int index) {
    return seen.books().isPresent()
        ? seen.books().get().lines().get(index).checkpoint()
        : OptionalLong.empty();
  }

  // ---- for people ----

  /**
   * All of it, line by line.
   *
   * @param numeraire of the policy
   */
  List<String> lines(Token numeraire) {
    List<String> lines = new ArrayList<>();
    Policy.Lending lending = policy.parts().lending();
    if (sight.isEmpty()) {
      lines.add("not known: the market with the pool %s cannot be read".formatted(lending.pool()));
      return lines;
    }
    Sight seen = sight.get();
    lines.add(
        "market: Aave v3 with the pool %s, revision %s%s"
            .formatted(
                lending.pool(),
                seen.market().revision(),
                published
                    .map(own -> own ? ", Aave's main one here" : ", NOT Aave's main one here")
                    .orElse("")));
    lines.add("its oracle: " + seen.market().oracle());
    lines.add(
        "e-mode: "
            + seen.category()
                .map(in -> "%s, %s".formatted(in.id(), in.label()))
                .orElse(lending.eMode() == 0 ? "none" : lending.eMode() + ", WHICH IS NOT THERE"));
    lines.add(
        "account: %s%s"
            .formatted(seen.address(), seen.books().isPresent() ? "" : ", which is not open yet"));
    lines.add(
        "health factor: %s, and the policy's floor is %s"
            .formatted(
                seen.there().health().map(InspectedLending::factor).orElse("none without debt"),
                floor().toPlainString()));
    for (int i = 0; i < tokens.size(); i++) {
      reserve(lines, seen, i, numeraire);
    }
    return lines;
  }

  private static String factor(BigDecimal health) {
    return health.setScale(4, RoundingMode.DOWN).stripTrailingZeros().toPlainString();
  }

  private void reserve(List<String> lines, Sight seen, int index, Token numeraire) {
    Token token = tokens.get(index);
    Reserve reserve = seen.market().reserves().get(index);
    Account.Position there = seen.there().positions().get(index);
    Policy.ReserveLimits limits = policy.limits().reserves().get(index);
    lines.add(
        "%s, %s decimals: %s supplied and %s owed by its books, %s and %s by the market"
            .formatted(
                token,
                token.decimals(),
                token.amount(booked(seen, index, false)),
                token.amount(booked(seen, index, true)),
                token.amount(there.supplied()),
                token.amount(there.owed())));
    lines.add(
        "  at most %s supplied and %s owed"
            .formatted(
                numeraire.amount(limits.mostSupplied()), numeraire.amount(limits.mostBorrowed())));
    lines.add(
        "  supply earns %s a year, debt costs %s; it counts %s to borrow on and %s until it is liquidated"
            .formatted(
                yearly(reserve.supplyRate()) + " %",
                yearly(reserve.debtRate()) + " %",
                percent(terms(seen, reserve).ltvBps()),
                percent(terms(seen, reserve).thresholdBps())));
    lines.add(
        "  the market can pay out %s, takes %s more and lends %s more%s"
            .formatted(
                token.amount(reserve.liquid()),
                room(token, reserve.configuration().supplyCap(), reserve.supplyRoom()),
                token.amount(reserve.borrowRoom()),
                state(reserve)));
    OptionalLong remembered = remembered(seen, index);
    lines.add(
        "  its indices were last remembered "
            + (remembered.isEmpty()
                ? "never"
                : GovernedVault.when(remembered.getAsLong(), head.timestamp())));
  }

  private static String room(Token token, BigInteger cap, BigInteger room) {
    return cap.signum() == 0 && room.signum() != 0 ? "any amount" : token.amount(room);
  }

  private static String state(Reserve reserve) {
    var set = reserve.configuration();
    return !set.active()
        ? "; it is NOT ACTIVE"
        : set.paused() ? "; it is PAUSED" : set.frozen() ? "; it is FROZEN" : "";
  }

  private record Terms(int ltvBps, int thresholdBps) {}

  /** In its category a reserve counts as the category says. */
  private static Terms terms(Sight seen, Reserve reserve) {
    return seen.category()
        .filter(in -> in.takes(reserve))
        .map(in -> new Terms(in.ltvBps(), in.thresholdBps()))
        .orElseGet(() ->
            new Terms(reserve.configuration().ltvBps(), reserve.configuration().thresholdBps()));
  }

  private static String percent(int basisPoints) {
    return BigDecimal.valueOf(basisPoints, 2).stripTrailingZeros().toPlainString() + " %";
  }

  private static String yearly(BigInteger ray) {
    return new BigDecimal(ray, 25).setScale(2, RoundingMode.HALF_UP).toPlainString();
  }

  // ---- for machines ----

  /** All of it, as {@code inspect.schema.json} describes it. */
  void tree(ObjectNode node, Token numeraire) {
    Policy.Lending lending = policy.parts().lending();
    node.put("desk", lending.desk().toString())
        .put("pool", lending.pool().toString())
        .put("category", lending.eMode())
        .put("healthFloor", floor().toPlainString());
    published.ifPresentOrElse(own -> node.put("published", own), () -> node.putNull("published"));
    if (sight.isEmpty()) {
      node.putNull("market");
      return;
    }
    Sight seen = sight.get();
    ObjectNode market =
        node.putObject("market")
            .put("revision", seen.market().revision())
            .put("oracle", seen.market().oracle().toString())
            .put("account", seen.address().toString())
            .put("open", seen.books().isPresent());
    seen.there()
        .health()
        .ifPresentOrElse(
            health -> market.put("health", health.toPlainString()), () -> market.putNull("health"));
    ArrayNode reserves = market.putArray("reserves");
    for (int i = 0; i < tokens.size(); i++) {
      tree(reserves.addObject(), seen, i, numeraire);
    }
  }

  private void tree(ObjectNode node, Sight seen, int index, Token numeraire) {
    Token token = tokens.get(index);
    Reserve reserve = seen.market().reserves().get(index);
    Account.Position there = seen.there().positions().get(index);
    Policy.ReserveLimits limits = policy.limits().reserves().get(index);
    var set = reserve.configuration();
    node.put("token", token.address().toString())
        .put("symbol", token.symbol())
        .put("decimals", token.decimals())
        .put("supplied", whole(token, booked(seen, index, false)))
        .put("owed", whole(token, booked(seen, index, true)))
        .put("suppliedThere", whole(token, there.supplied()))
        .put("owedThere", whole(token, there.owed()))
        .put("collateral", there.collateral())
        .put("mostSupplied", whole(numeraire, limits.mostSupplied()))
        .put("mostBorrowed", whole(numeraire, limits.mostBorrowed()))
        .put("supplyRate", yearly(reserve.supplyRate()))
        .put("debtRate", yearly(reserve.debtRate()))
        .put("ltvBps", terms(seen, reserve).ltvBps())
        .put("thresholdBps", terms(seen, reserve).thresholdBps())
        .put("supplyCap", set.supplyCap().toString())
        .put("borrowCap", set.borrowCap().toString())
        .put("liquid", whole(token, reserve.liquid()))
        .put("live", set.active() && !set.paused() && !set.frozen());
    OptionalLong remembered = remembered(seen, index);
    if (remembered.isEmpty()) {
      node.putNull("checkpointAge");
    } else {
      node.put("checkpointAge", head.timestamp() - remembered.getAsLong());
    }
  }

  private static String whole(Token token, BigInteger units) {
    return new BigDecimal(units, token.decimals()).stripTrailingZeros().toPlainString();
  }
}
