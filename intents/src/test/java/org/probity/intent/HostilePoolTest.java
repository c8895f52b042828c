package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.VAULT;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;
import org.probity.intent.VaultBench.Step;
import org.probity.intent.VaultBench.Terms;

/** What a vault keeps even if its own pool turns against it. */
@TestKind.Acceptance
class HostilePoolTest extends OnOneChain {

  private static final ContractArtifact POOL = ContractArtifact.load("HostilePool");
  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  private static final int PAY_HALF = 1;
  private static final int ASK_DOUBLE = 2;
  private static final int ASK_TWICE = 3;
  private static final int ASK_NOTHING = 4;
  private static final int FILL_A_CRUMB = 5;
  private static final int CALL_BACK = 6;

  private static Address pool;
  private static Address vault;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 100, 1));
    Address base = token("BASE");
    Address quote = token("QUOTE");
    boolean sorted = base.compareTo(quote) < 0;
    pool =
        bench.chain.deploy(
            bench.owner, POOL.deployment(sorted ? base : quote, sorted ? quote : base));
    BigInteger balance = BigInteger.valueOf(1_000_000_000);
    vault =
        bench.fundedVault(
            new LocalMarket.Token(base, "BASE", 0),
            new LocalMarket.Token(quote, "QUOTE", 0),
            pool,
            balance,
            balance,
            Terms.standard(BigInteger.valueOf(1000), BigInteger.valueOf(900_000_000)));
    for (Address token : new Address[] {base, quote}) {
      bench.chain.execute(
          bench.owner, Call.of(token, TOKEN.function("mint"), pool, balance.pow(2)));
    }
  }

  private static Address token(String symbol) {
    Address token = bench.chain.deploy(bench.owner, TOKEN.deployment(symbol, symbol, 0));
    bench.chain.execute(
        bench.owner,
        Call.of(token, TOKEN.function("mint"), bench.owner, BigInteger.valueOf(1_000_000_000)));
    return token;
  }

  private static String refusal(int trick) {
    play(trick, Bytes.EMPTY);
    return bench
        .refusal(bench.stranger, bench.execution(vault, bench.decide(vault, INCREASE)))
        .toString();
  }

  private static void play(int trick, Bytes call) {
    bench.chain.execute(bench.owner, Call.of(pool, POOL.function("play"), trick, call));
  }

  @Test
  void anHonestSwapGoesThrough() {
    bench.execute(vault, bench.decide(vault, INCREASE));
    assertThat(bench.books(vault).spent()).isEqualTo(BigInteger.valueOf(600_000_000));
  }

  @Test
  void aPoolThatPaysHalfIsRefused() {
    assertThat(refusal(PAY_HALF)).startsWith("SlippageExceeded(");
  }

  @Test
  void aPoolGetsNoMoreThanIsSold() {
    assertThat(refusal(ASK_DOUBLE)).isEqualTo("NotOwed(1200000000, 600000000)");
  }

  @Test
  void aPoolIsPaidOnce() {
    assertThat(refusal(ASK_TWICE)).isEqualTo("NotOwed(600000000, 0)");
  }

  @Test
  void aPoolThatAsksForNothingIsRefused() {
    assertThat(refusal(ASK_NOTHING)).startsWith("NotOwed(");
  }

  @Test
  void aCrumbIsNotWorthTheNonce() {
    assertThat(refusal(FILL_A_CRUMB)).startsWith("TradeTooSmall(");
  }

  @Test
  void theVaultCannotBeEnteredAgainInTheMiddleOfASwap() {
    Step step = bench.decide(vault, INCREASE);
    play(CALL_BACK, bench.execution(vault, step).data());
    bench.execute(vault, step);
    Bytes answer = (Bytes) bench.call(pool, POOL.function("answer"));
    assertThat(RevertReason.decode(answer, VaultBench.ERRORS).toString()).isEqualTo("Reentered()");
  }

  @Test
  void theOwnerCannotMoveFundsInTheMiddleOfASwapEither() {
    // The pool as owner: a withdrawal between payout and payment would leave the books behind.
    bench.chain.execute(bench.owner, Call.of(vault, VAULT.function("transferOwnership"), pool));
    bench.chain.client().request("anvil_impersonateAccount", pool.hex());
    bench.chain.setBalance(pool, BigInteger.TEN.pow(18));
    bench.chain.execute(pool, Call.of(vault, VAULT.function("acceptOwnership")));
    play(CALL_BACK, VAULT.function("withdraw").encode(1, 1, bench.stranger));
    bench.execute(vault, bench.decide(vault, INCREASE));
    Bytes answer = (Bytes) bench.call(pool, POOL.function("answer"));
    assertThat(RevertReason.decode(answer, VaultBench.ERRORS).toString()).isEqualTo("Reentered()");
  }
}
