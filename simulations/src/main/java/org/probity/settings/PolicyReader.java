package org.probity.settings;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBounds;
import org.probity.intent.policy.VenueWay;
import org.probity.settings.PolicySettings.Asset;
import org.probity.settings.PolicySettings.Currency;
import org.probity.settings.PolicySettings.Exposure;
import org.probity.settings.PolicySettings.Feed;
import org.probity.settings.PolicySettings.Key;
import org.probity.settings.PolicySettings.Lending;
import org.probity.settings.PolicySettings.Limits;
import org.probity.settings.PolicySettings.Liquidity;
import org.probity.settings.PolicySettings.Model;
import org.probity.settings.PolicySettings.Pool;
import org.probity.settings.PolicySettings.Reserve;
import org.probity.settings.PolicySettings.Source;
import org.probity.settings.PolicySettings.Surroundings;
import org.probity.settings.PolicySettings.Venue;
import org.probity.settings.PolicySettings.Way;

/** Reads a section with a policy, in the order in which its parts refer to each other. */
final class PolicyReader {

  private static final long DAY = 86_400;

  /** Nobody needs longer to prove and to be in a block, unless they say so. */
  private static final long LONGEST_AGE = 300;

  private static final long MOST_WINDOW = 366 * DAY;
  private static final int MOST_HORIZON = (int) (366 * DAY);
  private static final long LEAST_GRACE = PolicyBounds.SEQUENCER_GRACE_LEAST;
  private static final BigInteger MOST_LIQUIDITY =
      BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

  private static final Set<String> OF_ASSET =
      Set.of("symbol", "token", "sell-only", "route", "exposure", "feed", "second-pool", "venues");
  private static final Set<String> OF_VENUE =
      Set.of("name", "v2", "v3", "v4", "min-liquidity", "counted-liquidity");
  private static final Set<String> OF_KEY = Set.of("currencies", "fee", "tick-spacing", "hooks");
  private static final Set<String> OF_LENDING =
      Set.of("market", "pool", "health-floor", "e-mode", "reserves");
  private static final Set<String> OF_RESERVE = Set.of("asset", "supply-most", "borrow-most");
  private static final int MOST_FEE = 0xff_ffff;

  /** Of a pool of Uniswap v4 whose fee is its hooks' to say. */
  private static final int DYNAMIC_FEE = 0x80_0000;

  private static final int MOST_SPACING = 0x7fff;
  private static final int MOST_CATEGORY = 0xff;
  private static final BigDecimal BPS = BigDecimal.valueOf(PolicyBounds.BPS);
  private static final Set<String> OF_FEED =
      Set.of("proxy", "heartbeat", "least", "most", "threshold", "in-numeraire");
  private static final Set<String> OF_POOL =
      Set.of("name", "address", "min-liquidity", "counted-liquidity");
  private static final Map<String, Set<String>> OF_SOURCE =
      new TreeMap<>(
          Map.of(
              "TwapReturns", Set.of("source", "pool", "of", "horizons"),
              "ChainlinkReturns", Set.of("source", "of", "feed", "horizons"),
              "SignedReport", Set.of("source", "signers", "threshold", "schema", "width"),
              "OwnBooks", Set.of("source"),
              "OwnLoans", Set.of("source")));

  /** In a class, the sections of what is supplied and of what is owed, in the policy's order. */
  private static final List<String> OF_LOANS = List.of("supply", "borrow");

  private static final String A_WEIGHT = "hold, or a share such as \"30 %\" or \"3000 bps\"";
  private static final String TARGETS =
      "a list with an entry for each class, such as [{ WETH = 30 %, WBTC = hold }, hold]";

  private final Settings settings;
  private final String root;
  private final boolean needsProgram;
  private final List<Pool> pools = new ArrayList<>();
  private final List<Asset> assets = new ArrayList<>();
  private final List<Venue> venues = new ArrayList<>();
  private final List<Reserve> reserves = new ArrayList<>();

  /**
   * @param root where the section stands
   * @param needsProgram whether the model's program must be written
   */
  PolicyReader(Settings settings, String root, boolean needsProgram) {
    this.settings = settings;
    this.root = root;
    this.needsProgram = needsProgram;
  }

  PolicySettings read() {
    readPools();
    readAssets();
    readVenues();
    Limits limits = limits();
    Optional<Lending> lending = lending();
    return new PolicySettings(
        root, limits, assets, pools, venues, lending, model(), surroundings());
  }

  // ---- limits ----

  private Limits limits() {
    long step = settings.seconds(key("step"), PolicyBounds.STEP_LEAST, PolicyBounds.STEP_MOST);
    long maxAge =
        settings
            .optional(key("max-age"), at -> settings.seconds(at, 1, step / 2))
            .orElse(Math.min(step / 2, LONGEST_AGE));
    long window =
        settings.seconds(key("window"), PolicyBounds.WINDOW_LEAST, PolicyBounds.WINDOW_MOST);
    return new Limits(
        step,
        maxAge,
        settings
            .optional(key("min-interval"), at -> settings.seconds(at, 0, step - maxAge))
            .orElse(step - maxAge),
        window,
        settings.seconds(key("settle"), 1, window),
        settings.share(key("max-slippage"), 1, PolicyBounds.SLIPPAGE_MOST),
        settings.integer(key("max-drift"), 1, PolicyBounds.DRIFT_MOST),
        settings.integer(key("impact-margin"), 0, PolicyBounds.IMPACT_MARGIN_MOST),
        settings.share(key("depth-share"), 1, PolicyBounds.BPS),
        settings.share(key("min-fill"), 1, PolicyBounds.BPS),
        maxDeviation(),
        settings.seconds(key("sequencer-grace"), LEAST_GRACE, DAY),
        settings.amount(key("min-trade")),
        settings.amount(key("max-action")),
        settings.amount(key("turnover.most")),
        settings.seconds(key("turnover.window"), step, MOST_WINDOW),
        settings.amount(key("losses.day")),
        settings.amount(key("losses.month")),
        settings.amount(key("losses.action")));
  }

  /** Needed where something is compared, and senseless elsewhere. */
  private int maxDeviation() {
    String at = key("max-deviation");
    boolean compared =
        assets.stream()
            .anyMatch(asset -> asset.feed().isPresent() || asset.secondPool().isPresent());
    if (compared) {
      return settings.share(at, 1, PolicyBounds.BPS);
    }
    if (settings.isSet(at)) {
      throw new BadSetting(
          "The setting %s has nothing to compare: no asset has a feed or a second pool, so give one a price of its own or leave it out."
              .formatted(at));
    }
    return 0;
  }

  // ---- pools ----

  private void readPools() {
    Set<String> names = new HashSet<>();
    for (Settings one : settings.sections(key("pools"), OF_POOL)) {
      String at = key("pools." + pools.size());
      Address address = one.address(at + ".address");
      String name =
          one.optional(at + ".name", key -> one.text(key, "a name")).orElse(address.toString());
      Liquidity least = liquidity(one, at + ".min-liquidity");
      Liquidity counted =
          one.optional(at + ".counted-liquidity", key -> liquidity(one, key)).orElse(least);
      if (pools.stream().anyMatch(pool -> pool.address().equals(address))) {
        throw new BadSetting(
            "The setting %s.address is %s, which stands in the list already: name each pool once."
                .formatted(at, address));
      }
      if (!names.add(name)) {
        throw new BadSetting(
            "The setting %s.name is \"%s\" as that of another pool: give each a name of its own."
                .formatted(at, name));
      }
      pools.add(new Pool(at, name, address, least, counted));
    }
    requireCount("pools", pools.size(), 1, PolicyBounds.POOLS);
  }

  private static Liquidity liquidity(Settings one, String key) {
    String admitted =
        "an amount as the pool counts it, or a share of what is in range now, such as \"80 %\"";
    String text = one.text(key, admitted);
    @Nullable Integer bps = Settings.bps(text, 1, PolicyBounds.BPS);
    if (bps != null) {
      return new Liquidity.Share(bps);
    }
    BigInteger units;
    try {
      units = new BigInteger(text);
    } catch (NumberFormatException e) {
      throw BadSetting.value(key, text, admitted);
    }
    if (units.signum() <= 0 || units.compareTo(MOST_LIQUIDITY) > 0) {
      throw BadSetting.value(key, text, admitted);
    }
    return new Liquidity.Units(units);
  }

  /** Which pool a name or an address means. */
  private int pool(String key, String text) {
    for (int i = 0; i < pools.size(); i++) {
      Pool pool = pools.get(i);
      if (pool.name().equals(text) || pool.address().hex().equalsIgnoreCase(text)) {
        return i;
      }
    }
    throw BadSetting.value(
        key,
        text,
        "the name or the address of one of the pools: "
            + pools.stream().map(Pool::name).collect(Collectors.joining(", ")));
  }

  // ---- assets ----

  private void readAssets() {
    List<Settings> sections = settings.sections(key("assets"), OF_ASSET);
    requireCount("assets", sections.size(), 2, PolicyBounds.ASSETS);
    Set<String> names = new HashSet<>();
    Set<Integer> used = new HashSet<>();
    for (Settings one : sections) {
      Asset asset = asset(one, key("assets." + assets.size()), assets.isEmpty());
      if (!names.add(asset.name())) {
        throw new BadSetting(
            "The setting %s is another asset called \"%s\": list each once."
                .formatted(asset.at(), asset.name()));
      }
      used.addAll(asset.route());
      asset.secondPool().ifPresent(used::add);
      assets.add(asset);
    }
    for (int i = 0; i < pools.size(); i++) {
      if (!used.contains(i)) {
        throw new BadSetting(
            "The pool %s (%s) is in no route and no second pool: leave it out, or trade on it."
                .formatted(pools.get(i).name(), pools.get(i).at()));
      }
    }
  }

  private Asset asset(Settings one, String at, boolean numeraire) {
    Optional<String> symbol =
        one.optional(at + ".symbol", key -> one.text(key, "what the token calls itself"));
    Optional<Address> token = one.optional(at + ".token", one::address);
    if (symbol.isEmpty() && token.isEmpty()) {
      throw new BadSetting(
          "The asset %s has neither symbol nor token: say which token it is.".formatted(at));
    }
    if (numeraire) {
      for (String name : List.of("route", "exposure", "second-pool", "sell-only", "venues")) {
        if (one.isSet(at + "." + name)) {
          throw new BadSetting(
              "The setting %s.%s is of the numeraire, the first of the assets, in which the others are priced: leave it out."
                  .formatted(at, name));
        }
      }
      return new Asset(
          at,
          symbol,
          token,
          false,
          List.of(),
          Optional.empty(),
          feed(one, at),
          OptionalInt.empty());
    }
    List<Integer> route =
        one.words(at + ".route", "a list of 1 to 3 pools, from the asset to the numeraire").stream()
            .map(word -> pool(at + ".route", word))
            .toList();
    if (route.isEmpty() || route.size() > PolicyBounds.HOPS) {
      throw BadSetting.value(
          at + ".route", route.size() + " pools", "1 to %d".formatted(PolicyBounds.HOPS));
    }
    Optional<Integer> second =
        one.optional(at + ".second-pool", key -> pool(key, one.text(key, "a pool")));
    if (second.filter(route::contains).isPresent()) {
      throw new BadSetting(
          "The setting %s.second-pool is a pool of the route itself and no second opinion: name another, or leave it out."
              .formatted(at));
    }
    return new Asset(
        at,
        symbol,
        token,
        one.isSet(at + ".sell-only") && one.flag(at + ".sell-only"),
        route,
        Optional.of(exposure(one, at + ".exposure")),
        feed(one, at),
        second.map(OptionalInt::of).orElseGet(OptionalInt::empty));
  }

  private static Exposure exposure(Settings one, String at) {
    one.only(at, Set.of("most", "share"));
    return new Exposure(
        one.amountOrZero(at + ".most"),
        one.isSet(at + ".share")
            ? one.share(at + ".share", 0, PolicyBounds.BPS)
            : PolicyBounds.BPS);
  }

  private static Optional<Feed> feed(Settings one, String asset) {
    String at = asset + ".feed";
    if (!one.isSet(at)) {
      return Optional.empty();
    }
    one.only(at, OF_FEED);
    Feed feed =
        new Feed(
            one.address(at + ".proxy"),
            one.seconds(at + ".heartbeat", 1, 30 * DAY),
            one.amount(at + ".least"),
            one.amount(at + ".most"),
            one.share(at + ".threshold", 1, PolicyBounds.BPS),
            one.isSet(at + ".in-numeraire") && one.flag(at + ".in-numeraire"));
    if (feed.least().compareTo(feed.most()) > 0) {
      throw BadSetting.value(
          at + ".least", feed.least().toPlainString(), "at most %s.most".formatted(at));
    }
    return Optional.of(feed);
  }

  // ---- venues ----

  /** They name other assets, so that these are read first. */
  private void readVenues() {
    List<Settings> sections = settings.sections(key("assets"), OF_ASSET);
    Set<String> names = new HashSet<>();
    for (int i = 1; i < sections.size(); i++) {
      String list = assets.get(i).at() + ".venues";
      if (!sections.get(i).isSet(list)) {
        continue;
      }
      List<Settings> listed = sections.get(i).sections(list, OF_VENUE);
      for (int k = 0; k < listed.size(); k++) {
        Venue venue = venue(listed.get(k), list + "." + k, i);
        if (!names.add(venue.name())) {
          throw new BadSetting(
              "The setting %s.name is \"%s\" as that of another venue: give each a name of its own."
                  .formatted(venue.at(), venue.name()));
        }
        venues.add(venue);
      }
    }
    if (venues.size() > PolicyBounds.VENUES) {
      throw new BadSetting(
          "The assets have %d venues and a policy has at most %d: leave some out."
              .formatted(venues.size(), PolicyBounds.VENUES));
    }
  }

  private Venue venue(Settings one, String at, int asset) {
    Way way = way(one, at);
    Liquidity least = liquidity(one, at + ".min-liquidity");
    return new Venue(
        at,
        one.optional(at + ".name", key -> one.text(key, "a name")).orElse(at),
        asset,
        way,
        least,
        one.optional(at + ".counted-liquidity", key -> liquidity(one, key)).orElse(least));
  }

  private Way way(Settings one, String at) {
    List<String> kinds =
        Stream.of("v2", "v3", "v4").filter(kind -> one.isSet(at + "." + kind)).toList();
    if (kinds.size() != 1) {
      throw new BadSetting(
          "The venue %s needs one of v2, v3 and v4, a list of the pools from the asset to the numeraire, and has %s: give one of them."
              .formatted(at, kinds.isEmpty() ? "none" : String.join(" and ", kinds)));
    }
    String key = at + "." + kinds.getFirst();
    Way way =
        switch (kinds.getFirst()) {
          case "v2" -> new Way.OfPairs(addresses(one, key, "a list of pairs' addresses"));
          case "v3" -> new Way.OfPools(addresses(one, key, "a list of pools' addresses"));
          default -> new Way.OfKeys(keys(one, key));
        };
    int length =
        switch (way) {
          case Way.OfPairs(List<Address> pairs) -> pairs.size();
          case Way.OfPools(List<Address> over) -> over.size();
          case Way.OfKeys(List<Key> over) -> over.size();
        };
    if (length < 1 || length > VenueWay.MOST) {
      throw BadSetting.value(key, length + " pools", "1 to %d".formatted(VenueWay.MOST));
    }
    return way;
  }

  private List<Key> keys(Settings one, String at) {
    List<Settings> sections = one.sections(at, OF_KEY);
    return IntStream.range(0, sections.size())
        .mapToObj(i -> poolKey(sections.get(i), at + "." + i, sections.size()))
        .toList();
  }

  private Key poolKey(Settings one, String at, int length) {
    String named = at + ".currencies";
    List<Currency> currencies = List.of();
    if (length > 1 || one.isSet(named)) {
      String admitted = "a list of two: names of assets, addresses of tokens, or coin";
      currencies = one.words(named, admitted).stream().map(word -> currency(named, word)).toList();
      if (currencies.size() != 2) {
        throw BadSetting.value(named, currencies.size() + " words", admitted);
      }
    }
    if (one.optional(at + ".hooks", one::address)
        .filter(it -> !it.equals(Address.ZERO))
        .isPresent()) {
      throw new BadSetting(
          "The setting %s.hooks is of a pool whose trades run another's code and cost what that says, so that no vault trades there: name a pool without hooks."
              .formatted(at));
    }
    int fee = one.integer(at + ".fee", 0, MOST_FEE);
    if (fee == DYNAMIC_FEE) {
      throw new BadSetting(
          "The setting %s.fee is of a pool whose hooks say what it charges, so that no vault trades there: name a pool of a fixed fee."
              .formatted(at));
    }
    return new Key(currencies, fee, one.integer(at + ".tick-spacing", 1, MOST_SPACING));
  }

  private Currency currency(String key, String word) {
    if (word.equals("coin")) {
      return new Currency.At(Address.ZERO);
    }
    return word.startsWith("0x")
        ? new Currency.At(address(key, word))
        : new Currency.OfAsset(asset(key, word));
  }

  private static List<Address> addresses(Settings one, String key, String admitted) {
    return one.words(key, admitted).stream().map(word -> address(key, word)).toList();
  }

  private static Address address(String key, String word) {
    try {
      return new Address(word);
    } catch (IllegalArgumentException e) {
      throw BadSetting.value(key, word, "a list of addresses: " + e.getMessage());
    }
  }

  // ---- lending ----

  private Optional<Lending> lending() {
    String at = key("lending");
    if (OF_LENDING.stream().noneMatch(name -> settings.isSet(at + "." + name))) {
      return Optional.empty();
    }
    String admitted = "aave-v3, the one kind of market that there is";
    String market = settings.text(at + ".market", admitted);
    if (!market.equals("aave-v3")) {
      throw BadSetting.value(at + ".market", market, admitted);
    }
    List<Settings> sections = settings.sections(at + ".reserves", OF_RESERVE);
    requireCount("lending.reserves", sections.size(), 1, PolicyBounds.RESERVES);
    for (Settings one : sections) {
      Reserve reserve = reserve(one, at + ".reserves." + reserves.size());
      if (reserves.stream().anyMatch(other -> other.asset() == reserve.asset())) {
        throw new BadSetting(
            "The setting %s.asset is %s, which stands in the list already: name each once."
                .formatted(reserve.at(), assets.get(reserve.asset()).name()));
      }
      reserves.add(reserve);
    }
    return Optional.of(
        new Lending(
            at,
            settings.optional(at + ".pool", settings::address),
            healthFloor(at + ".health-floor"),
            settings
                .optional(at + ".e-mode", key -> settings.integer(key, 0, MOST_CATEGORY))
                .orElse(0),
            reserves));
  }

  /** A health factor, of no more than four decimals. */
  private int healthFloor(String key) {
    BigDecimal written = settings.amount(key);
    BigDecimal bps = written.multiply(BPS);
    if (bps.stripTrailingZeros().scale() > 0
        || bps.compareTo(BigDecimal.valueOf(PolicyBounds.HEALTH_FLOOR_LEAST)) < 0
        || bps.compareTo(BigDecimal.valueOf(PolicyBounds.HEALTH_FLOOR_MOST)) > 0) {
      throw BadSetting.value(
          key,
          written.toPlainString(),
          "a health factor from 1.05 to 10, of four decimals at most");
    }
    return bps.intValueExact();
  }

  private Reserve reserve(Settings one, String at) {
    String of = at + ".asset";
    return new Reserve(
        at,
        asset(of, one.text(of, "the name of an asset")),
        one.amountOrZero(at + ".supply-most"),
        one.optional(at + ".borrow-most", one::amount));
  }

  private int asset(String key, String name) {
    for (int i = 0; i < assets.size(); i++) {
      if (assets.get(i).name().equals(name)) {
        return i;
      }
    }
    throw BadSetting.value(
        key,
        name,
        "one of the assets: " + assets.stream().map(Asset::name).collect(Collectors.joining(", ")));
  }

  // ---- model ----

  private Model model() {
    Address agent = settings.address(key("model.agent"));
    List<Source> program = program();
    String step = key("model.weight-step");
    if (!settings.isSet(step)) {
      List<List<Integer>> targets = targets();
      List<List<Integer>> loans = reserves.isEmpty() ? List.of() : lendingTargets();
      return new Model(agent, targets, loans, directions(targets.size()), 0, program);
    }
    for (String name : List.of("targets", "directions")) {
      if (settings.isSet(key("model." + name))) {
        throw new BadSetting(
            "The settings %s and %s exclude each other: the first is of a model that chooses, the second of one that gives weights."
                .formatted(key("model." + name), step));
      }
    }
    return new Model(
        agent, List.of(), List.of(), List.of(), settings.share(step, 1, PolicyBounds.BPS), program);
  }

  private List<List<Integer>> targets() {
    String at = key("model.targets");
    if (!settings.isSet(at)) {
      throw BadSetting.missing(at, TARGETS);
    }
    List<List<Integer>> targets = new ArrayList<>();
    for (Object written : settings.values(at)) {
      String one = at + "." + targets.size();
      targets.add(
          switch (written) {
            case Map<?, ?> byName -> byName(one, byName);
            case List<?> inOrder -> inOrder(one, inOrder);
            default -> alone(one, written.toString());
          });
    }
    requireCount("model.targets", targets.size(), 1, PolicyBounds.DECISIONS);
    return targets;
  }

  private List<Integer> byName(String at, Map<?, ?> written) {
    List<@Nullable Integer> weights =
        new ArrayList<>(Collections.nCopies(assets.size(), (@Nullable Integer) null));
    written.forEach((name, weight) -> {
      if (OF_LOANS.contains(name.toString())) {
        requireLending(at + "." + name);
        return;
      }
      String key = at + "." + name;
      int asset = asset(at, name.toString());
      if (asset == 0) {
        throw new BadSetting(
            "The setting %s is the numeraire's weight, which is what the others leave: leave it out."
                .formatted(key));
      }
      weights.set(asset, weight(key, weight));
    });
    List<Integer> all = new ArrayList<>();
    for (int i = 1; i < assets.size(); i++) {
      @Nullable Integer weight = weights.get(i);
      if (weight == null) {
        throw new BadSetting(
            "The setting %s does not say what becomes of %s: give it a weight, or hold it."
                .formatted(at, assets.get(i).name()));
      }
      all.add(weight);
    }
    return all;
  }

  /** What each class has supplied and owed; what it does not name is held. */
  private List<List<Integer>> lendingTargets() {
    String at = key("model.targets");
    List<List<Integer>> targets = new ArrayList<>();
    for (Object written : settings.values(at)) {
      String one = at + "." + targets.size();
      Integer[] loans = new Integer[2 * reserves.size()];
      Arrays.fill(loans, Policy.HOLD);
      if (written instanceof Map<?, ?> byName) {
        for (int k = 0; k < OF_LOANS.size(); k++) {
          String kind = OF_LOANS.get(k);
          if (byName.get(kind) instanceof Map<?, ?> named) {
            for (Map.Entry<?, ?> entry : named.entrySet()) {
              int reserve = reserve(one + "." + kind, entry.getKey().toString());
              loans[2 * reserve + k] =
                  weight(one + "." + kind + "." + entry.getKey(), entry.getValue());
            }
          } else if (byName.containsKey(kind)) {
            throw BadSetting.value(
                one + "." + kind,
                String.valueOf(byName.get(kind)),
                "a section of reserves and shares, such as { WETH = 80 % }");
          }
        }
      }
      targets.add(List.of(loans));
    }
    return targets;
  }

  private int reserve(String key, String name) {
    for (int r = 0; r < reserves.size(); r++) {
      Reserve reserve = reserves.get(r);
      if (assets.get(reserve.asset()).name().equals(name)) {
        if (key.endsWith("borrow") && reserve.mostBorrowed().isEmpty()) {
          throw new BadSetting(
              "The setting %s names %s, which is not borrowed: give %s.borrow-most, or leave it out."
                  .formatted(key, name, reserve.at()));
        }
        return r;
      }
    }
    throw BadSetting.value(
        key,
        name,
        "one of the reserves: "
            + reserves.stream()
                .map(reserve -> assets.get(reserve.asset()).name())
                .collect(Collectors.joining(", ")));
  }

  private void requireLending(String key) {
    if (reserves.isEmpty()) {
      throw new BadSetting(
          "The setting %s needs a lending market, and the policy has none: write the section %s, or leave it out."
              .formatted(key, key("lending")));
    }
  }

  private List<Integer> inOrder(String at, List<?> written) {
    if (written.size() != assets.size() - 1) {
      throw BadSetting.value(
          at,
          written,
          "of %d weights, one for each asset but the numeraire".formatted(assets.size() - 1));
    }
    return written.stream().map(weight -> weight(at, weight)).toList();
  }

  private List<Integer> alone(String at, String written) {
    int others = assets.size() - 1;
    int weight = weight(at, written);
    if (others > 1 && weight != Policy.HOLD) {
      throw BadSetting.value(
          at, written, "a weight for each of %d assets, or hold".formatted(others));
    }
    return Collections.nCopies(others, weight);
  }

  private static int weight(String at, Object written) {
    if (written.equals("hold")) {
      return Policy.HOLD;
    }
    @Nullable Integer bps = Settings.bps(written.toString(), 0, PolicyBounds.BPS);
    if (bps == null) {
      throw BadSetting.value(at, written, A_WEIGHT);
    }
    return bps;
  }

  private List<Integer> directions(int classes) {
    String at = key("model.directions");
    if (!settings.isSet(at)) {
      return Collections.nCopies(classes, reserves.isEmpty() ? 3 : 15);
    }
    List<Integer> directions =
        settings.values(at).stream()
            .map(written ->
                (written instanceof List<?> several ? several : List.of(written))
                    .stream()
                        .mapToInt(word -> direction(at, word.toString()))
                        .reduce(0, (a, b) -> a | b))
            .toList();
    if (directions.size() != classes) {
      throw BadSetting.value(
          at, directions.size() + " words", "%d, one for each of the targets".formatted(classes));
    }
    return directions;
  }

  private int direction(String at, String word) {
    return switch (word) {
      case "sell" -> 1;
      case "buy" -> 2;
      case "both" -> 3;
      case "borrow", "repay", "all" -> {
        requireLending(at + "." + word);
        yield switch (word) {
          case "borrow" -> 4;
          case "repay" -> 8;
          default -> 15;
        };
      }
      default ->
          throw BadSetting.value(
              at,
              word,
              reserves.isEmpty()
                  ? "a list with buy, sell or both for each class"
                  : "a list with some of buy, sell, both, borrow, repay and all for each class");
    };
  }

  private List<Source> program() {
    if (!needsProgram && !settings.isSet(key("model.program"))) {
      return List.of();
    }
    Set<String> known =
        OF_SOURCE.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    List<Settings> sections = settings.sections(key("model.program"), known);
    requireCount("model.program", sections.size(), 1, PolicyBounds.SOURCES);
    return IntStream.range(0, sections.size())
        .mapToObj(i -> source(sections.get(i), key("model.program." + i)))
        .toList();
  }

  private Source source(Settings one, String at) {
    String admitted = "one of " + String.join(", ", OF_SOURCE.keySet());
    String kind = one.text(at + ".source", admitted);
    @Nullable Set<String> known = OF_SOURCE.get(kind);
    if (known == null) {
      throw BadSetting.value(at + ".source", kind, admitted);
    }
    one.only(at, known);
    return switch (kind) {
      case "TwapReturns" -> ofPool(one, at);
      case "ChainlinkReturns" ->
          new Source.OfFeed(at, proxy(one, at), one.secondsList(at + ".horizons", MOST_HORIZON));
      case "SignedReport" -> ofSigners(one, at);
      case "OwnLoans" -> {
        requireLending(at + ".source");
        yield new Source.OfLoans(at);
      }
      default -> new Source.OfBooks(at);
    };
  }

  private Source ofPool(Settings one, String at) {
    String named = one.text(at + ".pool", "the name of a pool, or its address");
    Address pool =
        named.startsWith("0x")
            ? one.address(at + ".pool")
            : pools.get(pool(at + ".pool", named)).address();
    return new Source.OfPool(
        at,
        pool,
        asset(at + ".of", one.text(at + ".of", "the asset whose price is wanted")),
        one.secondsList(at + ".horizons", MOST_HORIZON));
  }

  private Address proxy(Settings one, String at) {
    if (one.isSet(at + ".of") == one.isSet(at + ".feed")) {
      throw new BadSetting(
          "The source %s needs either \"of\", an asset with a feed, or \"feed\", a proxy's address: give one of them."
              .formatted(at));
    }
    if (one.isSet(at + ".feed")) {
      return one.address(at + ".feed");
    }
    Asset asset = assets.get(asset(at + ".of", one.text(at + ".of", "an asset with a feed")));
    return asset
        .feed()
        .map(Feed::proxy)
        .orElseThrow(() ->
            BadSetting.value(at + ".of", asset.name(), "an asset with a feed, which it has not"));
  }

  private static Source ofSigners(Settings one, String at) {
    List<Address> signers =
        addresses(one, at + ".signers", "a list of addresses, in ascending order");
    String schema = one.text(at + ".schema", "the schema's hash (0x and 64 hex digits)");
    try {
      return new Source.OfSigners(
          at,
          signers,
          one.integer(at + ".threshold", 1, 16),
          Bytes32.fromHex(schema),
          one.integer(at + ".width", 1, 64));
    } catch (IllegalArgumentException e) {
      throw BadSetting.value(at + ".schema", schema, "the schema's hash (0x and 64 hex digits)");
    }
  }

  private Surroundings surroundings() {
    return new Surroundings(
        settings.optional(key("surroundings.v3-factory"), settings::address),
        settings.optional(key("surroundings.sequencer"), settings::address),
        settings.optional(key("surroundings.v2-factory"), settings::address),
        settings.optional(key("surroundings.v4-pool-manager"), settings::address),
        settings.optional(key("surroundings.wrapped"), settings::address));
  }

  private void requireCount(String what, int count, int least, int most) {
    if (count < least || count > most) {
      throw BadSetting.value(
          key(what), count + " entries", "a list of %d to %d".formatted(least, most));
    }
  }

  private String key(String name) {
    return root + "." + name;
  }
}
