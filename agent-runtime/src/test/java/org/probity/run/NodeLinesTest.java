package org.probity.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.agent.Token;
import org.probity.agent.VaultTokens;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.AssetDelta;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Step;
import org.probity.terminal.Screen;

/** What a running node says. */
final class NodeLinesTest {

  private static final Address VAULT = new Address("0x1111111111111111111111111111111111111111");
  private static final Address WETH = new Address("0x2222222222222222222222222222222222222222");
  private static final Address USD = new Address("0x3333333333333333333333333333333333333333");
  private static final Address WBTC = new Address("0x4444444444444444444444444444444444444444");
  private static final Head HEAD =
      new Head(7, Bytes32.ZERO, Bytes32.ZERO, 1_750_000_000L, BigInteger.ONE);

  @Test
  void amountsAreInWholeTokensWithTheirSymbols() throws InterruptedException {
    VaultTokens tokens =
        new VaultTokens(_ ->
            List.of(
                new Token(USD, "USD", 6), new Token(WETH, "WETH", 18), new Token(WBTC, "WBTC", 8)));
    List<AssetDelta> sold = deltas("-4067000000000000000", "9990120000");
    assertThat(tokens.words(VAULT, sold))
        .as("not asked yet")
        .isEqualTo(
            "sold 4067000000000000000 smallest units of %s for 9990120000 smallest units of %s"
                .formatted(WETH, USD));
    tokens.prepare(VAULT);
    while (tokens.words(VAULT, sold).contains("smallest")) {
      Thread.sleep(1);
    }
    assertThat(tokens.words(VAULT, sold)).isEqualTo("sold 4.067 WETH for 9,990.12 USD");
    assertThat(tokens.words(VAULT, deltas("4067000000000000000", "-9990120000")))
        .isEqualTo("bought 4.067 WETH for 9,990.12 USD");
    AssetDelta bitcoin = new AssetDelta(WBTC, BigInteger.valueOf(10_000_000));
    assertThat(tokens.words(VAULT, List.of(sold.getFirst(), sold.getLast(), bitcoin)))
        .isEqualTo("sold 4.067 WETH, bought 0.1 WBTC: 9,990.12 USD more");
    assertThat(tokens.words(VAULT, List.of(sold.getLast(), bitcoin)))
        .as("the numeraire came out even")
        .isEqualTo("sold 4.067 WETH, bought 0.1 WBTC");
    assertThat(tokens.words(VAULT, List.of())).isEqualTo("recorded, no trade");
  }

  private static List<AssetDelta> deltas(String weth, String usd) {
    return List.of(
        new AssetDelta(USD, new BigInteger(usd)), new AssetDelta(WETH, new BigInteger(weth)));
  }

  @Test
  void recoveryIsToldOnce() {
    StringWriter text = new StringWriter();
    NodeLines lines = lines(text);
    for (int attempt = 1; attempt <= 2; attempt++) {
      lines.on(
          "a",
          new Notice.Failed(HEAD, Step.OBSERVING, "no answer", attempt, Duration.ofSeconds(1)));
    }
    lines.on("a", new Notice.Past(HEAD, 5));
    lines.on("a", new Notice.Past(HEAD, 5));
    assertThat(text.toString().lines().filter(line -> line.contains("works again")))
        .containsExactly("a  works again, after 2 failed attempts");
  }

  @Test
  void whatKeepsAnAgentFromActingIsSaidAndThatItIsOver() {
    StringWriter text = new StringWriter();
    NodeLines lines = lines(text);
    lines.on("a", new Notice.Hindered(HEAD, "the node's pending block is 532 days ahead"));
    lines.on("a", new Notice.Unhindered(HEAD));
    assertThat(text.toString().lines())
        .containsExactly(
            "a  head %d  cannot act: the node's pending block is 532 days ahead"
                .formatted(HEAD.number()),
            "a  head %d  what kept it from acting is over: it decides again"
                .formatted(HEAD.number()));
  }

  private static NodeLines lines(StringWriter text) {
    PrintWriter writer = new PrintWriter(text);
    return new NodeLines(
        new Screen(writer, writer, false, 200, false),
        List.of(),
        new VaultTokens(_ -> {
          throw new IllegalStateException();
        }));
  }
}
