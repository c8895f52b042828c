package org.probity.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentEvent;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.terminal.Screen;

/** What a running node says. */
final class NodeLinesTest {

  private static final Address VAULT = new Address("0x1111111111111111111111111111111111111111");
  private static final BigInteger WETH = new BigInteger("-4067000000000000000");
  private static final BigInteger USD = BigInteger.valueOf(9_990_120_000L);
  private static final Head HEAD =
      new Head(7, Bytes32.ZERO, Bytes32.ZERO, 1_750_000_000L, BigInteger.ONE);

  @Test
  void amountsAreInWholeTokensWithTheirSymbols() throws InterruptedException {
    VaultTokens tokens =
        new VaultTokens(_ ->
            new VaultTokens.Pair(
                new Token(Address.ZERO, "WETH", 18), new Token(Address.ZERO, "USD", 6)));
    assertThat(tokens.words(VAULT, WETH, USD))
        .as("not asked yet")
        .isEqualTo(
            "sold 4067000000000000000 smallest units of the base asset for 9990120000 smallest units of the quote asset");
    tokens.prepare(VAULT);
    while (tokens.words(VAULT, WETH, USD).contains("smallest")) {
      Thread.sleep(1);
    }
    assertThat(tokens.words(VAULT, WETH, USD)).isEqualTo("sold 4.067 WETH for 9,990.12 USD");
    assertThat(tokens.words(VAULT, WETH.negate(), USD.negate()))
        .isEqualTo("bought 4.067 WETH for 9,990.12 USD");
    assertThat(tokens.words(VAULT, BigInteger.ZERO, BigInteger.ZERO))
        .isEqualTo("recorded, no trade");
  }

  @Test
  void recoveryIsToldOnce() {
    StringWriter text = new StringWriter();
    NodeLines lines = lines(text);
    for (int attempt = 1; attempt <= 2; attempt++) {
      lines.on(
          "a",
          new AgentEvent.Failed(
              HEAD, AgentEvent.Step.OBSERVING, "no answer", attempt, Duration.ofSeconds(1)));
    }
    lines.on("a", new AgentEvent.Past(HEAD, 5));
    lines.on("a", new AgentEvent.Past(HEAD, 5));
    assertThat(text.toString().lines().filter(line -> line.contains("works again")))
        .containsExactly("a  works again, after 2 failed attempts");
  }

  @Test
  void whatKeepsAnAgentFromActingIsSaidAndThatItIsOver() {
    StringWriter text = new StringWriter();
    NodeLines lines = lines(text);
    lines.on("a", new AgentEvent.Hindered(HEAD, "the node's pending block is 532 days ahead"));
    lines.on("a", new AgentEvent.Unhindered(HEAD));
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
