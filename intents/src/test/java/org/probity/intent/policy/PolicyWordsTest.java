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
                new Policy.PoolLimits(big(90), big(91)), new Policy.PoolLimits(big(92), big(93)))),
        new Policy.Model(
            Bytes32.of(5),
            address(40),
            address(41),
            List.of(0, Policy.HOLD, 2_500, 2_500),
            List.of(1, 3),
            0,
            List.of(new Policy.Feature(address(42), 3, Bytes.parse("0x01")))),
        new Policy.Parts(
            List.of(
                new Policy.Asset(
                    address(1), 6, false, List.of(), Policy.Feed.NONE, false, 0, false),
                new Policy.Asset(
                    address(2), 18, false, List.of(new Policy.Hop(0, false)), feed, true, 0, false),
                new Policy.Asset(
                    address(3), 8, true, List.of(new Policy.Hop(1, true)), feed, false, 1, false)),
            List.of(new Policy.PoolPart(address(20), 500), new Policy.PoolPart(address(21), 3_000)),
            address(43)));
  }

  private static BigInteger big(long number) {
    return BigInteger.valueOf(number);
  }

  @Test
  void whatDiffersIsToldWhateverItIs() throws ReflectiveOperationException {
    Policy policy = policy();
    assertThat(PolicyWords.changes(policy, policy(), NAMES)).isEmpty();
    List<Object> others = others(policy);
    assertThat(others).hasSizeGreaterThan(70);
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
                policy.limits().pools()),
            policy.model(),
            new Policy.Parts(
                List.of(
                    policy.parts().assets().get(0),
                    policy.parts().assets().get(2),
                    policy.parts().assets().get(1)),
                policy.parts().pools(),
                policy.parts().action()));
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
                        policy.limits().pools()),
                    policy.model(),
                    policy.parts())));
    assertThat(PolicyWords.changes(policy, other, NAMES))
        .containsExactly(
            "exposure to WETH: 70 USD and 8000 bps of all -> 71 USD and 8000 bps of all");
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
