package org.probity.intent.policy;

import java.util.List;
import java.util.function.Function;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
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
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.ReserveLimits;
import org.probity.intent.policy.Policy.Venue;

/** A policy as bytes. The types of its fields are those of {@code VaultLens.policyAt}. */
final class PolicyEncoding {

  private static final AbiFunction POLICY_AT =
      ContractArtifact.load("VaultLens").function("policyAt");

  private PolicyEncoding() {}

  static Bytes encode(Policy policy) {
    return POLICY_AT.encodeReturn(
        List.of(limits(policy.limits()), model(policy.model()), parts(policy.parts())));
  }

  static Policy decode(Bytes encoded) {
    AbiValues struct = POLICY_AT.decode(encoded).struct("policyAt");
    Policy policy =
        new Policy(
            limits(struct.struct("limits")),
            model(struct.struct("model")),
            parts(struct.struct("parts")));
    if (!encode(policy).equals(encoded)) {
      throw new IllegalArgumentException(
          "Not how abi.encode writes this policy, and one policy has one hash: encode it anew");
    }
    return policy;
  }

  private static List<Object> limits(Limits limits) {
    return List.of(
        numbers(limits.numbers()),
        structs(limits.exposures(), one -> List.of(one.most(), one.mostBps())),
        structs(limits.pools(), PolicyEncoding::poolLimits),
        structs(limits.venues(), PolicyEncoding::poolLimits),
        structs(limits.reserves(), one -> List.of(one.mostSupplied(), one.mostBorrowed())),
        limits.healthFloorBps());
  }

  private static Limits limits(AbiValues limits) {
    return new Limits(
        numbers(limits.struct("numbers")),
        read(limits, "exposures", one -> new Exposure(one.integer("most"), one.int32("mostBps"))),
        read(limits, "pools", PolicyEncoding::poolLimits),
        read(limits, "venues", PolicyEncoding::poolLimits),
        read(
            limits,
            "reserves",
            one -> new ReserveLimits(one.integer("mostSupplied"), one.integer("mostBorrowed"))),
        limits.int32("healthFloorBps"));
  }

  private static List<Object> poolLimits(PoolLimits limits) {
    return List.of(limits.minLiquidity(), limits.countedLiquidity());
  }

  private static PoolLimits poolLimits(AbiValues limits) {
    return new PoolLimits(limits.integer("minLiquidity"), limits.integer("countedLiquidity"));
  }

  private static List<Object> numbers(Numbers n) {
    return List.of(
        n.step(),
        n.maxAge(),
        n.minInterval(),
        n.window(),
        n.settle(),
        n.maxSlippageBps(),
        n.maxDrift(),
        n.impactMargin(),
        n.depthShareBps(),
        n.minFillBps(),
        n.maxDeviationBps(),
        n.sequencerGrace(),
        n.minTrade(),
        n.maxAction(),
        n.turnover(),
        n.turnoverWindow(),
        n.dayLoss(),
        n.monthLoss(),
        n.maxLossPerAction());
  }

  private static Numbers numbers(AbiValues n) {
    return new Numbers(
        n.int64("step"),
        n.int64("maxAge"),
        n.int64("minInterval"),
        n.int64("window"),
        n.int64("settle"),
        n.int32("maxSlippageBps"),
        n.int32("maxDrift"),
        n.int32("impactMargin"),
        n.int32("depthShareBps"),
        n.int32("minFillBps"),
        n.int32("maxDeviationBps"),
        n.int64("sequencerGrace"),
        n.integer("minTrade"),
        n.integer("maxAction"),
        n.integer("turnover"),
        n.int64("turnoverWindow"),
        n.integer("dayLoss"),
        n.integer("monthLoss"),
        n.integer("maxLossPerAction"));
  }

  private static List<Object> model(Model m) {
    return List.of(
        m.digest(),
        m.code(),
        m.agent(),
        m.targets(),
        m.directions(),
        m.weightStepBps(),
        structs(m.program(), one -> List.of(one.source(), one.width(), one.parameters())),
        m.lendingTargets());
  }

  private static Model model(AbiValues m) {
    return new Model(
        m.word("digest"),
        m.address("code"),
        m.address("agent"),
        ints(m, "targets"),
        ints(m, "directions"),
        m.int32("weightStepBps"),
        read(
            m,
            "program",
            one -> new Feature(one.address("source"), one.int32("width"), one.bytes("parameters"))),
        ints(m, "lendingTargets"));
  }

  private static List<Object> parts(Parts parts) {
    return List.of(
        structs(parts.assets(), PolicyEncoding::asset),
        structs(parts.pools(), one -> List.of(one.pool(), one.fee())),
        parts.action(),
        structs(
            parts.venues(), one -> List.of(one.asset(), one.action(), one.fee(), one.parameters())),
        lending(parts.lending()));
  }

  private static Parts parts(AbiValues parts) {
    return new Parts(
        read(parts, "assets", PolicyEncoding::asset),
        read(parts, "pools", one -> new PoolPart(one.address("pool"), one.int32("fee"))),
        parts.address("action"),
        read(
            parts,
            "venues",
            one ->
                new Venue(
                    one.int32("asset"),
                    one.address("action"),
                    one.int32("fee"),
                    one.bytes("parameters"))),
        lending(parts.struct("lending")));
  }

  private static List<Object> lending(Lending lending) {
    return List.of(
        lending.desk(),
        lending.pool(),
        lending.eMode(),
        structs(lending.reserves(), one -> List.of(one.asset(), one.borrowable())));
  }

  private static Lending lending(AbiValues lending) {
    return new Lending(
        lending.address("desk"),
        lending.address("pool"),
        lending.int32("eMode"),
        read(lending, "reserves", one -> new Reserve(one.int32("asset"), one.bool("borrowable"))));
  }

  private static List<Object> asset(Asset asset) {
    Feed feed = asset.feed();
    return List.of(
        asset.token(),
        asset.decimals(),
        asset.sellOnly(),
        structs(asset.route(), hop -> List.of(hop.pool(), hop.inverted())),
        List.of(feed.proxy(), feed.decimals(), feed.heartbeat(), feed.least(), feed.most()),
        asset.feedInNumeraire(),
        asset.secondPool(),
        asset.secondInverted());
  }

  private static Asset asset(AbiValues asset) {
    AbiValues feed = asset.struct("feed");
    return new Asset(
        asset.address("token"),
        asset.int32("decimals"),
        asset.bool("sellOnly"),
        read(asset, "route", hop -> new Hop(hop.int32("pool"), hop.bool("inverted"))),
        new Feed(
            feed.address("proxy"),
            feed.int32("decimals"),
            feed.int64("heartbeat"),
            feed.integer("least"),
            feed.integer("most")),
        asset.bool("feedInNumeraire"),
        asset.int32("secondPool"),
        asset.bool("secondInverted"));
  }

  private static <T> List<List<Object>> structs(List<T> list, Function<T, List<Object>> struct) {
    return list.stream().map(struct).toList();
  }

  private static <T> List<T> read(AbiValues from, String name, Function<AbiValues, T> struct) {
    return from.structs(name).stream().map(struct).toList();
  }

  private static List<Integer> ints(AbiValues from, String name) {
    return from.integers(name).stream().map(number -> number.intValueExact()).toList();
  }
}
