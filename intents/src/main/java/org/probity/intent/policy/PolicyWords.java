package org.probity.intent.policy;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.probity.chain.Address;

/**
 * A policy in words, and what differs between two, for whoever must say yes or no to it. What
 * belongs to an asset or a pool is told by that, not by its place in a list.
 */
public final class PolicyWords {

  private static final String NONE = "none";
  private static final long DAY = 86_400;

  /** What the bits of directions let a class do. */
  private static final List<String> DOES =
      List.of("sells", "buys", "borrows and takes back", "repays and supplies");

  /** Of a digest, with its 0x, to tell ways of one action apart. */
  private static final int WAY_DIGITS = 10;

  /** How tokens are told. */
  public interface Names {

    /** What a token calls itself. */
    String symbol(Address token);

    /** So many of a token's smallest unit, with symbol and decimals. */
    String amount(Address token, BigInteger units);
  }

  private final Policy policy;
  private final Names names;
  private final Map<String, String> told = new LinkedHashMap<>();

  private PolicyWords(Policy policy, Names names) {
    this.policy = policy;
    this.names = names;
  }

  /** All that a policy says: what it is of, to what it says. */
  public static Map<String, String> of(Policy policy, Names names) {
    return Collections.unmodifiableMap(new PolicyWords(policy, names).tell());
  }

  /** Each difference as "what: before -> after"; empty if and only if the policies are equal. */
  public static List<String> changes(Policy before, Policy after, Names names) {
    Map<String, String> old = new PolicyWords(before, names).tell();
    Map<String, String> now = new PolicyWords(after, names).tell();
    Set<String> all = new LinkedHashSet<>(old.keySet());
    all.addAll(now.keySet());
    List<String> changes = new ArrayList<>();
    for (String what : all) {
      String was = old.getOrDefault(what, NONE);
      String is = now.getOrDefault(what, NONE);
      if (!was.equals(is)) {
        changes.add("%s: %s -> %s".formatted(what, was, is));
      }
    }
    if (changes.isEmpty() && !before.equals(after)) {
      changes.add("what has one name twice: the policies differ there");
    }
    return List.copyOf(changes);
  }

  private Map<String, String> tell() {
    limits();
    model();
    parts();
    return told;
  }

  // ---- limits ----

  private void limits() {
    for (RecordComponent part : Policy.Numbers.class.getRecordComponents()) {
      try {
        Object value = Objects.requireNonNull(part.getAccessor().invoke(policy.limits().numbers()));
        number(part.getName(), value);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e); // the records of a policy are public
      }
    }
    for (int i = 0; i < policy.limits().exposures().size(); i++) {
      Policy.Exposure exposure = policy.limits().exposures().get(i);
      told.put(
          "exposure to %s".formatted(asset(i + 1)),
          "%s and %s bps of all".formatted(amount(exposure.most()), exposure.mostBps()));
    }
    for (int i = 0; i < policy.limits().pools().size(); i++) {
      Policy.PoolLimits pool = policy.limits().pools().get(i);
      told.put("least liquidity of %s".formatted(pool(i)), pool.minLiquidity().toString());
      told.put("counted liquidity of %s".formatted(pool(i)), pool.countedLiquidity().toString());
    }
    for (int i = 0; i < policy.limits().venues().size(); i++) {
      Policy.PoolLimits venue = policy.limits().venues().get(i);
      told.put("least liquidity of %s".formatted(venue(i)), venue.minLiquidity().toString());
      told.put("counted liquidity of %s".formatted(venue(i)), venue.countedLiquidity().toString());
    }
    for (int i = 0; i < policy.limits().reserves().size(); i++) {
      Policy.ReserveLimits reserve = policy.limits().reserves().get(i);
      told.put("most supplied of %s".formatted(reserve(i)), amount(reserve.mostSupplied()));
      told.put("most borrowed of %s".formatted(reserve(i)), amount(reserve.mostBorrowed()));
    }
    if (policy.limits().healthFloorBps() != 0) {
      told.put(
          "least health factor",
          BigDecimal.valueOf(policy.limits().healthFloorBps(), 4)
              .stripTrailingZeros()
              .toPlainString());
    }
  }

  private void number(String name, Object value) {
    String what = words(name.replaceFirst("Bps$", ""));
    told.put(
        what,
        switch (value) {
          case BigInteger units -> amount(units);
          case Long seconds -> time(seconds);
          default -> value + (name.endsWith("Bps") ? " bps" : " ticks");
        });
  }

  // ---- the model ----

  private void model() {
    Policy.Model model = policy.model();
    told.put("model", model.digest().toString());
    told.put("code of the model's key", model.code().toString());
    told.put("agent", model.agent().toString());
    told.put("weight step", model.weightStepBps() + " bps");
    int others = policy.assets() - 1;
    for (int i = 0; i < model.targets().size(); i++) {
      int target = model.targets().get(i);
      told.put(
          "target of class %s for %s".formatted(i / others, asset(1 + i % others)),
          target == Policy.HOLD ? "held" : target + " bps");
    }
    for (int i = 0; i < model.directions().size(); i++) {
      told.put("class %s".formatted(i), directions(model.directions().get(i)));
    }
    int reserves = policy.parts().lending().reserves().size();
    for (int i = 0; i < model.lendingTargets().size(); i++) {
      int target = model.lendingTargets().get(i);
      String name =
          reserves == 0
              ? "lending target %s".formatted(i)
              : "%s of class %s of %s"
                  .formatted(
                      i % 2 == 0 ? "supply" : "debt",
                      i / (2 * reserves),
                      reserve(i / 2 % reserves));
      told.put(
          name,
          target == Policy.HOLD
              ? "held"
              : target + (i % 2 == 0 ? " bps of what is held" : " bps of what is supplied"));
    }
    for (int i = 0; i < model.program().size(); i++) {
      Policy.Feature feature = model.program().get(i);
      told.put(
          "source %s".formatted(i + 1),
          "%s, %s features, %s"
              .formatted(
                  feature.ofLoans()
                      ? "own loans"
                      : feature.ofOwnBooks() ? "own books" : feature.source().toString(),
                  feature.width(),
                  feature.parameters()));
    }
  }

  // ---- with whom ----

  private void parts() {
    Policy.Parts parts = policy.parts();
    told.put(
        "assets, the numeraire first",
        parts.assets().stream().map(asset -> whole(asset.token())).collect(joined()));
    for (int i = 0; i < parts.assets().size(); i++) {
      asset(i, parts.assets().get(i));
    }
    told.put("pools", parts.pools().stream().map(pool -> pool.pool().toString()).collect(joined()));
    for (int i = 0; i < parts.pools().size(); i++) {
      told.put("fee of %s".formatted(pool(i)), fee(parts.pools().get(i).fee()));
    }
    told.put("action", parts.action().toString());
    for (int i = 0; i < parts.venues().size(); i++) {
      Policy.Venue venue = parts.venues().get(i);
      told.put(venue(i), "%s, by %s".formatted(fee(venue.fee()), venue.parameters()));
    }
    Policy.Lending lending = parts.lending();
    if (!lending.equals(Policy.Lending.NONE)) {
      told.put(
          "lending market", "pool %s through desk %s".formatted(lending.pool(), lending.desk()));
      told.put(
          "category of the lending market",
          lending.eMode() == 0 ? NONE : Integer.toString(lending.eMode()));
    }
    for (int i = 0; i < lending.reserves().size(); i++) {
      told.put(
          "loans of %s".formatted(reserve(i)),
          lending.reserves().get(i).borrowable() ? "supplied and borrowed" : "supplied");
    }
  }

  private static String directions(int directions) {
    if (directions < 1 || directions >= 1 << DOES.size()) {
      return "directions " + directions;
    }
    List<String> does = new ArrayList<>();
    for (int bit = 0; bit < DOES.size(); bit++) {
      if ((directions & 1 << bit) != 0) {
        does.add(DOES.get(bit));
      }
    }
    return String.join(directions < 4 ? " and " : "; ", does);
  }

  private void asset(int index, Policy.Asset asset) {
    String name = asset(index);
    told.put("decimals of %s".formatted(name), Integer.toString(asset.decimals()));
    told.put("trades of %s".formatted(name), asset.sellOnly() ? "only sold" : "bought and sold");
    if (!asset.route().isEmpty()) {
      told.put(
          "route of %s".formatted(name),
          asset.route().stream().map(this::hop).collect(Collectors.joining(", then ")));
    }
    Policy.Feed feed = asset.feed();
    if (!feed.equals(Policy.Feed.NONE)) {
      told.put("feed of %s".formatted(name), feed.proxy().toString());
      told.put("feed of %s, decimals".formatted(name), Integer.toString(feed.decimals()));
      told.put("feed of %s, heartbeat".formatted(name), time(feed.heartbeat()));
      told.put("feed of %s, least answer".formatted(name), answer(feed, feed.least()));
      told.put("feed of %s, largest answer".formatted(name), answer(feed, feed.most()));
    }
    if (asset.feedInNumeraire()) {
      told.put("feed of %s, its unit".formatted(name), "said to be the numeraire");
    }
    if (asset.secondPool() != 0 || asset.secondInverted()) {
      told.put(
          "second pool of %s".formatted(name),
          asset.secondPool() == 0
              ? "none, inverted"
              : hop(new Policy.Hop(asset.secondPool() - 1, asset.secondInverted())));
    }
  }

  private String hop(Policy.Hop hop) {
    return pool(hop.pool()) + (hop.inverted() ? ", from its second token" : "");
  }

  // ---- words ----

  /** Symbols need not differ: where they do not, the address tells. */
  private String asset(int index) {
    if (index >= policy.assets()) {
      return "asset %s, which is not listed".formatted(index);
    }
    Address token = policy.parts().assets().get(index).token();
    String symbol = names.symbol(token);
    boolean alone =
        policy.parts().assets().stream()
                .filter(other -> names.symbol(other.token()).equals(symbol))
                .count()
            == 1;
    return alone ? symbol : whole(token);
  }

  private String whole(Address token) {
    return "%s (%s)".formatted(names.symbol(token), token);
  }

  private String pool(int index) {
    List<Policy.PoolPart> pools = policy.parts().pools();
    return index < pools.size()
        ? "pool " + pools.get(index).pool()
        : "pool %s, which is not listed".formatted(index);
  }

  /** By what tells it from the others: its action, its asset, and a digest of its way. */
  private String venue(int index) {
    List<Policy.Venue> venues = policy.parts().venues();
    if (index >= venues.size()) {
      return "venue %s, which is not listed".formatted(index);
    }
    Policy.Venue venue = venues.get(index);
    return "venue of %s at %s, way %s"
        .formatted(
            asset(venue.asset()),
            venue.action(),
            venue.parameters().keccak().hex().substring(0, WAY_DIGITS));
  }

  private String reserve(int index) {
    List<Policy.Reserve> reserves = policy.parts().lending().reserves();
    return index < reserves.size()
        ? asset(reserves.get(index).asset())
        : "reserve %s, which is not listed".formatted(index);
  }

  private static String fee(int fee) {
    return BigDecimal.valueOf(fee, 4).stripTrailingZeros().toPlainString() + " %";
  }

  private String amount(BigInteger units) {
    return names.amount(policy.parts().assets().getFirst().token(), units);
  }

  private static String answer(Policy.Feed feed, BigInteger answer) {
    return new BigDecimal(answer, feed.decimals()).stripTrailingZeros().toPlainString();
  }

  private static String words(String name) {
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  private static Collector<CharSequence, ?, String> joined() {
    return Collectors.joining(", ");
  }

  private static String time(long seconds) {
    return seconds != 0 && seconds % DAY == 0
        ? seconds / DAY + " d"
        : seconds != 0 && seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }
}
