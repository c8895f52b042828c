package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.probity.agent.LoanFigures;
import org.probity.chain.Address;
import org.probity.intent.LoanCheckpoints.Taken;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;

/** How a node asks for checkpoints, whatever comes of it. */
class LoanPokesTest {

  private static final Duration AGE = Duration.ofHours(2);
  private static final Address ACCOUNT = new Address("0x00000000000000000000000000000000000000aa");

  private final List<String> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private Taken answer = new Taken.NotDue();
  private final LoanPokes pokes =
      new LoanPokes(
          AGE,
          (vault, account, age) -> {
            asked.add("%s %s %s".formatted(vault, account, age));
            return answer;
          });

  @AfterEach
  void close() {
    pokes.close();
  }

  private void serve(String id, Address vault) {
    pokes.serve(new AgentSpec(id, vault, TinyModel.digest(), ACCOUNT, new Pace(120, false)));
  }

  @Test
  void eachVaultIsAskedOnceByAnAccountOfItsAgents() {
    pokes.look();
    assertThat(asked).as("no agent acts here").isEmpty();
    serve("a", TinyModel.VAULT);
    serve("b", TinyModel.VAULT);
    pokes.look();
    assertThat(asked).containsExactly("%s %s %s".formatted(TinyModel.VAULT, ACCOUNT, AGE));
    assertThat(pokes.figures()).isEqualTo(LoanFigures.NONE);
  }

  @Test
  void whatItCostsIsCounted() {
    serve("a", TinyModel.VAULT);
    answer = new Taken.Done(TinyModel.receipt(1, true));
    pokes.look();
    pokes.look();
    assertThat(pokes.figures().pokes()).isEqualTo(2);
    assertThat(pokes.figures().gasCost())
        .isPositive()
        .isEqualTo(TinyModel.receipt(1, true).gasCost().multiply(BigInteger.TWO));
  }

  @Test
  void aFailureIsToldOnceAndKeepsNoOtherVaultFromIt() {
    pokes.begin(told::add);
    serve("a", TinyModel.VAULT);
    answer = new Taken.Failed("it costs too much");
    pokes.look();
    serve("b", ACCOUNT);
    answer = new Taken.NotDue();
    pokes.look();
    assertThat(asked).as("the one that failed waits").hasSize(2);
    assertThat(told)
        .singleElement()
        .isEqualTo(
            "The vault %s remembers no newer indices of its lending market, and its features of loans stay at the last ones: it costs too much"
                .formatted(TinyModel.VAULT));
    assertThat(pokes.figures().failing()).containsOnlyKeys(TinyModel.VAULT);
  }
}
