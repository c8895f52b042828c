package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.slf4j.LoggerFactory;

@TestKind.Acceptance
class HeadSourceTest {

  private static final HeadSource.Pace BRISK =
      new HeadSource.Pace(Duration.ofMillis(50), Duration.ofMillis(400), Duration.ofMillis(200));

  /** Writes down what it is told. */
  private static final class Log implements HeadSource.Listener {
    final List<Head> heads = new CopyOnWriteArrayList<>();
    final List<HeadSource.Condition> conditions = new CopyOnWriteArrayList<>();
    final List<Head> reverted = new CopyOnWriteArrayList<>();

    /** What was delivered and not reverted. */
    final List<Head> chain = new CopyOnWriteArrayList<>();

    @Override
    public void onHead(Head head) {
      heads.add(head);
      chain.add(head);
    }

    @Override
    public void onReverted(Head head) {
      assertThat(chain.removeLast()).isEqualTo(head);
      reverted.add(head);
    }

    void assertChainIs(ChainClient client) {
      long first = chain.getFirst().number();
      assertThat(chain).isEqualTo(client.heads(first, client.head().number()));
    }

    @Override
    public void onCondition(HeadSource.Condition condition, String detail) {
      conditions.add(condition);
    }

    void awaitHead(long number) {
      await("head " + number, () -> !heads.isEmpty() && heads.getLast().number() >= number);
    }

    void awaitCondition(HeadSource.Condition condition) {
      await(condition.toString(), () -> !conditions.isEmpty() && conditions.getLast() == condition);
    }

    void assertEachOnceInOrderTo(long last) {
      long first = heads.getFirst().number();
      assertThat(heads.stream().map(Head::number).toList())
          .isEqualTo(java.util.stream.LongStream.rangeClosed(first, last).boxed().toList());
      for (int i = 1; i < heads.size(); i++) {
        assertThat(heads.get(i).parentHash()).isEqualTo(heads.get(i - 1).hash());
      }
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited in vain for " + what);
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyHeadComesOnceAndInOrder(boolean announced) {
    try (LocalChain chain = LocalChain.start()) {
      Optional<URI> socket = announced ? Optional.of(chain.webSocket()) : Optional.empty();
      Log log = new Log();
      try (HeadSource.Subscription _ = chain.client().watch(socket, BRISK).subscribe(log)) {
        log.awaitCondition(
            announced ? HeadSource.Condition.ANNOUNCED : HeadSource.Condition.POLLED);
        for (int i = 0; i < 20; i++) {
          chain.mine();
        }
        chain.mine(150, 12);
        log.awaitHead(170);
      }
      log.assertEachOnceInOrderTo(170);
      assertThat(log.heads.getFirst().number()).isZero();
      chain.mine();
      assertThat(log.heads).hasSize(171);
    }
  }

  @Test
  void announcementsArriveWithoutPolling() {
    HeadSource.Pace patient =
        new HeadSource.Pace(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1));
    try (LocalChain chain = LocalChain.start()) {
      Log log = new Log();
      try (HeadSource.Subscription _ =
          chain.client().watch(Optional.of(chain.webSocket()), patient).subscribe(log)) {
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        chain.mine();
        chain.mine();
        log.awaitHead(2);
        log.assertEachOnceInOrderTo(2);
      }
    }
  }

  @Test
  void noHeadIsLostWhenTheSocketIsKilled() throws Exception {
    try (LocalChain chain = LocalChain.start();
        FaultyProxy proxy = new FaultyProxy(chain.http().getPort())) {
      Log log = new Log();
      try (HeadSource.Subscription _ =
          chain.client().watch(Optional.of(proxy.webSocket()), BRISK).subscribe(log)) {
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        chain.mine();
        proxy.refuse(true);
        proxy.cut();
        log.awaitCondition(HeadSource.Condition.POLLED);
        chain.mine(5, 12);
        log.awaitHead(6);
        proxy.refuse(false);
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        chain.mine();
        log.awaitHead(7);
      }
      log.assertEachOnceInOrderTo(7);
    }
  }

  @Test
  void aSocketThatFallsSilentIsFoundOutAndReplaced() throws Exception {
    try (LocalChain chain = LocalChain.start();
        FaultyProxy proxy = new FaultyProxy(chain.http().getPort())) {
      Log log = new Log();
      try (HeadSource.Subscription _ =
          chain.client().watch(Optional.of(proxy.webSocket()), BRISK).subscribe(log)) {
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        proxy.silence(true);
        chain.mine();
        log.awaitHead(1);
        log.awaitCondition(HeadSource.Condition.POLLED);
        proxy.silence(false);
        proxy.cut();
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        chain.mine();
        log.awaitHead(2);
      }
      log.assertEachOnceInOrderTo(2);
    }
  }

  @Test
  void aNodeThatGoesAndComesBackLosesNoHead() throws Exception {
    try (LocalChain chain = LocalChain.start();
        FaultyProxy proxy = new FaultyProxy(chain.http().getPort());
        ChainClient client = ChainClient.connect(proxy.http(), Duration.ofSeconds(1))) {
      Log log = new Log();
      try (HeadSource.Subscription _ =
          client.watch(Optional.of(proxy.webSocket()), BRISK).subscribe(log)) {
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        proxy.refuse(true);
        proxy.cut();
        log.awaitCondition(HeadSource.Condition.CUT_OFF);
        chain.mine(300, 12);
        proxy.refuse(false);
        log.awaitHead(300);
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        chain.mine();
        log.awaitHead(301);
      }
      log.assertEachOnceInOrderTo(301);
    }
  }

  @Test
  void aRestartedNodeIsFollowedAgain() {
    LocalChain before = LocalChain.start();
    int port = before.http().getPort();
    Log log = new Log();
    try (ChainClient client = ChainClient.connect(before.http());
        HeadSource.Subscription _ =
            client.watch(Optional.of(before.webSocket()), BRISK).subscribe(log)) {
      before.mine(3, 12);
      log.awaitHead(3);
      log.awaitCondition(HeadSource.Condition.ANNOUNCED);
      before.close();
      log.awaitCondition(HeadSource.Condition.CUT_OFF);
      try (LocalChain after = LocalChain.start(at(port, LocalChain.Settings.DEFAULT.chainId()))) {
        log.awaitCondition(HeadSource.Condition.ANNOUNCED);
        after.mine(10, 1);
        log.awaitHead(10);
        assertThat(log.heads.getLast().hash()).isEqualTo(after.client().head().hash());
        assertThat(log.heads.stream().map(Head::hash)).doesNotHaveDuplicates();
      }
    } finally {
      before.close();
    }
  }

  @Test
  void anotherChainBehindTheSameAddressIsNotFollowed() {
    LocalChain before = LocalChain.start();
    int port = before.http().getPort();
    Log log = new Log();
    try (ChainClient client = ChainClient.connect(before.http());
        HeadSource.Subscription _ =
            client.watch(Optional.of(before.webSocket()), BRISK).subscribe(log)) {
      log.awaitCondition(HeadSource.Condition.ANNOUNCED);
      before.close();
      log.awaitCondition(HeadSource.Condition.CUT_OFF);
      try (LocalChain other = LocalChain.start(at(port, 5))) {
        other.mine(10, 1);
        Thread.sleep(1_000);
        assertThat(log.heads).hasSize(1);
        assertThat(log.conditions.getLast()).isEqualTo(HeadSource.Condition.CUT_OFF);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      before.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReorgRevertsItsBranchNewestFirstAndDeliversTheNewOneInFull(boolean announced) {
    try (LocalChain chain = LocalChain.start()) {
      Optional<URI> socket = announced ? Optional.of(chain.webSocket()) : Optional.empty();
      Log log = new Log();
      try (HeadSource.Subscription _ = chain.client().watch(socket, BRISK).subscribe(log)) {
        log.awaitHead(0);
        chain.mine(5, 12);
        log.awaitHead(5);
        for (int depth = 1; depth <= 4; depth++) {
          List<Head> before = List.copyOf(log.chain);
          int reverts = log.reverted.size();
          // anvil's reorg makes the same number of other blocks: another timestamp, another hash.
          chain.setBalance(Address.ZERO, java.math.BigInteger.valueOf(depth));
          chain.reorg(depth);
          chain.mine();
          Bytes32 newest = chain.client().head().hash();
          await("the new branch", () -> log.chain.getLast().hash().equals(newest));
          log.assertChainIs(chain.client());
          List<Head> abandoned = before.subList(before.size() - depth, before.size()).reversed();
          assertThat(log.reverted.subList(reverts, log.reverted.size()))
              .startsWith(abandoned.toArray(Head[]::new));
        }
      }
    }
  }

  @Test
  void aReorgBeyondTheLimitIsNamedAndHeadsBeginAnew() {
    try (LocalChain chain = LocalChain.start()) {
      Log log = new Log();
      HeadSource.Settings shallow = HeadSource.Settings.DEFAULT.withPace(BRISK).withReorgDepth(2);
      try (HeadSource.Subscription _ = chain.client().watch(shallow).subscribe(log)) {
        log.awaitHead(0);
        chain.mine(10, 12);
        log.awaitHead(10);
        chain.setBalance(Address.ZERO, java.math.BigInteger.TEN);
        chain.reorg(7);
        chain.mine();
        await("a new beginning", () -> log.conditions.contains(HeadSource.Condition.RE_ANCHORED));
        Bytes32 newest = chain.client().head().hash();
        await("the new branch", () -> log.chain.getLast().hash().equals(newest));
        // Of the abandoned branch as much as was remembered, and of the new one its tip alone.
        assertThat(log.reverted.size()).isGreaterThan(2);
        chain.mine();
        log.awaitHead(12);
        assertThat(log.conditions.getLast()).isEqualTo(HeadSource.Condition.POLLED);
      }
    }
  }

  @Test
  void anAlarmTellsOfAChainThatStandsStill() {
    try (LocalChain chain = LocalChain.start()) {
      Log log = new Log();
      HeadSource.Settings nervous =
          new HeadSource.Settings(
              BRISK, 64, Optional.of(Duration.ofMillis(200)), 3, Duration.ofSeconds(10));
      try (HeadSource.Subscription _ = chain.client().watch(nervous).subscribe(log)) {
        log.awaitCondition(HeadSource.Condition.STALLED);
        chain.mine();
        log.awaitHead(1);
        await(
            "the end of the stall",
            () ->
                log.conditions.contains(HeadSource.Condition.POLLED)
                    && log.conditions.lastIndexOf(HeadSource.Condition.POLLED)
                        > log.conditions.indexOf(HeadSource.Condition.STALLED));
      }
    }
  }

  @Test
  void aListenerThatThrowsMissesOneHeadOnly() {
    Logger quiet = (Logger) LoggerFactory.getLogger(HeadWatch.class);
    quiet.setLevel(Level.OFF);
    try (LocalChain chain = LocalChain.start()) {
      Log log = new Log();
      HeadSource.Listener fragile =
          head -> {
            if (head.number() == 1) {
              throw new IllegalStateException("thrown by a test");
            }
            log.onHead(head);
          };
      try (HeadSource.Subscription _ =
          chain.client().watch(Optional.empty(), BRISK).subscribe(fragile)) {
        await("the first head", () -> !log.heads.isEmpty());
        chain.mine(3, 12);
        log.awaitHead(3);
        assertThat(log.heads.stream().map(Head::number)).containsExactly(0L, 2L, 3L);
      }
    } finally {
      quiet.setLevel(null);
    }
  }

  @Test
  void aClientOverAWebSocketReadsAndConnectsAgain() throws Exception {
    try (LocalChain chain = LocalChain.start();
        FaultyProxy proxy = new FaultyProxy(chain.http().getPort());
        ChainClient client = ChainClient.connect(proxy.webSocket(), 31_337)) {
      chain.mine(120, 12);
      assertThat(client.heads(0, 120)).hasSize(121);
      proxy.cut();
      await(
          "a new connection",
          () -> {
            try {
              return client.head().number() == 120;
            } catch (RpcUnreachable e) {
              return false;
            }
          });
    }
  }

  private static LocalChain.Settings at(int port, long chainId) {
    LocalChain.Settings usual = LocalChain.Settings.DEFAULT;
    return new LocalChain.Settings(
        OptionalInt.of(port),
        chainId,
        usual.genesisTime(),
        usual.secondsPerBlock(),
        usual.baseFee());
  }
}
