package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.probity.chain.Address;
import org.probity.intent.policy.LendingView.State;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.ReserveLimits;

/** Policies of a {@link PolicyWorld} that lend, and lending markets in any state. */
final class RandomLoans {

  private final PolicyWorld world;
  private final Random random;

  RandomLoans(PolicyWorld world) {
    this.world = world;
    this.random = world.random;
  }

  /** The same policy with a lending market of some of its assets. */
  Policy lending(Policy policy, Address desk, Address pool) {
    List<Integer> assets = new ArrayList<>();
    for (int i = 0; i < policy.assets(); i++) {
      assets.add(i);
    }
    Collections.shuffle(assets, random);
    int count = 1 + random.nextInt(Math.min(PolicyBounds.RESERVES, assets.size()));
    List<Reserve> reserves =
        assets.subList(0, count).stream()
            .map(asset -> new Reserve(asset, random.nextInt(4) != 0))
            .toList();
    List<ReserveLimits> limits =
        reserves.stream().map(_ -> new ReserveLimits(most(), most())).toList();
    Limits l = policy.limits();
    Model m = policy.model();
    Parts p = policy.parts();
    List<Integer> directions =
        m.directions().stream()
            .map(way -> random.nextInt(3) == 0 ? way | random.nextInt(4) << 2 : way | 12)
            .toList();
    List<Integer> targets = new ArrayList<>();
    for (int i = 0; i < 2 * count * m.directions().size(); i++) {
      targets.add(
          switch (random.nextInt(6)) {
            case 0 -> Policy.HOLD;
            case 1 -> 0;
            default -> random.nextInt(i % 2 == 0 ? 10_001 : 7_000);
          });
    }
    return new Policy(
        new Limits(
            l.numbers(),
            l.exposures(),
            l.pools(),
            l.venues(),
            limits,
            random.nextInt(3) == 0 ? 10_500 : 10_500 + random.nextInt(20_000)),
        new Model(
            m.digest(),
            m.code(),
            m.agent(),
            m.targets(),
            directions,
            m.weightStepBps(),
            m.program(),
            targets),
        new Parts(
            p.assets(), p.pools(), p.action(), p.venues(), new Lending(desk, pool, 0, reserves)));
  }

  private BigInteger most() {
    return random.nextInt(4) == 0
        ? world.scale.multiply(BigInteger.valueOf(random.nextInt(100))).divide(number(100))
        : world.scale.shiftLeft(6);
  }

  /** What a model of a lending policy may say. */
  List<BigInteger> outputs(Policy policy, RandomPolicies policies) {
    List<BigInteger> outputs = new ArrayList<>(policies.outputs(policy));
    if (policy.model().linear()) {
      int most = PolicyBounds.BPS / policy.model().weightStepBps();
      for (int i = 0; i < 2 * policy.parts().lending().reserves().size(); i++) {
        outputs.add(BigInteger.valueOf(random.nextInt(most + 3) - 1));
      }
    }
    return outputs;
  }

  /** A state of each reserve; often one in which something binds. */
  List<State> states(Policy policy) {
    boolean indebted = random.nextInt(3) != 0;
    return policy.parts().lending().reserves().stream()
        .map(reserve -> state(world.tokens.get(reserve.asset()), indebted))
        .toList();
  }

  private State state(PolicyWorld.Token token, boolean indebted) {
    int threshold = random.nextInt(6) == 0 ? 0 : 5_000 + random.nextInt(4_500);
    BigInteger price =
        number(token.milliPrice())
            .multiply(number(100_000))
            .multiply(number(9_000 + random.nextInt(2_000)))
            .divide(number(10_000));
    return new State(
        random.nextInt(4) == 0 ? BigInteger.ZERO : amount(token, 1),
        !indebted || random.nextInt(3) == 0 ? BigInteger.ZERO : amount(token, 3),
        room(token),
        room(token),
        room(token),
        random.nextInt(8) != 0,
        random.nextInt(40) == 0 ? BigInteger.ZERO : price,
        threshold,
        random.nextInt(8) == 0 ? 0 : threshold * (60 + random.nextInt(40)) / 100);
  }

  private BigInteger room(PolicyWorld.Token token) {
    return switch (random.nextInt(8)) {
      case 0 -> BigInteger.ZERO;
      case 1 -> amount(token, 20);
      case 2 -> BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
      default -> amount(token, 1).shiftLeft(4);
    };
  }

  /** Of the worth of the world's scale at most, divided. */
  private BigInteger amount(PolicyWorld.Token token, int divided) {
    PolicyWorld.Token numeraire = world.tokens.getFirst();
    double part = Math.pow(random.nextDouble(), 2) / divided;
    return world
        .scale
        .multiply(number((long) (part * 1e6)))
        .multiply(number(numeraire.milliPrice()))
        .multiply(token.whole())
        .divide(numeraire.whole().multiply(number(1_000_000)).multiply(number(token.milliPrice())))
        .min(PolicyBounds.BOOK_MOST);
  }

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }
}
