package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Feed;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.ReserveLimits;
import org.probity.intent.policy.Policy.Venue;

/** Policies as bytes and their bounds, each held against the deployed contracts. */
@TestKind.Differential
class PolicyRulesTest {

  private static final AbiFunction VALIDATE = VaultBed.RULES.function("validate");
  private static final ContractArtifact LENS = ContractArtifact.load("VaultLens");
  private static final AbiFunction POLICY_AT = LENS.function("policyAt");
  private static final AbiFunction OF_DOUBLE =
      AbiFunction.parse("f() returns (uint256 fee, uint256 liquidity)");

  @SuppressWarnings("NullAway.Init") // by start
  private static LocalChain chain;

  @SuppressWarnings("NullAway.Init") // by start
  private static VaultBed bed;

  @SuppressWarnings("NullAway.Init") // by start
  private static Policy good;

  /** The same with venues and lending. */
  @SuppressWarnings("NullAway.Init") // by start
  private static Policy lending;

  @SuppressWarnings("NullAway.Init") // by start
  private static Address lens;

  @BeforeAll
  static void start() {
    chain = LocalChain.start();
    Address factory =
        chain.deploy(
            chain.account(0).address(), ContractArtifact.load("UniswapV3Factory").deployment());
    bed = new VaultBed(chain, factory, 4, new Random(11));
    good = bed.policy(new Random(3));
    while (good.model().linear()) {
      good = bed.policy(bed.world.random);
    }
    lens = deploy("VaultLens");
    lending = lending(good, deploy("VenueDouble"), deploy("DeskDouble"));
  }

  private static Address deploy(String contract) {
    return chain.deploy(bed.owner, ContractArtifact.load(contract).deployment());
  }

  /** Three venues of two assets, and two reserves. */
  private static Policy lending(Policy policy, Address venue, Address desk) {
    Limits limits = policy.limits();
    Model model = policy.model();
    Parts parts = policy.parts();
    int classes = model.directions().size();
    List<Feature> program =
        List.of(model.program().getFirst(), new Feature(Address.ZERO, 9, Feature.LOANS));
    int width = program.stream().mapToInt(Feature::width).sum();
    Bytes key = VaultBed.key(width, model.linear(), model.linear() ? policy.assets() + 3 : classes);
    chain.execute(bed.owner, Call.of(bed.keys, VaultBed.KEYS.function("store"), key));
    BigInteger million = BigInteger.valueOf(1_000_000);
    List<Integer> loans =
        Collections.nCopies(classes, List.of(8_000, 0, Policy.HOLD, 10_000)).stream()
            .flatMap(List::stream)
            .toList();
    return new Policy(
        new Limits(
            limits.numbers(),
            limits.exposures(),
            limits.pools(),
            Collections.nCopies(3, new PoolLimits(BigInteger.TEN, BigInteger.TWO)),
            List.of(
                new ReserveLimits(million, BigInteger.ZERO), new ReserveLimits(million, million)),
            PolicyBounds.HEALTH_FLOOR_LEAST),
        new Model(
            key.keccak(),
            chain
                .client()
                .call(bed.keys, VaultBed.KEYS.function("codeOf"), key.keccak())
                .address("code"),
            model.agent(),
            model.targets(),
            model.linear() ? List.of() : changed(model.directions(), 0, _ -> 15),
            model.weightStepBps(),
            program,
            loans),
        new Parts(
            parts.assets(),
            parts.pools(),
            parts.action(),
            List.of(venue(1, venue, 1), venue(2, venue, 3_000), venue(1, venue, 3_000)),
            new Lending(
                desk, parts.action(), 2, List.of(new Reserve(1, false), new Reserve(0, true)))));
  }

  private static Venue venue(int asset, Address action, int fee) {
    return new Venue(asset, action, fee, OF_DOUBLE.encodeReturn(fee, 7));
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  @Test
  void bytesAreThoseOfTheContractsAndComeBack() {
    var random = new Random(5);
    Address venue = lending.parts().venues().getFirst().action();
    for (int i = 0; i < 20; i++) {
      Policy plain = bed.policy(random);
      Policy policy = i % 2 == 0 ? plain : lending(plain, venue, lending.parts().lending().desk());
      byte[] encoded = policy.encoded();
      assertThat(Policy.decode(encoded)).isEqualTo(policy);
      Address place = PolicyWorld.store(chain, policy, i);
      AbiValues read = chain.client().call(lens, POLICY_AT, place);
      assertThat(POLICY_AT.encodeReturn(read.getFirst())).isEqualTo(Bytes.of(encoded));
      assertThat(refusal(policy)).isNull();
      PolicyRules.check(policy, VaultBed.shape(policy), false);
    }
  }

  @Test
  void anotherWayToWriteAPolicyIsRefused() {
    byte[] encoded = good.encoded();
    assertThatThrownBy(() -> Policy.decode(Arrays.copyOf(encoded, encoded.length + 32)))
        .hasMessageContaining("one policy has one hash");
    byte[] cut = Arrays.copyOf(encoded, encoded.length - 32);
    assertThatThrownBy(() -> Policy.decode(cut)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyBoundRefusesAsTheContractDoes() {
    Map<String, Policy> bad = bad();
    bad.forEach((what, policy) -> {
      Refusal theirs = refusal(policy);
      assertThat(theirs).as(what).isNotNull();
      assertThatThrownBy(() -> PolicyRules.check(policy, VaultBed.shape(good), false))
          .as(what)
          .isInstanceOfSatisfying(
              BadPolicy.class, e -> assertThat(e.refusal()).as(what).isEqualTo(theirs))
          .hasMessageContaining(": ");
    });
    assertThat(bad).hasSizeGreaterThan(45);
  }

  @Test
  void everyBoundOfVenuesAndLendingRefusesAsTheContractDoes() {
    assertThat(refusal(lending)).isNull();
    PolicyRules.check(lending, VaultBed.shape(lending), false);
    Map<String, Policy> bad = new LinkedHashMap<>();
    badVenues(bad);
    badLending(bad);
    badLoans(bad);
    bad.forEach((what, policy) -> {
      Refusal theirs = refusal(policy);
      assertThat(theirs).as(what).isNotNull();
      assertThatThrownBy(() -> PolicyRules.check(policy, VaultBed.shape(lending), false))
          .as(what)
          .isInstanceOfSatisfying(
              BadPolicy.class, e -> assertThat(e.refusal()).as(what).isEqualTo(theirs))
          .hasMessageContaining(": ");
    });
    assertThat(bad).hasSizeGreaterThan(30);
  }

  private static void badVenues(Map<String, Policy> bad) {
    List<Venue> venues = lending.parts().venues();
    Address action = venues.getFirst().action();
    bad.put("seventeen venues", venues(Collections.nCopies(17, venues.getFirst())));
    bad.put("a venue of the numeraire", venues(changed(venues, 1, _ -> venue(0, action, 1))));
    bad.put("a venue of no asset", venues(changed(venues, 1, _ -> venue(9, action, 1))));
    bad.put("a venue without fee", venues(changed(venues, 1, _ -> venue(1, action, 0))));
    bad.put("a dear venue", venues(changed(venues, 1, _ -> venue(1, action, 10_001))));
    bad.put("a venue twice", venues(changed(venues, 2, _ -> venues.getFirst())));
    Numbers n = good.limits().numbers();
    int fees = n.maxSlippageBps() * 100;
    bad.put(
        "slippage of the venue's fees", venues(changed(venues, 1, _ -> venue(1, action, fees))));
    Limits l = lending.limits();
    bad.put("venues' limits short", limits(l.venues().subList(1, 3), l.reserves(), 15_000));
    BigInteger two = BigInteger.TWO;
    bad.put(
        "a venue without floor",
        limits(
            changed(l.venues(), 1, _ -> new PoolLimits(BigInteger.ZERO, BigInteger.ZERO)),
            l.reserves(),
            15_000));
    bad.put(
        "a venue counted on beyond its floor",
        limits(
            changed(l.venues(), 1, _ -> new PoolLimits(BigInteger.ONE, two)),
            l.reserves(),
            15_000));
  }

  private static void badLending(Map<String, Policy> bad) {
    Limits l = lending.limits();
    bad.put("reserves' limits short", limits(l.venues(), l.reserves().subList(1, 2), 15_000));
    for (int floor : new int[] {0, 10_499, 100_001}) {
      bad.put("health floor " + floor, limits(l.venues(), l.reserves(), floor));
    }
    Parts parts = lending.parts();
    Lending of = parts.lending();
    Reserve first = of.reserves().getFirst();
    bad.put(
        "a reserve of no asset",
        lending(new Lending(of.desk(), of.pool(), 2, List.of(first, new Reserve(9, true)))));
    bad.put(
        "a reserve twice",
        lending(new Lending(of.desk(), of.pool(), 2, List.of(first, new Reserve(1, true)))));
    bad.put(
        "reserves without a desk",
        lending(new Lending(Address.ZERO, Address.ZERO, 0, of.reserves())));
    bad.put(
        "a pool without a desk", lending(new Lending(Address.ZERO, of.pool(), 0, of.reserves())));
    bad.put(
        "a category without a desk",
        lending(new Lending(Address.ZERO, Address.ZERO, 1, of.reserves())));
    Limits plain = good.limits();
    bad.put(
        "a floor without reserves",
        new Policy(
            new Limits(
                plain.numbers(), plain.exposures(), plain.pools(), List.of(), List.of(), 15_000),
            good.model(),
            good.parts()));
  }

  private static void badLoans(Map<String, Policy> bad) {
    Model m = lending.model();
    bad.put("loans' targets short", loans(m.directions(), m.lendingTargets().subList(1, 4)));
    bad.put(
        "a target over all", loans(m.directions(), changed(m.lendingTargets(), 1, _ -> 10_001)));
    for (int direction : new int[] {0, 16}) {
      bad.put(
          "direction " + direction,
          loans(changed(m.directions(), 0, _ -> direction), m.lendingTargets()));
    }
    Feature books = m.program().getFirst();
    Feature own = m.program().getLast();
    bad.put(
        "loans of another width",
        program(books, new Feature(Address.ZERO, own.width() - 1, Feature.LOANS)));
    bad.put(
        "a source of its own that is none",
        program(books, new Feature(Address.ZERO, own.width(), Bytes.of(new byte[] {2}))));
    bad.put(
        "two bytes of parameters",
        program(books, new Feature(Address.ZERO, own.width(), Bytes.of(new byte[] {1, 1}))));
    Model plain = good.model();
    for (int direction : new int[] {4, 8, 15}) {
      bad.put(
          "direction %s without lending".formatted(direction),
          without(plain.program(), changed(plain.directions(), 0, _ -> direction), List.of()));
    }
    bad.put(
        "targets of loans without lending",
        without(plain.program(), plain.directions(), m.lendingTargets()));
    bad.put(
        "features of loans without lending",
        without(
            List.of(books, new Feature(Address.ZERO, 1, Feature.LOANS)),
            plain.directions(),
            List.of()));
  }

  private static Policy venues(List<Venue> venues) {
    Parts parts = lending.parts();
    return new Policy(
        lending.limits(),
        lending.model(),
        new Parts(parts.assets(), parts.pools(), parts.action(), venues, parts.lending()));
  }

  private static Policy lending(Lending changed) {
    Parts parts = lending.parts();
    return new Policy(
        lending.limits(),
        lending.model(),
        new Parts(parts.assets(), parts.pools(), parts.action(), parts.venues(), changed));
  }

  private static Policy limits(
      List<PoolLimits> venues, List<ReserveLimits> reserves, int healthFloorBps) {
    Limits limits = lending.limits();
    return new Policy(
        new Limits(
            limits.numbers(), limits.exposures(), limits.pools(), venues, reserves, healthFloorBps),
        lending.model(),
        lending.parts());
  }

  private static Policy loans(List<Integer> directions, List<Integer> targets) {
    return lending(
        lending.parts(), lending.limits(), lending.model().program(), directions, targets);
  }

  private static Policy program(Feature... program) {
    Model m = lending.model();
    return lending(
        lending.parts(), lending.limits(), List.of(program), m.directions(), m.lendingTargets());
  }

  /** What has no lending, with the model of what has. */
  private static Policy without(
      List<Feature> program, List<Integer> directions, List<Integer> targets) {
    return lending(good.parts(), good.limits(), program, directions, targets);
  }

  private static Policy lending(
      Parts parts,
      Limits limits,
      List<Feature> program,
      List<Integer> directions,
      List<Integer> targets) {
    Model m = lending.model();
    return new Policy(
        limits,
        new Model(m.digest(), m.code(), m.agent(), m.targets(), directions, 0, program, targets),
        parts);
  }

  @Test
  void aSentenceNamesFieldValueBoundsAndRemedy() {
    assertThatThrownBy(() -> PolicyRules.check(number("step", 59), VaultBed.shape(good), false))
        .hasMessage(
            "The policy's step is 59 and must lie from 60 to 86400: decide once a minute to once a"
                + " day");
  }

  @Test
  void whereTheChainHasASequencerAGraceIsNeeded() {
    assertThatThrownBy(
            () -> PolicyRules.check(number("sequencerGrace", 1_799), VaultBed.shape(good), true))
        .hasMessageContaining("sequencerGrace");
    PolicyRules.check(number("sequencerGrace", 0), VaultBed.shape(good), false);
  }

  private static @Nullable Refusal refusal(Policy policy) {
    try {
      chain.client().call(bed.rules, VALIDATE, Bytes.of(policy.encoded()));
      return null;
    } catch (CallReverted e) {
      return PolicyEngineDifferentialTest.refusal(e.reason(VaultBed.ERRORS));
    }
  }

  // ---- policies with one thing wrong ----

  private static Map<String, Policy> bad() {
    Map<String, Policy> bad = new LinkedHashMap<>();
    Numbers n = good.limits().numbers();
    BigInteger tooMuch = PolicyBounds.BOOK_MOST.add(BigInteger.ONE);
    long[][] wrong = {
      {59, 86_401},
      {0, n.step() / 2 + 1},
      {n.step() - n.maxAge() + 1},
      {299, 3_601},
      {0, n.window() + 1},
      {301},
      {0, 301},
      {31},
      {0, 10_001},
      {0, 10_001},
      {0, 10_001}
    };
    String[] fields = {
      "step",
      "maxAge",
      "minInterval",
      "window",
      "settle",
      "maxSlippageBps",
      "maxDrift",
      "impactMargin",
      "depthShareBps",
      "minFillBps",
      "maxDeviationBps"
    };
    for (int i = 0; i < fields.length; i++) {
      for (long value : wrong[i]) {
        bad.put(fields[i] + " " + value, number(fields[i], value));
      }
    }
    bad.put("room", number("maxDrift", 211));
    bad.put("turnoverWindow short", number("turnoverWindow", n.step() - 1));
    bad.put("turnoverWindow long", number("turnoverWindow", 366L * 86_400 + 1));
    for (String field :
        List.of("minTrade", "maxAction", "turnover", "dayLoss", "maxLossPerAction")) {
      bad.put(field + " 0", amount(field, BigInteger.ZERO));
    }
    for (String field : List.of("minTrade", "maxAction", "turnover")) {
      bad.put(field + " too much", amount(field, tooMuch));
    }
    bad.put("dayLoss over month", amount("dayLoss", n.monthLoss().add(BigInteger.ONE)));
    bad.put("action loss", amount("maxLossPerAction", n.monthLoss().add(BigInteger.ONE)));
    badLists(bad);
    badModels(bad);
    badAssets(bad);
    return bad;
  }

  private static void badLists(Map<String, Policy> bad) {
    Limits l = good.limits();
    List<Exposure> exposures = l.exposures();
    List<PoolLimits> pools = l.pools();
    bad.put(
        "exposures short",
        limits(new Limits(l.numbers(), exposures.subList(1, exposures.size()), pools)));
    bad.put(
        "exposure over all",
        limits(
            new Limits(
                l.numbers(),
                changed(exposures, 1, one -> new Exposure(one.most(), 10_001)),
                pools)));
    bad.put(
        "pools short", limits(new Limits(l.numbers(), exposures, pools.subList(1, pools.size()))));
    bad.put(
        "no floor",
        limits(
            new Limits(
                l.numbers(),
                exposures,
                changed(pools, 0, one -> new PoolLimits(BigInteger.ZERO, BigInteger.ZERO)))));
    bad.put(
        "counts more than the floor",
        limits(
            new Limits(
                l.numbers(),
                exposures,
                changed(
                    pools,
                    0,
                    one ->
                        new PoolLimits(
                            one.minLiquidity(), one.minLiquidity().add(BigInteger.ONE))))));
  }

  private static void badModels(Map<String, Policy> bad) {
    Model m = good.model();
    int others = good.assets() - 1;
    bad.put("no agent", model(m, Address.ZERO, m.targets(), m.directions(), 0, m.program()));
    bad.put("a weight step", model(m, m.agent(), m.targets(), m.directions(), 1, m.program()));
    bad.put("no classes", model(m, m.agent(), List.of(), List.of(), 0, m.program()));
    bad.put(
        "another number of classes",
        model(
            m,
            m.agent(),
            m.targets(),
            Collections.nCopies(m.directions().size() + 1, 3),
            0,
            m.program()));
    bad.put(
        "seventeen classes",
        model(m, m.agent(), m.targets(), Collections.nCopies(17, 3), 0, m.program()));
    bad.put(
        "targets short",
        model(
            m,
            m.agent(),
            m.targets().subList(1, m.targets().size()),
            m.directions(),
            0,
            m.program()));
    for (int direction : new int[] {0, 4}) {
      bad.put(
          "direction " + direction,
          model(
              m,
              m.agent(),
              m.targets(),
              changed(m.directions(), 0, _ -> direction),
              0,
              m.program()));
    }
    bad.put(
        "weights over all",
        model(
            m,
            m.agent(),
            changed(changed(m.targets(), 0, _ -> 10_000), others - 1, _ -> 1),
            m.directions(),
            0,
            m.program()));
    bad.put("no program", model(m, m.agent(), m.targets(), m.directions(), 0, List.of()));
    Feature own = m.program().getFirst();
    bad.put(
        "nine sources",
        model(m, m.agent(), m.targets(), m.directions(), 0, Collections.nCopies(9, own)));
    bad.put(
        "wider than the model",
        model(m, m.agent(), m.targets(), m.directions(), 0, List.of(own, own)));
    bad.put(
        "a wrong width",
        model(
            m,
            m.agent(),
            m.targets(),
            m.directions(),
            0,
            List.of(new Feature(Address.ZERO, own.width() + 1, Bytes.EMPTY))));
  }

  private static void badAssets(Map<String, Policy> bad) {
    List<Asset> assets = good.parts().assets();
    Asset first = assets.getFirst();
    Asset last = assets.getLast();
    bad.put("one asset", parts(List.of(first)));
    bad.put("nine assets", parts(Collections.nCopies(9, last)));
    bad.put(
        "a token twice",
        assets(last, asset -> asset(asset, first.token(), asset.route(), asset.feed(), 0)));
    bad.put(
        "no route", assets(last, asset -> asset(asset, asset.token(), List.of(), Feed.NONE, 0)));
    bad.put(
        "four hops",
        assets(
            last,
            asset ->
                asset(
                    asset,
                    asset.token(),
                    Collections.nCopies(4, new Hop(0, false)),
                    Feed.NONE,
                    0)));
    bad.put(
        "no such pool",
        assets(
            last,
            asset -> asset(asset, asset.token(), List.of(new Hop(200, false)), Feed.NONE, 0)));
    Asset direct =
        assets.stream().filter(asset -> asset.route().size() == 1).findFirst().orElseThrow();
    bad.put(
        "its own second opinion",
        assets(
            direct,
            asset ->
                asset(
                    asset,
                    asset.token(),
                    asset.route(),
                    Feed.NONE,
                    asset.route().getFirst().pool() + 1)));
    bad.put(
        "the numeraire has a route",
        assets(first, asset -> asset(asset, asset.token(), last.route(), asset.feed(), 0)));
    Feed feed = first.feed();
    bad.put(
        "no heartbeat",
        feed(new Feed(feed.proxy(), feed.decimals(), 0, feed.least(), feed.most())));
    bad.put(
        "least 0",
        feed(
            new Feed(
                feed.proxy(), feed.decimals(), feed.heartbeat(), BigInteger.ZERO, feed.most())));
    bad.put(
        "least over most",
        feed(
            new Feed(
                feed.proxy(),
                feed.decimals(),
                feed.heartbeat(),
                feed.most().add(BigInteger.ONE),
                feed.most())));
    int fees =
        last.route().stream()
            .mapToInt(hop -> PriceGuard.feeTicks(good.parts().pools().get(hop.pool()).fee()))
            .sum();
    int least =
        assets.stream()
            .skip(1)
            .mapToInt(asset ->
                asset.route().stream()
                    .mapToInt(
                        hop -> PriceGuard.feeTicks(good.parts().pools().get(hop.pool()).fee()))
                    .sum())
            .max()
            .orElse(fees);
    bad.put("slippage of the fees", number("maxSlippageBps", least));
  }

  private static Policy limits(Limits limits) {
    return new Policy(limits, good.model(), good.parts());
  }

  private static Policy parts(List<Asset> assets) {
    Parts parts = good.parts();
    return new Policy(
        good.limits(), good.model(), new Parts(assets, parts.pools(), parts.action()));
  }

  private static Policy assets(Asset which, UnaryOperator<Asset> change) {
    List<Asset> assets = good.parts().assets();
    return parts(changed(assets, assets.indexOf(which), change));
  }

  private static Policy feed(Feed feed) {
    Asset numeraire = good.parts().assets().getFirst();
    return assets(
        numeraire, asset -> asset(asset, asset.token(), asset.route(), feed, asset.secondPool()));
  }

  private static Asset asset(
      Asset asset, Address token, List<Hop> route, Feed feed, int secondPool) {
    return new Asset(
        token,
        asset.decimals(),
        asset.sellOnly(),
        route,
        feed,
        asset.feedInNumeraire(),
        secondPool,
        asset.secondInverted());
  }

  private static Policy model(
      Model model,
      Address agent,
      List<Integer> targets,
      List<Integer> directions,
      int weightStepBps,
      List<Feature> program) {
    return new Policy(
        good.limits(),
        new Model(model.digest(), model.code(), agent, targets, directions, weightStepBps, program),
        good.parts());
  }

  private static Policy number(String field, long value) {
    return amount(field, BigInteger.valueOf(value));
  }

  /** With one of the numbers changed, by its name. */
  private static Policy amount(String field, BigInteger value) {
    Numbers n = good.limits().numbers();
    BiFunction<String, BigInteger, BigInteger> of = (name, old) -> name.equals(field) ? value : old;
    BiFunction<String, Long, Long> at =
        (name, old) -> of.apply(name, BigInteger.valueOf(old)).longValueExact();
    Numbers changed =
        new Numbers(
            at.apply("step", n.step()),
            at.apply("maxAge", n.maxAge()),
            at.apply("minInterval", n.minInterval()),
            at.apply("window", n.window()),
            at.apply("settle", n.settle()),
            at.apply("maxSlippageBps", (long) n.maxSlippageBps()).intValue(),
            at.apply("maxDrift", (long) n.maxDrift()).intValue(),
            at.apply("impactMargin", (long) n.impactMargin()).intValue(),
            at.apply("depthShareBps", (long) n.depthShareBps()).intValue(),
            at.apply("minFillBps", (long) n.minFillBps()).intValue(),
            at.apply("maxDeviationBps", (long) n.maxDeviationBps()).intValue(),
            at.apply("sequencerGrace", n.sequencerGrace()),
            of.apply("minTrade", n.minTrade()),
            of.apply("maxAction", n.maxAction()),
            of.apply("turnover", n.turnover()),
            at.apply("turnoverWindow", n.turnoverWindow()),
            of.apply("dayLoss", n.dayLoss()),
            of.apply("monthLoss", n.monthLoss()),
            of.apply("maxLossPerAction", n.maxLossPerAction()));
    return limits(new Limits(changed, good.limits().exposures(), good.limits().pools()));
  }

  private static <T> List<T> changed(List<T> list, int at, UnaryOperator<T> change) {
    List<T> changed = new ArrayList<>(list);
    changed.set(at, change.apply(list.get(at)));
    return changed;
  }
}
