package org.probity.agent.checks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.KnownChain;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.Bytes32;
import org.probity.intent.VaultDeployment;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.ModelShape;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyRules;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.Asset;
import org.probity.settings.PolicySettings.Contracts;
import org.probity.settings.PolicySettings.Facts;
import org.probity.settings.PolicySettings.Feed;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.PolicySettings.VenueFacts;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.StrategyManifest;
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
          new ActionContracts(standIn(5), standIn(6), standIn(7), standIn(8), standIn(9)));

  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");
  private static final AbiFunction FACTORY = AbiFunction.parse("factory() returns (address)");

  private final Examination exam;
  private final ChainClient chain;
  private final PolicySettings written;
  private final Optional<PublicStrategy> strategy;

  private final MarketChecks market;
  private final List<Token> tokens = new ArrayList<>();
  private final Map<Address, FeedChecks.Told> feeds = new HashMap<>();
  private Address sequencer = Address.ZERO;

  /**
   * @param strategy whose model the policy pins, if it is there
   */
  public PolicyInspection(
      Examination exam,
      ChainClient chain,
      PolicySettings written,
      Optional<PublicStrategy> strategy) {
    this.exam = exam;
    this.chain = chain;
    this.written = written;
    this.strategy = strategy;
    this.market = new MarketChecks(exam, chain);
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
    written.poolsToAsk().forEach(market::pool);
    boolean pools = market.knows(written.poolsToAsk()) & canonical();
    if (market.pools().keySet().containsAll(written.poolsToAsk())) {
      tokens();
    }
    FeedChecks looking = new FeedChecks(exam, chain);
    for (Asset asset : written.assets()) {
      asset
          .feed()
          .ifPresent(feed ->
              looking.feed(asset.name(), feed).ifPresent(told -> feeds.put(feed.proxy(), told)));
    }
    List<VenueFacts> venues = List.of();
    if (tokens.size() == written.assets().size()) {
      venues = new VenueChecks(exam, chain, written, surroundings(), tokens).look();
      lending();
    }
    boolean fed =
        written.assets().stream()
            .flatMap(asset -> asset.feed().stream())
            .allMatch(feed -> feeds.containsKey(feed.proxy()));
    if (!pools
        || !fed
        || tokens.size() < written.assets().size()
        || venues.size() < written.venues().size()) {
      exam.skip(
          "a pool, token, feed or venue cannot be used",
          CheckName.POLICY_PARTS,
          CheckName.POLICY_RULES,
          CheckName.POLICY_BEARING);
      return Optional.empty();
    }
    Map<Address, PolicySettings.PoolFacts> facts = new HashMap<>();
    market
        .pools()
        .forEach((address, known) ->
            facts.put(
                address,
                new PolicySettings.PoolFacts(
                    known.pool().token0(),
                    known.pool().token1(),
                    known.pool().fee(),
                    market.state(address).liquidity())));
    Map<Address, Integer> decimals = new HashMap<>();
    feeds.forEach((proxy, told) -> decimals.put(proxy, told.decimals()));
    return Optional.of(
        new Facts(
            tokens.stream()
                .map(token -> new TokenFacts(token.address(), token.decimals()))
                .toList(),
            facts,
            decimals,
            venues,
            surroundings().lendingPool()));
  }

  /** What of the chain a vault believes: by the file, or by what is published of it. */
  private VaultDeployment.Surroundings surroundings() {
    Optional<KnownChain> known = KnownChain.of(chain.chainId());
    PolicySettings.Surroundings named = written.surroundings();
    return new VaultDeployment.Surroundings(
        factory().orElse(Address.ZERO),
        sequencer,
        named
            .v2Factory()
            .or(() -> known.flatMap(KnownChain::uniswap).map(KnownChain.Uniswap::v2Factory))
            .orElse(Address.ZERO),
        named
            .v4PoolManager()
            .or(() -> known.flatMap(KnownChain::uniswap).map(KnownChain.Uniswap::v4PoolManager))
            .orElse(Address.ZERO),
        named.wrapped().or(() -> known.flatMap(KnownChain::wrappedNative)).orElse(Address.ZERO),
        written
            .lending()
            .flatMap(PolicySettings.Lending::pool)
            .or(() -> known.flatMap(KnownChain::aave).map(KnownChain.Aave::pool))
            .orElse(Address.ZERO));
  }

  private void lending() {
    if (written.lending().isEmpty()) {
      return;
    }
    PolicySettings.Lending lending = written.lending().get();
    Address pool = surroundings().lendingPool();
    if (pool.equals(Address.ZERO)) {
      exam.add(
          CheckName.LENDING,
          Finding.wrong(
              "No lending market of chain %s is known here".formatted(chain.chainId()),
              "name its pool in %s.pool".formatted(lending.at())));
      exam.skip("there is no such market", CheckName.RESERVE);
      return;
    }
    new LendingChecks(exam, chain)
        .look(
            pool,
            lending.eMode(),
            lending.reserves().stream()
                .map(reserve ->
                    new LendingChecks.Wanted(
                        written.assets().get(reserve.asset()).name(),
                        tokens.get(reserve.asset()),
                        reserve.mostBorrowed().isPresent()))
                .toList());
  }

  /** A pool may name any factory as its own: what counts is the one that vaults believe. */
  private boolean canonical() {
    Optional<Address> believed = factory();
    market
        .pools()
        .values()
        .forEach(known ->
            exam.look(
                CheckName.FACTORY,
                () ->
                    believed
                        .map(factory -> canonical(factory, known.pool()))
                        .orElseGet(() ->
                            Finding.wrong(
                                "Uniswap's v3 factory of chain %s is not known here, and the pool %s names %s"
                                    .formatted(
                                        chain.chainId(),
                                        known.pool().address(),
                                        named(known.pool())),
                                "name the factory in surroundings.v3-factory"))));
    return believed.isPresent();
  }

  /** That of a local chain is whichever the first pool names. */
  private Optional<Address> factory() {
    return written
        .surroundings()
        .v3Factory()
        .or(() ->
            KnownChain.of(chain.chainId())
                .flatMap(KnownChain::uniswap)
                .map(KnownChain.Uniswap::v3Factory))
        .or(() ->
            market.pools().values().stream()
                .filter(_ -> Srs.isLocalChain(chain.chainId()))
                .map(known -> named(known.pool()))
                .findFirst());
  }

  private Address named(UniswapPool pool) {
    return chain.call(pool.address(), FACTORY).address("factory");
  }

  private Finding canonical(Address factory, UniswapPool pool) {
    if (chain.code(factory).isEmpty()) {
      return Finding.wrong(
          "There is no contract at %s, the v3 factory".formatted(factory),
          "check surroundings.v3-factory and the chain");
    }
    Address known =
        chain.call(factory, GET_POOL, pool.token0(), pool.token1(), pool.fee()).address("pool");
    return known.equals(pool.address())
        ? Finding.fine("%s knows it".formatted(factory))
        : Finding.wrong(
            "The v3 factory %s does not know the pool %s, but %s for its tokens and fee"
                .formatted(
                    factory,
                    pool.address(),
                    known.equals(Address.ZERO) ? "none" : known.toString()),
            "name a pool of that factory");
  }

  private void tokens() {
    TokenChecks looking = new TokenChecks(exam, chain);
    for (Asset asset : written.assets()) {
      PoolFacts pool = poolOf(asset);
      Optional<Token> token =
          named(asset, pool).flatMap(address -> looking.token(asset.name(), address));
      token.ifPresent(tokens::add);
      boolean traded =
          token.filter(it -> it.equals(pool.token0()) || it.equals(pool.token1())).isPresent();
      if (traded) {
        looking.transfer(token.get(), pool.pool().address());
      } else {
        exam.skip("its pool does not trade it", CheckName.TOKEN_TRANSFER);
      }
    }
  }

  /** Where a token is looked for: in the first pool of its route, or the numeraire's last. */
  private PoolFacts poolOf(Asset asset) {
    int pool =
        asset.route().isEmpty()
            ? written.assets().get(1).route().getLast()
            : asset.route().getFirst();
    return Objects.requireNonNull(market.pools().get(written.pools().get(pool).address()));
  }

  private Optional<Address> named(Asset asset, PoolFacts pool) {
    if (asset.token().isPresent()) {
      return asset.token();
    }
    try {
      return Optional.of(BaseAsset.of(pool, asset.name()).address());
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
                "%s assets, %s pools%s%s"
                    .formatted(
                        policy.assets(),
                        policy.parts().pools().size(),
                        count(policy.parts().venues().size(), "venue"),
                        count(policy.parts().lending().reserves().size(), "reserve")));
    if (drafted.isEmpty()) {
      exam.skip("there is no policy", CheckName.POLICY_RULES, CheckName.POLICY_BEARING);
      return Optional.empty();
    }
    Policy policy = drafted.get();
    VaultProgram program = written.program(facts, NOT_YET.sources());
    FeedChecks looking = new FeedChecks(exam, chain);
    prices(looking, policy);
    Optional<Address> found =
        looking.sequencer(written.surroundings().sequencer(), written.limits().sequencerGrace());
    sequencer = found.orElse(Address.ZERO);
    strategy.ifPresentOrElse(
        known -> {
          exam.look(CheckName.FEATURES, () -> MarketChecks.features(known.manifest(), program));
          exam.look(CheckName.POLICY_TARGETS, () -> targets(known.manifest()));
        },
        () -> exam.skip("no strategy was named", CheckName.FEATURES, CheckName.POLICY_TARGETS));
    exam.look(
        CheckName.POLICY_RULES,
        () -> {
          PolicyRules.check(policy, shape(policy, program), found.isPresent());
          return Finding.fine("each number within its bounds");
        });
    market.sources(program, written.limits().step());
    return market
        .bearing(policy, program, written.assets().stream().map(Asset::name).toList(), thresholds())
        .map(bearing ->
            new PolicyReview.Sight(
                written,
                facts,
                surroundings(),
                policy,
                tokens,
                written.pools().stream().map(pool -> market.state(pool.address())).toList(),
                bearing));
  }

  private static String count(int count, String of) {
    return count == 0 ? "" : ", %s %s%s".formatted(count, of, count == 1 ? "" : "s");
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
          market.state(written.pools().get(hop.pool()).address()).sqrtPriceX96().doubleValue()
              / Math.pow(2, 96);
      price *= hop.inverted() ? 1 / (root * root) : root * root;
    }
    return price;
  }

  /** Whether each decision of the strategy means something. */
  private Finding targets(StrategyManifest known) {
    int outputs = known.outputs().size();
    int targets = written.model().targets().size();
    int others = written.assets().size() - 1;
    String names = String.join(", ", known.outputs());
    boolean linear = known.architecture().readout() == Readout.LINEAR;
    if (linear != (written.model().weightStepBps() != 0)) {
      return linear
          ? Finding.wrong(
              "The strategy gives weights (%s) and the policy has targets, for one that chooses"
                  .formatted(names),
              "set policy.model.weight-step instead of policy.model.targets")
          : Finding.wrong(
              "The strategy chooses among %s and the policy has a weight-step, for one that gives weights"
                  .formatted(names),
              "set policy.model.targets instead of policy.model.weight-step");
    }
    int reserves =
        written.lending().map(PolicySettings.Lending::reserves).map(List::size).orElse(0);
    if (linear && outputs != others + 2 * reserves) {
      return reserves == 0
          ? Finding.wrong(
              "The strategy gives %s weights (%s) and the policy has %s assets besides the numeraire"
                  .formatted(outputs, names, others),
              "list the assets that it was made for")
          : Finding.wrong(
              "The strategy gives %s numbers (%s) and the policy has use for %s, one for each asset besides the numeraire and two for each of %s reserves"
                  .formatted(outputs, names, others + 2 * reserves, reserves),
              "list the assets and reserves that it was made for");
    }
    if (linear) {
      return known
          .stepMismatch(written.model().weightStepBps())
          .map(Finding::wrong)
          .orElseGet(() -> Finding.fine("a weight for each asset but the numeraire"));
    }
    if (targets != outputs) {
      return Finding.wrong(
          "The policy has %s targets and the strategy %s decisions (%s)"
              .formatted(targets, outputs, names),
          "give each decision one");
    }
    return Stream.of(written.model().targets(), written.model().lendingTargets())
            .flatMap(List::stream)
            .flatMap(List::stream)
            .allMatch(weight -> weight == Policy.HOLD)
        ? Finding.doubtful(
            "Every target of the policy is to hold, so that nothing is ever traded",
            "give a decision a weight")
        : Finding.fine("one for each of %s".formatted(names));
  }

  /** Of the strategy's model; without one of what the policy is for. */
  private ModelShape shape(Policy policy, VaultProgram program) {
    if (strategy.isEmpty()) {
      return new ModelShape(
          program.program().width(),
          policy.model().linear(),
          policy.model().linear()
              ? policy.assets() - 1 + 2 * policy.parts().lending().reserves().size()
              : Math.max(1, policy.model().directions().size()));
    }
    Architecture model = strategy.get().key().architecture();
    return new ModelShape(model.inputs(), model.readout() != Readout.ARGMAX, model.outputs());
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
}
