package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;

/** What differs between two policies is told, whatever it is, and by what it is of. */
final class PolicyWordsTest {

  private static final PolicyWords.Names NAMES =
      new PolicyWords.Names() {
        @Override
        public String symbol(Address token) {
          return token.equals(address(1)) ? "USD" : token.equals(address(2)) ? "WETH" : "WBTC";
        }

        @Override
        public String amount(Address token, BigInteger units) {
          return units + " " + symbol(token);
        }
      };

  private static Address address(int number) {
    return new Address("0x%040x".formatted(number));
  }

  private static Policy policy() {
    Policy.Feed feed =
        new Policy.Feed(address(30), 8, 3_600, BigInteger.TEN, BigInteger.valueOf(1_000));
    return new Policy(
        new Policy.Limits(
            new Policy.Numbers(
                600, 120, 300, 300, 60, 50, 50, 5, 5_000, 2_500, 100, 1_800, big(10), big(20),
                big(30), 86_400, big(40), big(50), big(60)),
            List.of(new Policy.Exposure(big(70), 8_000), new Policy.Exposure(big(80), 7_000)),
            List.of(
                new Policy.PoolLimits(big(90), big(91)), new Policy.PoolLimits(big(92), big(93))),
            List.of(new Policy.PoolLimits(big(94), big(95))),
            List.of(
                new Policy.ReserveLimits(big(96), big(97)),
                new Policy.ReserveLimits(big(98), big(99))),
            15_000),
        new Policy.Model(
            Bytes32.of(5),
            address(40),
            address(41),
            List.of(0, Policy.HOLD, 2_500, 2_500),
            List.of(1, 15),
            0,
            List.of(
                new Policy.Feature(address(42), 3, Bytes.parse("0x01")),
                new Policy.Feature(Address.ZERO, 9, Policy.Feature.LOANS)),
            List.of(8_000, Policy.HOLD, 0, 3_000, Policy.HOLD, Policy.HOLD, 100, 200)),
        new Policy.Parts(
            List.of(
                new Policy.Asset(
                    address(1), 6, false, List.of(), Policy.Feed.NONE, false, 0, false),
                new Policy.Asset(
                    address(2), 18, false, List.of(new Policy.Hop(0, false)), feed, true, 0, false),
                new Policy.Asset(
                    address(3), 8, true, List.of(new Policy.Hop(1, true)), feed, false, 1, false)),
            List.of(new Policy.PoolPart(address(20), 500), new Policy.PoolPart(address(21), 3_000)),
            address(43),
            List.of(new Policy.Venue(2, address(44), 3_000, Bytes.parse("0x0506"))),
            new Policy.Lending(
                address(45),
                address(46),
                1,
                List.of(new Policy.Reserve(1, false), new Policy.Reserve(0, true)))));
  }

  private static BigInteger big(long number) {
    return BigInteger.valueOf(number);
  }

  @Test
  void whatDiffersIsToldWhateverItIs() throws ReflectiveOperationException {
    Policy policy = policy();
    assertThat(PolicyWords.changes(policy, policy(), NAMES)).isEmpty();
    List<Object> others = others(policy);
    assertThat(others).hasSizeGreaterThan(110);
    for (Object other : others) {
      assertThat(PolicyWords.changes(policy, (Policy) other, NAMES)).as("" + other).isNotEmpty();
    }
  }

  /** Each way to change one value of it, and to leave out one of a list. */
  private static List<Object> others(Object value) throws ReflectiveOperationException {
    return switch (value) {
      case Record record -> ofRecord(record);
      case List<?> list -> ofList(list);
      case BigInteger number -> List.of(number.add(BigInteger.ONE));
      case Long number -> List.of(number + 1);
      case Integer number -> List.of(number == Policy.HOLD ? 1 : number + 1);
      case Boolean truth -> List.of(!truth);
      case Bytes32 _ -> List.of(Bytes32.of(77));
      case Bytes bytes -> List.of(bytes.concat(Bytes.parse("0x02")));
      default -> throw new IllegalStateException("A policy has a " + value.getClass());
    };
  }

  private static List<Object> ofRecord(Record record) throws ReflectiveOperationException {
    if (record instanceof Address) {
      return List.of(address(99));
    }
    RecordComponent[] parts = record.getClass().getRecordComponents();
    Constructor<?> constructor =
        record
            .getClass()
            .getDeclaredConstructor(
                Stream.of(parts).map(RecordComponent::getType).toArray(Class[]::new));
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      for (Object other : others(parts[i].getAccessor().invoke(record))) {
        Object[] values = new Object[parts.length];
        for (int j = 0; j < parts.length; j++) {
          values[j] = j == i ? other : parts[j].getAccessor().invoke(record);
        }
        all.add(constructor.newInstance(values));
      }
    }
    return all;
  }

  private static List<Object> ofList(List<?> list) throws ReflectiveOperationException {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      List<Object> shorter = new ArrayList<>(list);
      shorter.remove(i);
      all.add(shorter);
      for (Object other : others(list.get(i))) {
        List<Object> changed = new ArrayList<>(list);
        changed.set(i, other);
        all.add(changed);
      }
    }
    return all;
  }

  /** An asset that stands elsewhere in the list has not changed, and its limits neither. */
  @Test
  void whatIsOfAnAssetIsToldByItAndNotByItsPlace() {
    Policy policy = policy();
    Policy moved =
        new Policy(
            new Policy.Limits(
                policy.limits().numbers(),
                reversed(policy.limits().exposures()),
                policy.limits().pools(),
                policy.limits().venues(),
                policy.limits().reserves(),
                policy.limits().healthFloorBps()),
            policy.model(),
            new Policy.Parts(
                List.of(
                    policy.parts().assets().get(0),
                    policy.parts().assets().get(2),
                    policy.parts().assets().get(1)),
                policy.parts().pools(),
                policy.parts().action(),
                policy.parts().venues(),
                policy.parts().lending()));
    assertThat(PolicyWords.changes(policy, moved, NAMES))
        .noneMatch(change -> change.startsWith("exposure"))
        .anyMatch(change -> change.startsWith("assets, the numeraire first: USD"));
  }

  @Test
  void changesAreInWords() {
    Policy policy = policy();
    Policy other =
        PolicyPart.LIMITS.replaced(
            policy,
            PolicyPart.LIMITS.of(
                new Policy(
                    new Policy.Limits(
                        policy.limits().numbers(),
                        List.of(
                            new Policy.Exposure(big(71), 8_000),
                            policy.limits().exposures().get(1)),
                        policy.limits().pools(),
                        policy.limits().venues(),
                        List.of(
                            policy.limits().reserves().getFirst(),
                            new Policy.ReserveLimits(big(98), big(90))),
                        20_000),
                    policy.model(),
                    policy.parts())));
    assertThat(PolicyWords.changes(policy, other, NAMES))
        .containsExactly(
            "exposure to WETH: 70 USD and 8000 bps of all -> 71 USD and 8000 bps of all",
            "most borrowed of USD: 99 USD -> 90 USD",
            "least health factor: 1.5 -> 2");
  }

  @Test
  void venuesAndLoansAreToldInWords() {
    String venue = "venue of WBTC at %s, way 0x".formatted(address(44));
    assertThat(PolicyWords.of(policy(), NAMES))
        .containsEntry("class 0", "sells")
        .containsEntry("class 1", "sells; buys; borrows and takes back; repays and supplies")
        .containsEntry("supply of class 0 of WETH", "8000 bps of what is held")
        .containsEntry("debt of class 0 of WETH", "held")
        .containsEntry("debt of class 0 of USD", "3000 bps of what is supplied")
        .containsEntry("supply of class 1 of USD", "100 bps of what is held")
        .containsEntry("source 2", "own loans, 9 features, 0x01")
        .containsEntry("loans of WETH", "supplied")
        .containsEntry("loans of USD", "supplied and borrowed")
        .containsEntry(
            "lending market", "pool %s through desk %s".formatted(address(46), address(45)))
        .containsEntry("category of the lending market", "1")
        .anySatisfy((what, told) -> {
          assertThat(what).startsWith(venue);
          assertThat(told).isEqualTo("0.3 %, by 0x0506");
        })
        .anySatisfy((what, told) -> {
          assertThat(what).startsWith("counted liquidity of " + venue);
          assertThat(told).isEqualTo("95");
        });
  }

  @Test
  void partIsTakenOutAndPutBack() {
    Policy policy = policy();
    for (PolicyPart part : PolicyPart.values()) {
      Bytes content = part.of(policy);
      assertThat(part.replaced(policy, content)).isEqualTo(policy);
      assertThatThrownBy(() -> part.replaced(policy, content.concat(Bytes.parse("0x00"))))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> part.replaced(policy, Bytes.EMPTY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Not how abi.encode writes the " + part.words());
    }
  }

  private static <T> List<T> reversed(List<T> list) {
    List<T> reversed = new ArrayList<>(list);
    Collections.reverse(reversed);
    return reversed;
  }
}
