package org.probity.sim.backtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.probity.chain.Address;
import org.probity.intent.policy.BadPolicy;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.source.VaultProgram;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.PoolFacts;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.PolicySettings.VenueFacts;
import org.probity.sim.backtest.BacktestSettings.Assets;
import org.probity.sim.backtest.BacktestSettings.Market;
import org.probity.sim.backtest.BacktestSettings.Source;
import org.probity.sim.backtest.DataWarning.Kind;
import org.probity.sim.history.Candle;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.PoolEvent;
import org.probity.sim.history.PoolMinute;
import org.probity.sim.history.SeriesManifest;
import org.probity.sim.random.RandomStream;
import org.probity.sim.scenario.Basket;
import org.probity.sim.scenario.BasketScenario;
import org.probity.sim.scenario.GasCost;
import org.probity.sim.scenario.Opening;
import org.probity.sim.scenario.PoolScenario;
import org.probity.sim.scenario.PoolTerms;
import org.probity.sim.scenario.PriceProcess;
import org.probity.sim.scenario.Scenario;
import org.probity.sim.scenario.Scenarios;

/**
 * The market that settings describe, ready to run.
 *
 * @param market its pools and feeds under their addresses
 * @param tokens of the policy's assets
 * @param from the first moment to decide for, in seconds of Unix time
 * @param to the last one
 * @param dataHash over the history that it is made of; of nothing for an invented one
 */
record World(
    Scenario scenario,
    SimulatedMarket market,
    List<Token> tokens,
    long from,
    long to,
    String dataHash,
    List<DataWarning> warnings) {

  /** A token of the market, and what it is called. */
  record Token(String symbol, TokenFacts facts) {}

  /** The first moment of invented markets: 1 January 2024. */
  private static final long DEFAULT_FROM = 1_704_067_200L;

  private static final long DAY = 86_400;

  /** What invented markets do before the first decision, beyond the history that features need. */
  private static final long MARGIN = 900;

  /** SHA-256 of nothing. */
  private static final String NO_DATA =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  static World open(BacktestSettings settings, long historySeconds) {
    requireAgents(settings.market());
    return settings.market().source().isInvented()
        ? invented(settings, historySeconds)
        : recorded(settings, historySeconds);
  }

  private static void requireAgents(Market market) {
    if (market.source() == Source.AGENTS) {
      return;
    }
    requireNone(market.lending().borrowers() > 0, "lending.borrowers", "borrowers");
    requireNone(market.pair().depth() > 0, "pair.depth", "depth");
    requireNone(market.sides().v3().isPresent(), "venues.v3.depth", "depth");
    requireNone(market.sides().v4().isPresent(), "venues.v4.depth", "depth");
  }

  private static void requireNone(boolean there, String setting, String name) {
    if (there) {
      throw new BadSetting(
          "backtest.market.%s is set, but only a market of agents has it: set backtest.market.source to agents, or %s to 0."
              .formatted(setting, name));
    }
  }

  // ---- invented ----

  private static World invented(BacktestSettings settings, long historySeconds) {
    Market market = settings.market();
    long from = settings.from().orElse(DEFAULT_FROM);
    long to =
        settings
            .to()
            .orElseGet(() ->
                from
                    + settings
                        .seconds()
                        .orElseThrow(() ->
                            new BadSetting(
                                "An invented market needs an end: set backtest.days or backtest.to.")));
    if (to <= from) {
      throw new BadSetting("backtest.to must be later than backtest.from.");
    }
    long start = from - historySeconds - MARGIN;
    DataWarning warning =
        assumed(
            "The market is invented: the result says how the strategy fares in this process, and nothing about any real market.");
    if (market.isBasket()) {
      return basket(settings, start, from, to, warning);
    }
    PoolTerms terms = terms(market.assets());
    return pair(
        settings,
        invented(settings, terms, start, from, to),
        terms,
        new Run(from, to, NO_DATA, List.of(warning)));
  }

  private static PoolScenario invented(
      BacktestSettings settings, PoolTerms terms, long start, long from, long to) {
    Market market = settings.market();
    RandomStream random = RandomStream.of(settings.seed(), "market.price");
    PriceProcess process = shocked(process(market, random), market.process(), from - start);
    BacktestSettings.Process noise = market.process();
    String title =
        String.format(
            Locale.ROOT,
            "%s/%s, %s of %.0f %% a year",
            terms.base(),
            terms.quote(),
            words(noise),
            100 * noise.volatility());
    boolean agents = market.source() == Source.AGENTS;
    var opening =
        new Opening(
            terms,
            market.price(),
            market.depth(),
            market.observations(),
            start,
            to,
            agents ? title + Population.words(market) : title);
    return agents
        ? Scenarios.agents(
            opening,
            Population.of(market, terms),
            process,
            noise.stepSeconds(),
            gasCost(settings),
            RandomStream.of(settings.seed(), "market.agents"))
        : Scenarios.synthetic(
            opening,
            process,
            noise.stepSeconds(),
            noise.noiseTrades(),
            noise.noiseSize(),
            RandomStream.of(settings.seed(), "market.noise"));
  }

  // ---- under addresses ----

  /** What a run is besides its market. */
  private record Run(long from, long to, String dataHash, List<DataWarning> warnings) {}

  /** A market of one pool, whose addresses are those that the policy names. */
  private static World pair(
      BacktestSettings settings, PoolScenario scenario, PoolTerms terms, Run run) {
    PolicySettings policy = settings.policy();
    if (policy.assets().size() != 2 || policy.pools().size() != 1) {
      throw new BadSetting(
          "%s has %s assets and %s pools, and this market is one pool of two: leave both lists out, or set backtest.market.source to basket."
              .formatted(MarketPolicy.AT, policy.assets().size(), policy.pools().size()));
    }
    boolean ordered = terms.baseIsToken0();
    Address quote = policy.assets().getFirst().token().orElse(Made.token(ordered ? 2 : 1));
    Address base = policy.assets().get(1).token().orElse(Made.token(ordered ? 1 : 2));
    try {
      return new World(
          scenario,
          SimulatedMarket.of(
              scenario,
              policy.pools().getFirst().address(),
              ordered ? base : quote,
              ordered ? quote : base),
          List.of(
              new Token(terms.quote(), new TokenFacts(quote, terms.quoteDecimals())),
              new Token(terms.base(), new TokenFacts(base, terms.baseDecimals()))),
          run.from,
          run.to,
          run.dataHash,
          run.warnings);
    } catch (IllegalArgumentException e) {
      throw new BadSetting(
          "The tokens of %s.assets do not lie in the order of backtest.market.base-token: leave their addresses out, or set it to %s."
              .formatted(MarketPolicy.AT, ordered ? 1 : 0),
          e);
    }
  }

  private static World basket(
      BacktestSettings settings, long start, long from, long to, DataWarning warning) {
    Basket basket = BasketOfSettings.of(settings);
    BasketScenario scenario;
    try {
      scenario =
          new BasketScenario(basket, start, to, RandomStream.of(settings.seed(), "market.basket"));
    } catch (IllegalArgumentException e) {
      throw new BadSetting("backtest.market.basket cannot be: %s.".formatted(e.getMessage()), e);
    }
    List<Token> tokens =
        settings.policy().assets().stream()
            .map(asset -> {
              Basket.Asset own = BasketOfSettings.named(basket, asset.name());
              return new Token(own.symbol(), new TokenFacts(own.token(), own.decimals()));
            })
            .toList();
    return new World(
        scenario, SimulatedMarket.of(scenario), tokens, from, to, NO_DATA, List.of(warning));
  }

  /**
   * What the policy comes to in the market as it is now, and its program.
   *
   * @throws BadSetting if it is none that a vault takes, or the market has not what it names
   */
  Drafted drafted(PolicySettings written, StrategyUnderTest strategy) {
    PolicySettings whole =
        written.model().program().isEmpty()
            ? written.with(MarketPolicy.sources(written, strategy.program()))
            : written;
    var contracts =
        new PolicySettings.Contracts(strategy.digest(), Made.KEY, Made.SOURCES, Made.ACTIONS);
    PolicySettings.Facts facts = facts(whole);
    VaultProgram program = whole.program(facts, Made.SOURCES);
    Optional<String> mismatch = strategy.program().mismatch(program.program());
    if (mismatch.isPresent()) {
      throw new BacktestRefused(
          "The strategy %s cannot decide for this vault. %s"
              .formatted(strategy.name(), mismatch.get()));
    }
    int step = strategy.weightStepBps().orElse(0);
    if (step != 0 && step != whole.model().weightStepBps()) {
      throw new BadSetting(
          "The strategy %s gives weights in steps of %s basis points: set %s.weight-step to \"%s bps\", and no targets."
              .formatted(strategy.name(), step, MarketPolicy.AT, step));
    }
    Policy policy = whole.policy(facts, contracts);
    try {
      PolicyRules.check(
          policy,
          new ModelShape(program.program().width(), step != 0, strategy.decisions().size()),
          false);
    } catch (BadPolicy e) {
      throw new BadSetting("%s cannot be used. %s.".formatted(MarketPolicy.AT, e.getMessage()), e);
    }
    return new Drafted(policy, program);
  }

  /** A policy and its program. */
  record Drafted(Policy policy, VaultProgram program) {}

  private PolicySettings.Facts facts(PolicySettings policy) {
    Map<Address, PoolFacts> pools = new TreeMap<>();
    Map<Address, Integer> feeds = new TreeMap<>();
    try {
      for (Address pool : policy.poolsToAsk()) {
        SimulatedMarket.Place place = market.pool(pool);
        pools.put(
            pool,
            new PoolFacts(
                place.token0(),
                place.token1(),
                place.exact().feePips(),
                place.exact().liquidity()));
      }
      for (PolicySettings.Asset asset : policy.assets()) {
        asset
            .feed()
            .ifPresent(
                feed -> feeds.put(feed.proxy(), market.feed(feed.proxy()).terms().decimals()));
      }
    } catch (IllegalArgumentException e) {
      throw new BadSetting("%s cannot be used: %s.".formatted(MarketPolicy.AT, e.getMessage()), e);
    }
    List<TokenFacts> all = tokens.stream().map(Token::facts).toList();
    return new PolicySettings.Facts(
        all,
        pools,
        feeds,
        policy.venues().stream().map(venue -> facts(policy, venue, all)).toList(),
        Address.ZERO);
  }

  private VenueFacts facts(
      PolicySettings policy, PolicySettings.Venue venue, List<TokenFacts> tokens) {
    Address asset = tokens.get(venue.asset()).address();
    try {
      VenuePath path = path(policy, venue, tokens, List.of());
      List<Integer> protocolFees = path.protocolFees();
      return new VenueFacts(
          path.feePips(), path(policy, venue, tokens, protocolFees).liquidity(asset), protocolFees);
    } catch (IllegalArgumentException e) {
      throw new BadSetting("%s cannot be used: %s.".formatted(venue.at(), e.getMessage()), e);
    }
  }

  private VenuePath path(
      PolicySettings policy,
      PolicySettings.Venue venue,
      List<TokenFacts> tokens,
      List<Integer> protocolFees) {
    VenueWay way = policy.way(venue, tokens, protocolFees);
    return market.venue(new Policy.Venue(venue.asset(), Made.ACTIONS.of(way), 0, way.parameters()));
  }

  // ---- what is invented ----

  private static DataWarning assumed(String sentence) {
    return new DataWarning(Kind.ASSUMPTION, 1, sentence);
  }

  /** What others pay for gas: at prices as the vault's, whose luck is drawn apart. */
  private static GasCost gasCost(BacktestSettings settings) {
    BacktestSettings.Gas gas = settings.gas();
    if (settings.market().lending().borrowers() == 0) {
      return (_, _, _) -> 0; // Nobody asks.
    }
    GasPath path = GasPath.of(gas, RandomStream.of(settings.seed(), "gas.price.others"));
    return (units, time, price) ->
        units * path.weiAt(time) * gas.scale() / 1e18 * gas.coin().orElse(price);
  }

  private static PriceProcess shocked(
      PriceProcess process, BacktestSettings.Process settings, long before) {
    BacktestSettings.Shock shock = settings.shock();
    if (shock.size() == 0) {
      return process;
    }
    double step = settings.stepSeconds();
    return PriceProcess.shocked(
        process,
        StrictMath.log(1 + shock.size()),
        Math.round((before + 3_600 * shock.hours()) / step),
        Math.max(1, Math.round(60 * shock.minutes() / step)));
  }

  private static String words(BacktestSettings.Process process) {
    return switch (process.kind()) {
      case GBM -> "geometric Brownian motion";
      case OU -> "Ornstein-Uhlenbeck";
      case JUMPS -> "jump diffusion";
      case REGIMES -> "changing regimes around a noise";
    };
  }

  private static PriceProcess process(Market market, RandomStream random) {
    BacktestSettings.Process process = market.process();
    double start = StrictMath.log(market.price());
    int step = process.stepSeconds();
    return switch (process.kind()) {
      case GBM -> PriceProcess.gbm(start, process.volatility(), process.drift(), step, random);
      case OU ->
          PriceProcess.ornsteinUhlenbeck(
              start, process.volatility(), 3_600 * process.halfLifeHours(), step, random);
      case JUMPS ->
          PriceProcess.jumps(
              start,
              process.volatility(),
              process.drift(),
              process.jumpsPerDay(),
              process.jumpSize(),
              step,
              random);
      case REGIMES -> PriceProcess.regimes(start, process.volatility(), step, random);
    };
  }

  // ---- recorded ----

  private static World recorded(BacktestSettings settings, long historySeconds) {
    Market market = settings.market();
    String source = market.source().name().toLowerCase(Locale.ROOT);
    Path folder =
        BadSetting.required(
            market.store(),
            "backtest.market.store",
            "the folder of a history store, for " + source);
    String name =
        BadSetting.required(
            market.series(),
            "backtest.market.series",
            "the name of a series in the store, for " + source);
    HistoryStore store = HistoryStore.at(folder);
    SeriesManifest manifest = store.manifest(name);
    Recorded recorded = new Recorded(settings, store, manifest);
    PoolScenario scenario =
        switch (market.source()) {
          case MINUTES -> recorded.minutes();
          case EVENTS -> recorded.events();
          default -> recorded.candles();
        };
    long first = scenario.start() + historySeconds + recorded.settling();
    long from = Math.max(settings.from().orElse(first), first);
    // A pool without events goes on; what a record of minutes does not reach is not known.
    boolean named = market.source() == Source.EVENTS && settings.to().isPresent();
    long to = named ? settings.to().getAsLong() : Math.min(recorded.until(), scenario.end());
    if (to <= from) {
      throw new BacktestRefused(
          "The series %s has nothing to decide on: its first %s minutes are the history that features need, and it ends at %s."
              .formatted(
                  name, (first - scenario.start()) / 60, java.time.Instant.ofEpochSecond(to)));
    }
    return pair(
        settings,
        scenario,
        recorded.terms(),
        new Run(from, to, manifest.hash(), recorded.warnings(from, to)));
  }

  /** A series on its way to a scenario. */
  private static final class Recorded {
    private final BacktestSettings settings;
    private final Market market;
    private final HistoryStore store;
    private final SeriesManifest manifest;
    private final long cut;
    private final List<DataWarning> more = new ArrayList<>();

    Recorded(BacktestSettings settings, HistoryStore store, SeriesManifest manifest) {
      this.settings = settings;
      this.market = settings.market();
      this.store = store;
      this.manifest = manifest;
      this.cut =
          settings
              .to()
              .orElseGet(() ->
                  settings.from().isPresent() && settings.days().isPresent()
                      ? settings.from().getAsLong() + settings.seconds().getAsLong()
                      : Long.MAX_VALUE);
    }

    long until() {
      return cut;
    }

    /** Seconds after the scenario's start before which nothing is decided. */
    long settling() {
      return market.source() == Source.EVENTS ? 0 : 60;
    }

    /** What the series says about its assets, where the settings do not. */
    PoolTerms terms() {
      return World.terms(market.assets(manifest.about()));
    }

    /** What a scenario needs from before the first decision is kept, the rest left out. */
    private long begin() {
      return settings.from().isPresent() ? settings.from().getAsLong() - 4 * 3_600 : Long.MIN_VALUE;
    }

    PoolScenario minutes() {
      long begin = begin();
      List<PoolMinute> minutes =
          store.poolMinutes(manifest.name()).stream()
              .filter(m -> m.time() >= begin && m.time() < cut)
              .toList();
      requireSome(minutes);
      more.add(
          assumed(
              "Minute records do not tell single swaps: the order within a minute is assumed, and liquidity is taken to be the same at every price."));
      return Scenarios.minutes(terms(), minutes, market.observations(), title("recorded minutes"));
    }

    PoolScenario events() {
      List<PoolEvent> events =
          store.poolEvents(manifest.name()).stream().filter(e -> e.time() <= cut).toList();
      requireSome(events);
      if (events.getFirst().kind() != PoolEvent.Kind.INITIALIZE) {
        more.add(
            assumed(
                "The record begins after the pool did: liquidity over every price stands in for positions of before."));
      }
      int spacing = Integer.parseInt(manifest.about().getOrDefault("tick.spacing", "10"));
      return Scenarios.events(
          terms(),
          spacing,
          events,
          market.observations(),
          market.without().map(Address::hex),
          title("recorded events"));
    }

    PoolScenario candles() {
      long begin = begin();
      List<Candle> candles =
          store.candles(manifest.name()).stream()
              .filter(c -> c.time() >= begin && c.time() < cut)
              .toList();
      requireSome(candles);
      more.add(
          assumed(
              "Prices are another market's: the pool, its depth and the arbitrage that holds it to them are assumed."));
      return Scenarios.candles(
          terms(),
          candles,
          manifest.cadence(),
          market.depth(),
          market.observations(),
          title("candles"));
    }

    private void requireSome(List<?> rows) {
      if (rows.isEmpty()) {
        throw new BacktestRefused(
            "The series %s has nothing between backtest.from and backtest.to: it reaches from %s to %s."
                .formatted(
                    manifest.name(),
                    java.time.Instant.ofEpochSecond(manifest.quality().first()),
                    java.time.Instant.ofEpochSecond(manifest.quality().last())));
      }
    }

    private String title(String what) {
      PoolTerms terms = terms();
      return "%s/%s, %s of %s".formatted(terms.base(), terms.quote(), what, manifest.name());
    }

    /** What the manifest noticed, as far as it lies in the run. */
    List<DataWarning> warnings(long from, long to) {
      List<DataWarning> warnings = new ArrayList<>();
      var gaps =
          manifest.quality().gaps().stream().filter(g -> g.to() > from && g.from() < to).toList();
      if (!gaps.isEmpty()) {
        long missing = gaps.stream().mapToLong(SeriesManifest.Gap::missing).sum();
        warnings.add(
            new DataWarning(
                Kind.GAP,
                gaps.size(),
                "%s rows are missing in %s gaps, the first after %s: the price stands still in them."
                    .formatted(
                        missing,
                        gaps.size(),
                        java.time.Instant.ofEpochSecond(gaps.getFirst().from()))));
      }
      long outliers =
          manifest.quality().outliers().stream().filter(t -> t >= from && t <= to).count();
      if (outliers > 0) {
        warnings.add(
            new DataWarning(
                Kind.OUTLIER,
                outliers,
                "%s moves are more than 25 times the median move: check that they are real."
                    .formatted(outliers)));
      }
      if (manifest.quality().duplicates() > 0) {
        warnings.add(
            new DataWarning(
                Kind.DUPLICATE,
                manifest.quality().duplicates(),
                "%s rows came twice at import; one of each was kept."
                    .formatted(manifest.quality().duplicates())));
      }
      if (to - from < 30 * DAY) {
        warnings.add(
            new DataWarning(
                Kind.SHORT,
                (to - from) / 3_600,
                "The run is only %s days long: yearly figures from it mean little."
                    .formatted(tenths((to - from) / (double) DAY))));
      }
      warnings.addAll(more);
      return List.copyOf(warnings);
    }

    private static String tenths(double number) {
      return String.format(Locale.ROOT, "%.1f", number);
    }
  }

  private static PoolTerms terms(Assets assets) {
    return new PoolTerms(
        assets.base(),
        assets.quote(),
        assets.baseDecimals(),
        assets.quoteDecimals(),
        assets.baseToken() == 0,
        assets.feePips());
  }
}
