package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The bounds of a policy are written down once: in {@code Bounds.sol}. */
class PolicyBoundsTest {

  private static final Pattern CONSTANT =
      Pattern.compile("uint256 internal constant (\\w+) = ([^;]+);");
  private static final Pattern MOST_OF = Pattern.compile("type\\(uint(\\d+)\\)\\.max");

  @Test
  void everyBoundIsTheContracts() throws IOException, IllegalAccessException {
    String source =
        Files.readString(
            Path.of(System.getProperty("probity.home"), "intents/src/main/solidity/Bounds.sol"));
    Map<String, BigInteger> theirs = new TreeMap<>();
    for (MatchResult constant : CONSTANT.matcher(source).results().toList()) {
      theirs.put(constant.group(1), value(constant.group(2)));
    }
    Map<String, BigInteger> mine = new TreeMap<>();
    for (Field field : PolicyBounds.class.getFields()) {
      mine.put(field.getName(), new BigInteger(String.valueOf(field.get(null))));
    }
    assertThat(mine).isEqualTo(theirs).hasSizeGreaterThan(15);
  }

  private static BigInteger value(String written) {
    var most = MOST_OF.matcher(written);
    if (most.matches()) {
      return BigInteger.ONE.shiftLeft(Integer.parseInt(most.group(1))).subtract(BigInteger.ONE);
    }
    if (written.startsWith("1 << ")) {
      return BigInteger.ONE.shiftLeft(Integer.parseInt(written.substring(5)));
    }
    String digits = written.replace("_", "");
    return digits.endsWith(" days")
        ? new BigInteger(digits.replace(" days", "")).multiply(BigInteger.valueOf(86_400))
        : new BigInteger(digits);
  }
}
