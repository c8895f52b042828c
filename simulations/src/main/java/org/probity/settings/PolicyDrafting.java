package org.probity.settings;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.probity.chain.Address;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.policy.VenueWay.PoolKey;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.settings.PolicySettings.Asset;
import org.probity.settings.PolicySettings.Contracts;
import org.probity.settings.PolicySettings.Currency;
import org.probity.settings.PolicySettings.Facts;
import org.probity.settings.PolicySettings.Feed;
import org.probity.settings.PolicySettings.Key;
import org.probity.settings.PolicySettings.Lending;
import org.probity.settings.PolicySettings.Limits;
import org.probity.settings.PolicySettings.Model;
import org.probity.settings.PolicySettings.Pool;
import org.probity.settings.PolicySettings.PoolFacts;
import org.probity.settings.PolicySettings.Reserve;
import org.probity.settings.PolicySettings.Source;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.PolicySettings.Venue;
import org.probity.settings.PolicySettings.VenueFacts;
import org.probity.settings.PolicySettings.Way;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/** Puts together what the owner wrote and what the chain says. */
final class PolicyDrafting {

  private final PolicySettings written;
  private final Facts facts;

  PolicyDrafting(PolicySettings written, Facts facts) {
    this.written = written;
    this.facts = facts;
  }

  Policy policy(Contracts contracts) {
    List<Policy.Exposure> exposures = new ArrayList<>();
    for (Asset asset : written.assets().subList(1, written.assets().size())) {
      PolicySettings.Exposure exposure = asset.exposure().orElseThrow();
      exposures.add(
          new Policy.Exposure(
              units(asset.at() + ".exposure.most", exposure.most()), exposure.shareBps()));
    }
    List<Policy.PoolLimits> limits = new ArrayList<>();
    List<Policy.PoolPart> parts = new ArrayList<>();
    for (Pool pool : written.pools()) {
      PoolFacts known = facts(pool.address());
      limits.add(
          new Policy.PoolLimits(
              pool.least().of(known.liquidity()), pool.counted().of(known.liquidity())));
      parts.add(new Policy.PoolPart(pool.address(), known.fee()));
    }
    List<Policy.Asset> assets = new ArrayList<>();
    for (int i = 0; i < written.assets().size(); i++) {
      assets.add(asset(i));
    }
    return new Policy(
        new Policy.Limits(
            numbers(),
            exposures,
            limits,
            venueLimits(),
            reserveLimits(),
            written.lending().map(Lending::healthFloorBps).orElse(0)),
        model(contracts),
        new Policy.Parts(
            assets,
            parts,
            contracts.actions().route(),
            venues(contracts.actions()),
            written
                .lending()
                .map(lending -> lending(lending, contracts.actions()))
                .orElse(Policy.Lending.NONE)));
  }

  // ---- venues ----

  private List<Policy.PoolLimits> venueLimits() {
    List<Policy.PoolLimits> limits = new ArrayList<>();
    for (Venue venue : written.venues()) {
      BigInteger there = facts.venues().get(limits.size()).liquidity();
      limits.add(new Policy.PoolLimits(venue.least().of(there), venue.counted().of(there)));
    }
    return limits;
  }

  private List<Policy.Venue> venues(ActionContracts actions) {
    List<Policy.Venue> venues = new ArrayList<>();
    for (Venue venue : written.venues()) {
      VenueFacts known = facts.venues().get(venues.size());
      VenueWay way = way(venue, facts.tokens(), known.protocolFees());
      Address action = actions.of(way);
      if (action.equals(Address.ZERO)) {
        throw new BadSetting(
            "The setting %s is a venue for which this chain's release has no action: leave it out, or name in surroundings what the chain has of it."
                .formatted(venue.at()));
      }
      venues.add(new Policy.Venue(venue.asset(), action, known.fee(), way.parameters()));
    }
    return venues;
  }

  static VenueWay way(Venue venue, List<TokenFacts> tokens, List<Integer> protocolFees) {
    return switch (venue.way()) {
      case Way.OfPairs(List<Address> pairs) -> new VenueWay.OfPairs(pairs);
      case Way.OfPools(List<Address> pools) -> new VenueWay.OfPools(pools);
      case Way.OfKeys(List<Key> keys) ->
          new VenueWay.OfKeys(
              IntStream.range(0, keys.size())
                  .mapToObj(i ->
                      key(
                          venue,
                          keys.get(i),
                          tokens,
                          protocolFees.isEmpty() ? 0 : protocolFees.get(i)))
                  .toList());
    };
  }

  private static PoolKey key(Venue venue, Key key, List<TokenFacts> tokens, int protocolFee) {
    List<Address> currencies =
        key.currencies().isEmpty()
            ? List.of(tokens.get(venue.asset()).address(), tokens.getFirst().address())
            : key.currencies().stream()
                .map(currency ->
                    switch (currency) {
                      case Currency.OfAsset(int asset) -> tokens.get(asset).address();
                      case Currency.At(Address token) -> token;
                    })
                .toList();
    List<Address> sorted = currencies.stream().sorted().toList();
    return new PoolKey(
        sorted.getFirst(), sorted.getLast(), key.fee(), key.tickSpacing(), protocolFee);
  }

  // ---- lending ----

  private List<Policy.ReserveLimits> reserveLimits() {
    return reserves().stream()
        .map(reserve ->
            new Policy.ReserveLimits(
                units(reserve.at() + ".supply-most", reserve.mostSupplied()),
                units(
                    reserve.at() + ".borrow-most", reserve.mostBorrowed().orElse(BigDecimal.ZERO))))
        .toList();
  }

  private List<Reserve> reserves() {
    return written.lending().map(Lending::reserves).orElse(List.of());
  }

  private Policy.Lending lending(Lending lending, ActionContracts actions) {
    if (actions.desk().equals(Address.ZERO) || facts.lendingPool().equals(Address.ZERO)) {
      throw new BadSetting(
          "The section %s needs a lending market and a release that lends, and this chain has none known here: name the market's pool in %s.pool, or leave the section out."
              .formatted(lending.at(), lending.at()));
    }
    return new Policy.Lending(
        actions.desk(),
        facts.lendingPool(),
        lending.eMode(),
        lending.reserves().stream()
            .map(reserve -> new Policy.Reserve(reserve.asset(), reserve.mostBorrowed().isPresent()))
            .toList());
  }

  private Policy.Numbers numbers() {
    Limits l = written.limits();
    return new Policy.Numbers(
        l.step(),
        l.maxAge(),
        l.minInterval(),
        l.window(),
        l.settle(),
        l.maxSlippageBps(),
        l.maxDrift(),
        l.impactMargin(),
        l.depthShareBps(),
        l.minFillBps(),
        l.maxDeviationBps(),
        l.sequencerGrace(),
        units(written.at() + ".min-trade", l.minTrade()),
        units(written.at() + ".max-action", l.maxAction()),
        units(written.at() + ".turnover.most", l.turnover()),
        l.turnoverWindow(),
        units(written.at() + ".losses.day", l.dayLoss()),
        units(written.at() + ".losses.month", l.monthLoss()),
        units(written.at() + ".losses.action", l.maxLossPerAction()));
  }

  /** Nothing is rounded: an owner's number stays what was written. */
  private BigInteger units(String key, BigDecimal whole) {
    int decimals = facts.tokens().getFirst().decimals();
    try {
      return whole.movePointRight(decimals).toBigIntegerExact();
    } catch (ArithmeticException e) {
      throw new BadSetting(
          "The setting %s is %s, and %s has %d decimals: write no more of them."
              .formatted(key, whole.toPlainString(), written.assets().getFirst().name(), decimals),
          e);
    }
  }

  private PoolFacts facts(Address pool) {
    return Objects.requireNonNull(facts.pools().get(pool), "a pool that was not asked about");
  }

  // ---- assets ----

  private Policy.Asset asset(int index) {
    Asset asset = written.assets().get(index);
    TokenFacts token = facts.tokens().get(index);
    List<Hop> route = new ArrayList<>();
    Address arriving = token.address();
    for (int pool : asset.route()) {
      Hop hop = hop(asset.at() + ".route", pool, arriving);
      route.add(hop);
      arriving = across(hop);
    }
    if (index > 0) {
      requireNumeraire(asset.at() + ".route", arriving);
    }
    int second = 0;
    boolean inverted = false;
    if (asset.secondPool().isPresent()) {
      Hop hop = hop(asset.at() + ".second-pool", asset.secondPool().getAsInt(), token.address());
      requireNumeraire(asset.at() + ".second-pool", across(hop));
      second = hop.pool() + 1;
      inverted = hop.inverted();
    }
    return new Policy.Asset(
        token.address(),
        token.decimals(),
        asset.sellOnly(),
        route,
        asset.feed().map(this::feed).orElse(Policy.Feed.NONE),
        asset.feed().map(Feed::inNumeraire).orElse(false),
        second,
        inverted);
  }

  private Hop hop(String key, int index, Address arriving) {
    Pool pool = written.pools().get(index);
    PoolFacts known = facts(pool.address());
    if (!known.token0().equals(arriving) && !known.token1().equals(arriving)) {
      throw new BadSetting(
          "The setting %s goes through pool %s, which trades %s and %s and not %s, which arrives there: name the pools from the asset to the numeraire, in their order."
              .formatted(
                  key, pool.name(), named(known.token0()), named(known.token1()), named(arriving)));
    }
    return new Hop(index, known.token1().equals(arriving));
  }

  private Address across(Hop hop) {
    PoolFacts known = facts(written.pools().get(hop.pool()).address());
    return hop.inverted() ? known.token0() : known.token1();
  }

  private void requireNumeraire(String key, Address arriving) {
    if (!arriving.equals(facts.tokens().getFirst().address())) {
      throw new BadSetting(
          "The setting %s leads to %s and not to the numeraire %s: end with a pool that trades it."
              .formatted(key, named(arriving), written.assets().getFirst().name()));
    }
  }

  /** A token as the file calls it, if it does. */
  private String named(Address token) {
    for (int i = 0; i < facts.tokens().size(); i++) {
      if (facts.tokens().get(i).address().equals(token)) {
        return written.assets().get(i).name();
      }
    }
    return token.toString();
  }

  /** Bounds tighten where they cannot be written in the feed's decimals. */
  private Policy.Feed feed(Feed feed) {
    int decimals = Objects.requireNonNull(facts.feedDecimals().get(feed.proxy()));
    return new Policy.Feed(
        feed.proxy(),
        decimals,
        feed.heartbeat(),
        whole(feed.least().movePointRight(decimals), RoundingMode.CEILING),
        whole(feed.most().movePointRight(decimals), RoundingMode.FLOOR));
  }

  private static BigInteger whole(BigDecimal value, RoundingMode mode) {
    return value.setScale(0, mode).toBigIntegerExact();
  }

  // ---- model ----

  private Policy.Model model(Contracts contracts) {
    Model model = written.model();
    return new Policy.Model(
        contracts.digest(),
        contracts.key(),
        model.agent(),
        model.targets().stream().flatMap(List::stream).toList(),
        model.directions(),
        model.weightStepBps(),
        program(contracts.sources()).features(),
        model.lendingTargets().stream().flatMap(List::stream).toList());
  }

  VaultProgram program(SourceContracts contracts) {
    return new VaultProgram(
        written.model().program().stream().map(source -> source(source, contracts)).toList());
  }

  private VaultSource source(Source source, SourceContracts contracts) {
    try {
      return switch (source) {
        case Source.OfPool(String at, Address pool, int asset, List<Integer> horizons) ->
            new VaultSource.OfPool(
                contracts.twapReturns(),
                pool,
                inverted(at, pool, asset),
                new TwapReturns(horizons));
        case Source.OfFeed(String _, Address proxy, List<Integer> horizons) ->
            new VaultSource.OfFeed(
                contracts.chainlinkReturns(), proxy, new ChainlinkReturns(horizons));
        case Source.OfSigners signed ->
            new VaultSource.OfSigners(
                contracts.signedReport(),
                signed.signers(),
                signed.threshold(),
                SignedReport.ofSchema(signed.schema(), signed.width()));
        case Source.OfBooks _ -> new VaultSource.OfBooks(new OwnBooks(written.assets().size()));
        case Source.OfLoans _ -> new VaultSource.OfLoans(new OwnLoans(reserves().size()));
      };
    } catch (IllegalArgumentException e) {
      throw new BadSetting(
          "The source %s cannot be used: %s.".formatted(source.at(), e.getMessage()), e);
    }
  }

  private boolean inverted(String at, Address pool, int asset) {
    PoolFacts known = facts(pool);
    Address token = facts.tokens().get(asset).address();
    if (!known.token0().equals(token) && !known.token1().equals(token)) {
      throw new BadSetting(
          "The setting %s.of is %s, which the pool %s does not trade: name an asset that it does."
              .formatted(at, written.assets().get(asset).name(), pool));
    }
    return known.token1().equals(token);
  }
}
