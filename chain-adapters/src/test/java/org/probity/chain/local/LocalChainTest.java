package org.probity.chain.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.RpcRefused;
import org.probity.chain.RpcUnreachable;
import org.probity.ground.TestKind;

@TestKind.Acceptance
class LocalChainTest {

  @Test
  void startsWithItsAccountsAndLeavesNoProcess() {
    List<ProcessHandle> family;
    URI http;
    try (LocalChain chain = LocalChain.start()) {
      http = chain.http();
      family = ProcessHandle.current().descendants().toList();
      assertThat(family).isNotEmpty();
      assertThat(chain.client().chainId()).isEqualTo(31_337);
      assertThat(chain.account(0).address())
          .hasToString("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
      assertThat(chain.client().balance(chain.account(9).address()))
          .isEqualTo(BigInteger.TEN.pow(22));
    }
    awaitEnd(family);
    assertThatThrownBy(() -> ChainClient.connect(http)).isInstanceOf(RpcUnreachable.class);
  }

  @Test
  void endsEvenIfItsOwnerIsKilled() throws Exception {
    Process owner =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dprobity.home=" + System.getProperty("probity.home", ""),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
      URI http = URI.create(said.readLine());
      List<ProcessHandle> family = owner.descendants().toList();
      assertThat(family).isNotEmpty();
      assertThat(ChainClient.connect(http).chainId()).isEqualTo(31_337);
      owner.destroyForcibly().waitFor();
      awaitEnd(family);
    } finally {
      owner.destroyForcibly();
    }
  }

  /** A program that starts a chain and does not end it. */
  static final class Owner {
    public static void main(String[] arguments) throws InterruptedException {
      System.out.println(LocalChain.start().http());
      Thread.sleep(Duration.ofMinutes(1));
    }
  }

  private static void awaitEnd(List<ProcessHandle> processes) {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (processes.stream().anyMatch(ProcessHandle::isAlive)) {
      assertThat(System.nanoTime()).as("a process is left").isLessThan(deadline);
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      LocalChain.Settings usual = LocalChain.Settings.DEFAULT;
      LocalChain.Settings taken =
          new LocalChain.Settings(
              OptionalInt.of(port),
              usual.chainId(),
              usual.genesisTime(),
              usual.secondsPerBlock(),
              usual.baseFee());
      assertThatThrownBy(() -> LocalChain.start(taken))
          .isInstanceOf(LocalChainFailed.class)
          .hasMessage(
              "Port %d is taken: stop the program that uses it, or choose another port", port);
    }
  }

  @Test
  void aMissingProgramIsNamed() {
    System.setProperty("probity.anvil", "/nowhere/anvil");
    try {
      assertThatThrownBy(LocalChain::start)
          .isInstanceOf(LocalChainFailed.class)
          .hasMessageContaining("No program at /nowhere/anvil");
    } finally {
      System.clearProperty("probity.anvil");
    }
  }

  @Test
  void aProgramThatEndsAtOnceIsTold() {
    System.setProperty("probity.anvil", "/bin/false");
    try {
      assertThatThrownBy(LocalChain::start).hasMessageContaining("ended at once");
    } finally {
      System.clearProperty("probity.anvil");
    }
  }

  @Test
  void timeIsTheChainsOwn() {
    try (LocalChain chain = LocalChain.start()) {
      long genesis = chain.client().head().timestamp();
      assertThat(genesis).isEqualTo(LocalChain.Settings.DEFAULT.genesisTime());
      chain.mine();
      assertThat(chain.client().head().timestamp()).isEqualTo(genesis + 12);
      chain.setNextBlockTimestamp(chain.client().head().timestamp() + 100);
      chain.mine();
      assertThat(chain.client().head().timestamp()).isEqualTo(genesis + 112);
      chain.mineAt(genesis + 1_000);
      assertThat(chain.client().head().timestamp()).isEqualTo(genesis + 1_000);
      chain.mine(3, 60);
      assertThat(chain.client().heads(4, 6).stream().map(Head::timestamp))
          .containsExactly(genesis + 1_060, genesis + 1_120, genesis + 1_180);
    }
  }

  @Test
  void twoRunsGiveTheSameBlocks() {
    Head first;
    try (LocalChain chain = LocalChain.start()) {
      LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
      first = chain.client().head();
    }
    try (LocalChain chain = LocalChain.start()) {
      LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
      assertThat(chain.client().head()).isEqualTo(first);
    }
  }

  @Test
  void aSnapshotBringsTheStateBack() {
    try (LocalChain chain = LocalChain.start()) {
      String snapshot = chain.snapshot();
      chain.setBalance(chain.account(1).address(), BigInteger.ONE);
      chain.mine();
      chain.revert(snapshot);
      assertThat(chain.client().balance(chain.account(1).address()))
          .isEqualTo(BigInteger.TEN.pow(22));
      assertThat(chain.client().head().number()).isZero();
      assertThatThrownBy(() -> chain.revert(snapshot)).isInstanceOf(LocalChainFailed.class);
    }
  }

  @Test
  void mainnetsLimitsHold() {
    try (LocalChain chain = LocalChain.start()) {
      Call transfer = Call.of(chain.account(1).address(), Bytes.EMPTY);
      assertThatThrownBy(() -> chain.send(chain.account(0).address(), transfer, (1 << 24) + 1))
          .isInstanceOf(RpcRefused.class);
      // PUSH2 0x6001, PUSH0, RETURN: deploys 24,577 zero bytes.
      Call tooLarge = Call.deploying(Bytes.parse("0x6160015ff3"));
      assertThatThrownBy(() -> chain.deploy(chain.account(0).address(), tooLarge))
          .isInstanceOf(LocalChainFailed.class);
      Call justRight = Call.deploying(Bytes.parse("0x6160005ff3"));
      assertThat(chain.client().code(chain.deploy(chain.account(0).address(), justRight)).length())
          .isEqualTo(24_576);
      assertThat(chain.client().head(BlockTag.at(99))).isEmpty();
    }
  }
}
