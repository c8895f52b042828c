package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Policy.Venue;

/** Policies over a {@link PolicyWorld} in which each limit is the tightest now and then. */
final class RandomPolicies {

  private static final AbiFunction OF_DOUBLE =
      AbiFunction.parse("f() returns (uint256 fee, uint256 liquidity)");

  private final PolicyWorld world;
  private final Random random;
  private final List<Venue> venues = new ArrayList<>();

  /** Policies without venues. */
  RandomPolicies(PolicyWorld world) {
    this.world = world;
    this.random = world.random;
  }

  /** Policies that all have the same venues, none to six, at a {@code VenueDouble}. */
  RandomPolicies(PolicyWorld world, Address venue) {
    this(world);
    int others = world.tokens.size() - 1;
    int[] fees = {1, 30, 100, 500, 3_000, 10_000};
    for (int i = random.nextInt(7); i > 0; i--) {
      int asset = 1 + random.nextInt(others);
      int fee = fees[random.nextInt(fees.length)];
      Bytes parameters = OF_DOUBLE.encodeReturn(fee, liquidity(asset));
      venues.add(new Venue(asset, venue, fee, parameters));
    }
  }

  /** About what the first pool of an asset's route has. */
  private BigInteger liquidity(int asset) {
    return world.pools.get(world.routes.get(asset).getFirst().pool()).liquidity();
  }

  /** Where each asset is to be traded, and now and then where it cannot be. */
  List<Integer> choices() {
    return IntStream.range(1, world.tokens.size())
        .mapToObj(asset -> {
          if (!venues.isEmpty() && random.nextInt(150) == 0) {
            return random.nextInt(256);
          }
          List<Integer> of =
              IntStream.rangeClosed(1, venues.size())
                  .filter(k -> venues.get(k - 1).asset() == asset)
                  .boxed()
                  .toList();
          return of.isEmpty() || random.nextInt(3) == 0 ? 0 : of.get(random.nextInt(of.size()));
        })
        .toList();
  }

  Policy next() {
    int others = world.tokens.size() - 1;
    return new Policy(limits(others), model(others, random.nextInt(5) < 2), parts());
  }

  Limits limits(int others) {
    BigInteger minTrade = part(1 + random.nextInt(5)).max(BigInteger.ONE);
    int window = 300 + random.nextInt(2) * random.nextInt(300);
    Numbers numbers =
        new Numbers(
            600,
            120,
            400,
            window,
            1 + random.nextInt(random.nextBoolean() ? 60 : window),
            random.nextInt(12) == 0 ? 1 + random.nextInt(30) : 120 + random.nextInt(181),
            20 + random.nextInt(random.nextInt(3) == 0 ? 40 : 280),
            random.nextInt(31),
            100 + random.nextInt(9_901),
            2_500,
            50 + random.nextInt(random.nextInt(3) == 0 ? 9_950 : 400),
            1_800,
            minTrade,
            part(random.nextInt(3)).max(minTrade),
            part(0).max(minTrade),
            86_400,
            part(1).max(BigInteger.ONE),
            part(0).max(BigInteger.ONE),
            part(0).max(BigInteger.ONE));
    List<Exposure> exposures =
        IntStream.range(0, others)
            .mapToObj(i ->
                new Exposure(
                    random.nextInt(3) == 0 ? part(1 + random.nextInt(2)) : part(0).shiftLeft(7),
                    random.nextInt(3) == 0 ? random.nextInt(3_000) : 10_000))
            .toList();
    return new Limits(
        numbers,
        exposures,
        world.pools.stream().map(pool -> limits(pool.liquidity())).toList(),
        venues.stream().map(venue -> limits(liquidity(venue.asset()))).toList(),
        List.of(),
        0);
  }

  private PoolLimits limits(BigInteger liquidity) {
    int percent = random.nextInt(15) == 0 ? 99 + random.nextInt(8) : 10 + random.nextInt(70);
    BigInteger least = liquidity.multiply(BigInteger.valueOf(percent)).divide(number(100));
    BigInteger counted =
        switch (random.nextInt(20)) {
          case 0 -> least.shiftRight(random.nextInt(20));
          case 1 -> BigInteger.ONE;
          default -> least;
        };
    return new PoolLimits(least, counted.max(BigInteger.ONE));
  }

  /** The vault's scale, divided by a power of ten. */
  private BigInteger part(int digits) {
    return world
        .scale
        .multiply(number(1 + random.nextInt(100)))
        .divide(BigInteger.TEN.pow(digits).multiply(number(100)));
  }

  private static BigInteger number(int value) {
    return BigInteger.valueOf(value);
  }

  Model model(int others, boolean linear) {
    List<Integer> targets = new ArrayList<>();
    List<Integer> directions = new ArrayList<>();
    int classes = linear ? 0 : 1 + random.nextInt(6);
    for (int d = 0; d < classes; d++) {
      directions.add(random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 3);
      int rest = PolicyBounds.BPS;
      boolean keeps = random.nextInt(6) == 0;
      for (int i = 0; i < others; i++) {
        int target = random.nextInt(4) == 0 ? 0 : random.nextInt(rest + 1);
        boolean hold = keeps || random.nextInt(5) == 0;
        targets.add(hold ? Policy.HOLD : target);
        rest -= hold ? 0 : target;
      }
    }
    int[] steps = {1, 100, 333, 2_500, 10_000};
    return new Model(
        Bytes32.of(world.random.nextLong()),
        new Address("0x00000000000000000000000000000000000000c0"),
        new Address("0x00000000000000000000000000000000000000a6"),
        targets,
        directions,
        linear ? steps[random.nextInt(steps.length)] : 0,
        List.of(new Feature(Address.ZERO, 2 * others + 2, Bytes.EMPTY)));
  }

  Parts parts() {
    List<Asset> assets = new ArrayList<>();
    for (int i = 0; i < world.tokens.size(); i++) {
      boolean second = world.seconds.get(i) != 0;
      PolicyWorld.Token token = world.tokens.get(i);
      boolean inverted =
          second
              && world
                  .pools
                  .get(world.seconds.get(i) - 1)
                  .token1()
                  .address()
                  .equals(token.address());
      assets.add(
          new Asset(
              token.address(),
              token.decimals(),
              random.nextInt(15) == 0,
              world.routes.get(i),
              world.feeds.get(i),
              false,
              world.seconds.get(i),
              inverted));
    }
    return new Parts(
        assets,
        world.pools.stream().map(pool -> new PoolPart(pool.place(), pool.fee())).toList(),
        new Address("0x00000000000000000000000000000000000000ac"),
        venues,
        Policy.Lending.NONE);
  }

  /** What a model may say, and now and then what it may not. */
  List<BigInteger> outputs(Policy policy) {
    int others = policy.assets() - 1;
    int count = policy.model().linear() ? others : 1;
    if (random.nextInt(100) == 0) {
      count++;
    }
    if (!policy.model().linear()) {
      int classes = policy.model().directions().size();
      int output =
          random.nextInt(40) == 0 ? random.nextInt(3) - 1 + classes : random.nextInt(classes);
      return Collections.nCopies(count, BigInteger.valueOf(random.nextInt(60) == 0 ? -1 : output));
    }
    int most = PolicyBounds.BPS / policy.model().weightStepBps();
    return IntStream.range(0, count)
        .mapToObj(i ->
            switch (random.nextInt(8)) {
              case 0 -> BigInteger.valueOf(-1 - random.nextInt(1_000));
              case 1 -> BigInteger.ONE.shiftLeft(random.nextInt(255));
              case 2, 3 -> BigInteger.valueOf(random.nextInt(most + 1));
              default -> BigInteger.valueOf(random.nextInt(most / others + 1));
            })
        .toList();
  }

  /** What a vault may have of each asset. */
  List<BigInteger> books() {
    BigInteger numeraire = BigInteger.valueOf(world.tokens.getFirst().milliPrice());
    return world.tokens.stream()
        .map(token -> {
          if (random.nextInt(4) == 0) {
            return BigInteger.ZERO;
          }
          if (random.nextInt(200) == 0) {
            return PolicyBounds.BOOK_MOST;
          }
          double part = Math.pow(random.nextDouble(), 3);
          return world
              .scale
              .multiply(BigInteger.valueOf((long) (part * 1e6)))
              .multiply(numeraire)
              .multiply(token.whole())
              .divide(
                  world
                      .tokens
                      .getFirst()
                      .whole()
                      .multiply(BigInteger.valueOf(1_000_000))
                      .multiply(BigInteger.valueOf(token.milliPrice())))
              .min(PolicyBounds.BOOK_MOST);
        })
        .toList();
  }

  BigInteger turnoverLeft() {
    return random.nextInt(10) == 0 ? part(2 + random.nextInt(4)) : part(0).shiftLeft(2);
  }
}
