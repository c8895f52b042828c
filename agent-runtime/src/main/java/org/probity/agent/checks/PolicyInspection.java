package org.probity.agent.checks;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBearing;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.SourceRefused;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.settings.VaultPolicySettings;
import org.probity.settings.VaultPolicySettings.Asset;
import org.probity.settings.VaultPolicySettings.Contracts;
import org.probity.settings.VaultPolicySettings.Facts;
import org.probity.settings.VaultPolicySettings.Feed;
import org.probity.settings.VaultPolicySettings.TokenFacts;
import org.probity.strategy.PublicStrategy;
import org.probity.zk.Architecture;
import org.probity.zk.Readout;
import org.probity.zk.Srs;

/**
 * Looks at a policy before there is a vault: each token, pool and feed of it, whether they make a
 * policy that a vault takes, and what that would bear.
 */
public final class PolicyInspection {

  /**
   * A release's own contracts, of which no number of a policy depends: they need not be there yet.
   */
  private static final Contracts NOT_YET =
      new Contracts(
          Bytes32.ZERO,
          standIn(1),
          new SourceContracts(standIn(2), standIn(3), standIn(4)),
          standIn(5));

  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");
  private static final AbiFunction FACTORY = AbiFunction.parse("factory() returns (address)");

  private static final int LEAST_RING = 3;

  /** So many blocks tell how far they are apart. */
  private static final long BLOCKS = 200;

  /** A pool writes one observation a second at most, however many blocks there are. */
  private static final double LEAST_BLOCK_SECONDS = 1;

  private final Examination exam;
  private final ChainClient chain;
  private final VaultPolicySettings written;
  private final Optional<PublicStrategy> strategy;

  private final Map<Address, PoolFacts> markets = new LinkedHashMap<>();
  private final Map<Address, PolicyBearing.PoolFacts> states = new HashMap<>();
  private final List<Token> tokens = new ArrayList<>();
  private final Map<Address, FeedChecks.Told> feeds = new HashMap<>();

  /**
   * @param strategy whose model the policy pins, if it is there
   */
  public PolicyInspection(
      Examination exam,
      ChainClient chain,
      VaultPolicySettings written,
      Optional<PublicStrategy> strategy) {
    this.exam = exam;
    this.chain = chain;
    this.written = written;
    this.strategy = strategy;
  }

  private static Address standIn(int number) {
    return new Address("0x%040x".formatted(number));
  }

  /**
   * Makes every check.
   *
   * @param owner of the vault that is to be, if that is known
   */
  public PolicyReview look(Optional<Address> owner) {
    agent(owner);
    Optional<PolicyReview.Sight> sight = parts().flatMap(this::sight);
    return new PolicyReview(exam.report(), sight);
  }

  private void agent(Optional<Address> owner) {
    Address agent = written.model().agent();
    exam.look(
        CheckName.AGENT,
        () -> {
          if (owner.isEmpty()) {
            return Finding.notLookedAt("nobody said who the owner is: --owner does");
          }
          if (owner.get().equals(agent)) {
            return Finding.wrong(
                "The agent %s is the owner, so that whoever takes the agent's key takes the vault"
                    .formatted(agent),
                "give the agent an account of its own");
          }
          return chain.code(agent).isEmpty()
              ? Finding.fine("%s, and the owner is %s".formatted(agent, owner.get()))
              : Finding.doubtful(
                  "The agent %s is a contract, which signs no transactions".formatted(agent),
                  "name the account that the node has a key of");
        });
  }

  // ---- what the chain says ----

  /** What becomes of the file on this chain; empty if something of it is not there. */
  private Optional<Facts> parts() {
    for (Address pool : written.poolsToAsk()) {
      PoolChecks.look(exam, chain, pool).ifPresent(market -> pool(pool, market));
    }
    boolean all = written.poolsToAsk().stream().allMatch(states::containsKey);
    if (all) {
      tokens();
    }
    FeedChecks looking = new FeedChecks(exam, chain);
    for (Asset asset : written.assets()) {
      asset
          .feed()
          .ifPresent(feed ->
              looking.feed(asset.name(), feed).ifPresent(told -> feeds.put(feed.proxy(), told)));
    }
    all &=
        written.assets().stream()
            .flatMap(asset -> asset.feed().stream())
            .allMatch(feed -> feeds.containsKey(feed.proxy()));
    if (!all || tokens.size() < written.assets().size()) {
      exam.skip(
          "a pool, token or feed cannot be used",
          CheckName.POLICY_PARTS,
          CheckName.POLICY_RULES,
          CheckName.POLICY_BEARING);
      return Optional.empty();
    }
    Map<Address, VaultPolicySettings.PoolFacts> pools = new HashMap<>();
    markets.forEach((address, market) ->
        pools.put(
            address,
            new VaultPolicySettings.PoolFacts(
                market.pool().token0(),
                market.pool().token1(),
                market.pool().fee(),
                state(address).liquidity())));
    Map<Address, Integer> decimals = new HashMap<>();
    feeds.forEach((proxy, told) -> decimals.put(proxy, told.decimals()));
    return Optional.of(
        new Facts(
            tokens.stream()
                .map(token -> new TokenFacts(token.address(), token.decimals()))
                .toList(),
            pools,
            decimals));
  }

  private void pool(Address address, PoolFacts market) {
    markets.put(address, market);
    exam.look(CheckName.FACTORY, () -> canonical(market.pool()));
    UniswapPool.Slot0 slot0 = market.pool().slot0(BlockTag.LATEST);
    BigInteger liquidity = market.pool().liquidity(BlockTag.LATEST);
    if (slot0.sqrtPriceX96().signum() == 0 || liquidity.signum() == 0) {
      exam.skip("it has no price or no liquidity", CheckName.POOL_CARDINALITY);
      return;
    }
    exam.add(CheckName.POOL_CARDINALITY, ring(address, slot0));
    // A ring that was let grow takes its places when a trade moves the price.
    int places = Math.max(slot0.observationCardinality(), slot0.observationCardinalityNext());
    states.put(
        address,
        new PolicyBearing.PoolFacts(liquidity, slot0.sqrtPriceX96(), slot0.tick(), places));
  }

  /** Fewer than three, and no vault knows how a block began. */
  private static Finding ring(Address pool, UniswapPool.Slot0 slot0) {
    int written = slot0.observationCardinality();
    int places = slot0.observationCardinalityNext();
    if (written >= LEAST_RING) {
      return Finding.fine("%d places".formatted(Math.max(written, places)));
    }
    return Finding.wrong(
        "The ring of pool %s has %d places, and a vault needs %d to know how a block began"
            .formatted(pool, written, LEAST_RING),
        places >= LEAST_RING
            ? "wait until a trade moves its price: then it grows to %d".formatted(places)
            : "call increaseObservationCardinalityNext of the pool, which anybody can, and wait"
                + " until a trade moves its price");
  }

  private PolicyBearing.PoolFacts state(Address pool) {
    return Objects.requireNonNull(states.get(pool));
  }

  /** A pool may name any factory as its own: what counts is the one that vaults believe. */
  private Finding canonical(UniswapPool pool) {
    Address named = chain.call(pool.address(), FACTORY).address("factory");
    Optional<Address> believed =
        written.surroundings().v3Factory().or(() -> KnownChain.v3Factory(chain.chainId()));
    if (believed.isEmpty()) {
      return Srs.isLocalChain(chain.chainId())
          ? Finding.fine("%s, as the pool says itself on a local chain".formatted(named))
          : Finding.doubtful(
              "Uniswap's v3 factory of chain %d is not known here, and the pool %s names %s"
                  .formatted(chain.chainId(), pool.address(), named),
              "name the factory in surroundings.v3-factory");
    }
    if (chain.code(believed.get()).isEmpty()) {
      return Finding.wrong(
          "There is no contract at %s, the v3 factory".formatted(believed.get()),
          "check surroundings.v3-factory and the chain");
    }
    Address known =
        chain
            .call(believed.get(), GET_POOL, pool.token0(), pool.token1(), pool.fee())
            .address("pool");
    return known.equals(pool.address())
        ? Finding.fine("%s knows it".formatted(believed.get()))
        : Finding.wrong(
            "The v3 factory %s does not know the pool %s, but %s for its tokens and fee"
                .formatted(
                    believed.get(),
                    pool.address(),
                    known.equals(Address.ZERO) ? "none" : known.toString()),
            "name a pool of that factory");
  }

  private void tokens() {
    TokenChecks looking = new TokenChecks(exam, chain);
    for (Asset asset : written.assets()) {
      PoolFacts market = marketOf(asset);
      Optional<Token> token =
          named(asset, market).flatMap(address -> looking.token(asset.name(), address));
      token.ifPresent(tokens::add);
      boolean traded =
          token.filter(it -> it.equals(market.token0()) || it.equals(market.token1())).isPresent();
      if (traded) {
        looking.transfer(token.get(), market.pool().address());
      } else {
        exam.skip("its pool does not trade it", CheckName.TOKEN_TRANSFER);
      }
    }
  }

  /** Where a token is looked for: in the first pool of its route, or the numeraire's last. */
  private PoolFacts marketOf(Asset asset) {
    int pool =
        asset.route().isEmpty()
            ? written.assets().get(1).route().getLast()
            : asset.route().getFirst();
    return Objects.requireNonNull(markets.get(written.pools().get(pool).address()));
  }

  private Optional<Address> named(Asset asset, PoolFacts market) {
    if (asset.token().isPresent()) {
      return asset.token();
    }
    try {
      return Optional.of(BaseAsset.of(market, asset.name()).address());
    } catch (IllegalArgumentException e) {
      exam.fail(CheckName.TOKEN, e);
      return Optional.empty();
    }
  }

  // ---- what comes of both ----

  private Optional<PolicyReview.Sight> sight(Facts facts) {
    Optional<Policy> drafted =
        exam.find(
            CheckName.POLICY_PARTS,
            () -> written.policy(facts, NOT_YET),
            policy ->
                "%d assets, %d pools".formatted(policy.assets(), policy.parts().pools().size()));
    if (drafted.isEmpty()) {
      exam.skip("there is no policy", CheckName.POLICY_RULES, CheckName.POLICY_BEARING);
      return Optional.empty();
    }
    Policy policy = drafted.get();
    VaultProgram program = written.program(facts, NOT_YET.sources());
    FeedChecks looking = new FeedChecks(exam, chain);
    prices(looking, policy);
    boolean sequenced =
        looking.sequencer(written.surroundings().sequencer(), written.limits().sequencerGrace());
    strategy.ifPresentOrElse(
        known -> exam.look(CheckName.FEATURES, () -> features(known, program)),
        () -> exam.skip("no strategy was named", CheckName.FEATURES));
    exam.look(
        CheckName.POLICY_RULES,
        () -> {
          PolicyRules.check(policy, shape(policy, program), sequenced);
          return Finding.fine("each number within its bounds");
        });
    sources(program);
    return bearing(policy, program)
        .map(bearing ->
            new PolicyReview.Sight(
                written,
                facts,
                policy,
                tokens,
                written.pools().stream().map(pool -> state(pool.address())).toList(),
                bearing));
  }

  private void prices(FeedChecks looking, Policy policy) {
    int most = policy.limits().numbers().maxDeviationBps();
    Optional<Feed> base = written.assets().getFirst().feed();
    for (int i = 1; i < written.assets().size(); i++) {
      Asset asset = written.assets().get(i);
      List<Policy.Hop> route = policy.parts().assets().get(i).route();
      double pool = price(i, route);
      Optional<Feed> feed = asset.feed();
      if (feed.isPresent() && (feed.get().inNumeraire() || base.isPresent())) {
        double answer = told(feed.get());
        double unit = feed.get().inNumeraire() ? 1 : base.map(this::told).orElse(1.0);
        looking.prices(asset.name(), "its feed", pool, answer / unit, most);
      }
      int second = policy.parts().assets().get(i).secondPool();
      if (second != 0) {
        Policy.Hop hop =
            new Policy.Hop(second - 1, policy.parts().assets().get(i).secondInverted());
        looking.prices(
            asset.name(),
            "pool " + written.pools().get(second - 1).name(),
            pool,
            price(i, List.of(hop)),
            most);
      }
    }
  }

  private double told(Feed feed) {
    return Objects.requireNonNull(feeds.get(feed.proxy())).price().doubleValue();
  }

  /** Whole tokens of the numeraire for a whole one of the asset. */
  private double price(int asset, List<Policy.Hop> route) {
    double price = Math.pow(10, tokens.get(asset).decimals() - tokens.getFirst().decimals());
    for (Policy.Hop hop : route) {
      double root =
          state(written.pools().get(hop.pool()).address()).sqrtPriceX96().doubleValue()
              / Math.pow(2, 96);
      price *= hop.inverted() ? 1 / (root * root) : root * root;
    }
    return price;
  }

  private Finding features(PublicStrategy known, VaultProgram program) {
    Optional<String> mismatch = known.manifest().mismatch(program.program());
    if (mismatch.isPresent()) {
      return Finding.wrong(mismatch.get());
    }
    return known.manifest().program().isPresent()
        ? Finding.fine("the program is that of %s".formatted(known.manifest().name()))
        : Finding.doubtful(
            "The strategy %s does not say which sources it was made for"
                .formatted(known.manifest().name()),
            "name its program in weights.json, as strategies/README.md says");
  }

  /** Of the strategy's model; without one of what the policy is for. */
  private ModelShape shape(Policy policy, VaultProgram program) {
    if (strategy.isEmpty()) {
      return new ModelShape(
          program.program().width(),
          policy.model().linear(),
          policy.model().linear()
              ? policy.assets() - 1
              : Math.max(1, policy.model().directions().size()));
    }
    Architecture model = strategy.get().key().architecture();
    return new ModelShape(model.inputs(), model.readout() != Readout.ARGMAX, model.outputs());
  }

  /** What an agent would read now, source by source, but for what nobody has written yet. */
  private void sources(VaultProgram program) {
    Head head = chain.head();
    long step = written.limits().step();
    long asOf = head.timestamp() - head.timestamp() % step;
    for (int i = 0; i < program.sources().size(); i++) {
      VaultSource source = program.sources().get(i);
      int number = i + 1;
      switch (source) {
        case VaultSource.OfBooks _ -> {}
        case VaultSource.OfSigners _ ->
            exam.skip(
                "whether signers report is seen when they do (source %d)".formatted(number),
                CheckName.SOURCES);
        case VaultSource.OfPool _, VaultSource.OfFeed _ ->
            exam.look(CheckName.SOURCES, () -> source(source, number, head, asOf));
      }
    }
  }

  private Finding source(VaultSource source, int number, Head head, long asOf) {
    try {
      new ProgramReader(chain, new VaultProgram(List.of(source)), Reports.NONE)
          .at(head, asOf, ProgramReader.Books.NONE);
      return Finding.fine(
          "source %d has its %d features now".formatted(number, source.entry().width()));
    } catch (SourceRefused e) {
      return Finding.wrong(
          String.valueOf(e.getMessage())
              .replaceFirst("^Source 1 ", "Source %d ".formatted(number)));
    }
  }

  private Optional<PolicyBearing> bearing(Policy policy, VaultProgram program) {
    try {
      PolicyBearing bearing =
          new PolicyBearing(
              policy,
              new PolicyBearing.Facts(
                  written.assets().stream().map(Asset::name).toList(),
                  written.pools().stream().map(pool -> state(pool.address())).toList(),
                  thresholds(),
                  historySeconds(program),
                  blockSeconds()));
      List<String> contradictions = bearing.contradictions();
      if (contradictions.isEmpty()) {
        exam.add(CheckName.POLICY_BEARING, Finding.fine("nothing contradicts what it is for"));
      }
      contradictions.forEach(
          sentence -> exam.add(CheckName.POLICY_BEARING, Finding.wrong(sentence)));
      ringsOfTheProgram(program, bearing.ringNeeded());
      return Optional.of(bearing);
    } catch (RuntimeException e) {
      exam.fail(CheckName.POLICY_BEARING, e);
      return Optional.empty();
    }
  }

  /** Pools that are read and not traded remember as much as the others. */
  private void ringsOfTheProgram(VaultProgram program, int needed) {
    for (VaultSource source : program.sources()) {
      if (source instanceof VaultSource.OfPool ofPool
          && written.pools().stream().noneMatch(pool -> pool.address().equals(ofPool.pool()))) {
        int cardinality = state(ofPool.pool()).cardinality();
        exam.add(
            CheckName.POOL_CARDINALITY,
            cardinality < needed
                ? Finding.wrong(
                    "The ring of pool %s holds %d observations and needs %d"
                        .formatted(ofPool.pool(), cardinality, needed),
                    "call increaseObservationCardinalityNext(%d)".formatted(needed))
                : Finding.fine("%d places, %d are needed".formatted(cardinality, needed)));
      }
    }
  }

  /** What two feeds hold back adds up. */
  private List<Integer> thresholds() {
    int base = written.assets().getFirst().feed().map(Feed::thresholdBps).orElse(0);
    return written.assets().stream()
        .skip(1)
        .map(asset ->
            asset
                .feed()
                .map(feed -> feed.thresholdBps() + (feed.inNumeraire() ? 0 : base))
                .orElse(0))
        .toList();
  }

  private static long historySeconds(VaultProgram program) {
    return program.sources().stream()
        .mapToLong(
            source -> source instanceof VaultSource.OfPool pool ? pool.entry().historySeconds() : 0)
        .max()
        .orElse(0);
  }

  private double blockSeconds() {
    Head newest = chain.head();
    long back = Math.min(BLOCKS, newest.number());
    if (back == 0) {
      return 1;
    }
    long before = chain.head(BlockTag.at(newest.number() - back)).orElse(newest).timestamp();
    return Math.max(LEAST_BLOCK_SECONDS, (newest.timestamp() - before) / (double) back);
  }
}
