package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.Agents;
import org.probity.agent.HoldFigures;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.Address;
import org.probity.chain.ChainRecord;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.keys.KeyStore;
import org.probity.demo.DemoWorld;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.HoldRecorder;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.audit.Audit;
import org.probity.intent.audit.AuditListener;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.policy.Policy;
import org.probity.settings.BadSetting;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/** Holds of a vault that only holds, claimed by a node that ends at the worst of times. */
@TestKind.Acceptance
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HoldClaimsTest {

  private static final char[] PASSWORD = "a password for tests".toCharArray();

  @TempDir private static Path folder;

  private static DemoWorld world;
  private static Vault vault;
  private static Address account;

  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final BlockingQueue<Notice.Executed> executed = new LinkedBlockingQueue<>();
  private final BlockingQueue<Notice.Kept> kept = new LinkedBlockingQueue<>();

  @BeforeAll
  static void begin() throws IOException {
    var strategy = PracticeStrategy.quantised();
    Srs srs = PracticeStrategy.srs(strategy);
    StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
    srs.save(folder.resolve("srs.bin"));
    bundle.save(folder.resolve("strategy"));
    account = KeyStore.at(folder.resolve("keys")).create(PASSWORD, new SecureRandom()).address();
    world = DemoWorld.open(OptionalInt.empty(), 7);
    world.chain().setBalance(account, BigInteger.TEN.pow(19));
    world.makeHistory();
    vault = vaultThatOnlyHolds(world.deploy(bundle, srs, account));
  }

  private static Vault vaultThatOnlyHolds(DemoWorld.Deployed like) {
    Policy.Model model = like.policy().model();
    Policy holds =
        new Policy(
            like.policy().limits(),
            new Policy.Model(
                model.digest(),
                model.code(),
                model.agent(),
                Collections.nCopies(model.targets().size(), Policy.HOLD),
                model.directions(),
                model.weightStepBps(),
                model.program()),
            like.policy().parts());
    var owner = new VaultDeployment.Sending(world.owner(), _ -> {});
    Address own = world.owner().address();
    Vault made =
        Vault.at(
            world.chain().client(),
            owner.create(
                "a vault that only holds",
                VaultDeployment.vault(like.foundation(), own, own, holds)));
    Address usd = world.market().usd().address();
    BigInteger much = world.market().usd().units(5_000);
    world.market().fund(own, much, BigInteger.ONE);
    owner.execute("an approval", new Erc20(usd).approve(made.address(), much));
    owner.execute("a deposit", made.owners("deposit", usd, much));
    return made;
  }

  @AfterAll
  static void end() {
    world.close();
  }

  /** Lives of one node, each of which ends elsewhere. */
  @Test
  @Order(1)
  void whatIsProvenIsClaimedOnceHoweverTheNodeEnds() throws Exception {
    // Not due yet, and one holds' last mark is lost with the crash, the other's line is cut.
    live(
        100,
        _ -> {
          hold();
          hold();
        });
    List<String> marks = Files.readAllLines(claims());
    assertThat(marks).hasSize(3);
    Files.write(claims(), marks.subList(0, 2));
    List<String> lines = Files.readAllLines(holds());
    String torn = lines.get(1).substring(0, 500);
    Files.writeString(holds(), lines.get(0) + "\n" + torn);

    // The journal has what the crash took, and both are claimed together.
    live(2, _ -> assertThat(said()).startsWith("claimed 2 holds of vault " + vault.address()));
    assertThat(Files.readAllLines(holds())).containsExactlyElementsOf(lines);
    assertThat(events()).isEqualTo(1);

    // It ended before it had heard of the receipt.
    marks = Files.readAllLines(claims());
    assertThat(marks.getLast()).startsWith("{\"claimed\":");
    Files.write(claims(), marks.subList(0, marks.size() - 1));
    live(2, _ -> assertThat(said()).startsWith("claimed 2 holds"));
    assertThat(events()).isEqualTo(1);

    // The record of what was sent is lost too, or the mark that it was begun: the chain says so.
    Files.write(claims(), marks.subList(0, 3));
    live(
        2,
        _ -> {
          hold();
          hold();
          hold();
          assertThat(said()).startsWith("claimed 2 holds");
        });
    assertThat(Files.readString(claims())).contains("the vault has a decision or a claim of");
  }

  @Test
  @Order(2)
  void anAuditWithTheFileShowsEachClaim() {
    AuditResult result = audit(Optional.of(holds()));
    assertThat(result.sentence()).isEqualTo("4 proven, 0 claimed, 0 unchecked");
    assertThat(audit(Optional.empty()).sentence()).isEqualTo("0 proven, 4 claimed, 0 unchecked");
  }

  @Test
  @Order(3)
  void whoIsNotTheAgentIsToldSoAndItIsAnAlertInTheEnd() throws Exception {
    try (HoldClaims strangers = strangers()) {
      for (int i = 1; i < HoldClaims.TRIES; i++) {
        strangers.look();
      }
      assertThat(strangers.figures().failing()).isEmpty();
      strangers.look();
      assertThat(strangers.figures().failing())
          .containsOnlyKeys(vault.address())
          .extractingByKey(vault.address())
          .asString()
          .startsWith("Holds of vault %s cannot be claimed".formatted(vault.address()))
          .contains(world.attacker().address() + " is not the agent of the vault's policy")
          .contains("run with the agent's key");
      assertThat(strangers.figures().waiting()).isEqualTo(1);
    }
  }

  /** Who could not claim it fails no more, for there is nothing to claim. */
  @Test
  @Order(4)
  void aHoldWhoseHeadIsInNoBlockAnyMoreIsLeft() throws Exception {
    List<String> marks = Files.readAllLines(claims());
    int last =
        IntStream.range(0, marks.size())
            .filter(i -> marks.get(i).contains("kept"))
            .max()
            .orElseThrow();
    marks.set(last, marks.get(last).replaceAll("\"head\":\"0x....", "\"head\":\"0x0000"));
    Files.write(claims(), marks);
    try (HoldClaims strangers = strangers()) {
      for (int i = 0; i < HoldClaims.TRIES; i++) {
        strangers.look();
      }
      assertThat(strangers.figures()).isEqualTo(HoldFigures.NONE);
    }
    assertThat(Files.readString(claims())).endsWith("\"why\":\"its head was reverted\"}\n");
  }

  /** Claims by an account that is not the agent. */
  private static HoldClaims strangers() throws IOException {
    AgentSettings settings = settings(1);
    HoldClaims strangers =
        new HoldClaims(
            settings.holds(),
            world.chain().client(),
            1,
            Duration.ZERO,
            (_, _) -> new HoldRecorder(world.chain().client(), vault, world.attacker()));
    strangers.require(
        new AgentSpec(
            "one", vault.address(), vault.policy().model().digest(), account, settings.pace()));
    return strangers;
  }

  @Test
  @Order(5)
  void afterSomeMomentsOfSilenceOneHoldIsExecuted() throws Exception {
    live(
        settings("holds.max-silence = 2"),
        agents -> {
          // It never executed anything.
          signOfLife(agents);
          hold();
          signOfLife(agents);
          hold();
        });
    assertThat(vault.executions())
        .hasSize(2)
        .allMatch(entry -> entry.deltas().stream().allMatch(delta -> delta.signum() == 0));
    assertThat(audit(Optional.of(holds())).sentence()).startsWith("6 proven, 0 claimed");
  }

  private void signOfLife(Agents agents) throws InterruptedException {
    world.nextHead();
    assertThat(executed.poll(60, TimeUnit.SECONDS)).as("an executed hold").isNotNull();
    assertThat(said()).contains("a hold is executed");
    Instant patience = Instant.now().plusSeconds(60);
    String id = vault.address().toString();
    while (agents.status(id).toCompletableFuture().join().spec().pace().sendsHolds()) {
      assertThat(Instant.now()).as("it goes on to execute holds").isBefore(patience);
    }
  }

  @Test
  @Order(6)
  void filesOfAnotherVaultAreRefused() throws Exception {
    Address other = new Address("0x" + "44".repeat(20));
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.copy(holds(), elsewhere.resolve(other.hex() + ".jsonl"));
    assertThatThrownBy(() -> HoldFile.open(elsewhere, 31_337, other, 0))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(".claims is not there, which says what of it is claimed");
    Path marks = elsewhere.resolve(other.hex() + ".claims");
    Files.copy(claims(), marks);
    assertThatThrownBy(() -> HoldFile.open(elsewhere, 31_337, other, 0))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("is of vault " + vault.address().hex());
    Files.writeString(marks, Files.readString(marks).replace(vault.address().hex(), other.hex()));
    assertThatThrownBy(() -> HoldFile.open(elsewhere, 31_337, other, 0))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("it is of vault " + vault.address());
  }

  @Test
  @Order(7)
  void filesAreOfOneNodeAndNeverShorterThanTheyWere() throws Exception {
    try (HoldFile first = HoldFile.open(folder.resolve("holds"), 31_337, vault.address(), 0)) {
      assertThat(first.open()).isEmpty();
      assertThatThrownBy(() -> HoldFile.open(folder.resolve("holds"), 31_337, vault.address(), 0))
          .isInstanceOf(BadSetting.class)
          .hasMessageContaining("another node writes there");
    }
    Files.writeString(claims(), "{\"kept\":", StandardOpenOption.APPEND);
    HoldFile.open(folder.resolve("holds"), 31_337, vault.address(), 0).close();
    String whole = Files.readString(claims());
    assertThat(whole).endsWith("}\n");
    Files.writeString(
        claims(), whole + "{\"claiming\":\"k\",\"digests\":[\"0x" + "11".repeat(32) + "\"]}\n");
    assertThatThrownBy(() -> HoldFile.open(folder.resolve("holds"), 31_337, vault.address(), 0))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("it claims what is not kept");
    Files.writeString(claims(), whole);
    Files.writeString(holds(), Files.readAllLines(holds()).getFirst() + "\n");
    assertThatThrownBy(() -> HoldFile.open(folder.resolve("holds"), 31_337, vault.address(), 0))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(" bytes, and had ");
  }

  // ---- a node ----

  private interface Life {
    void live(Agents agents) throws Exception;
  }

  private void live(int batch, Life life) throws Exception {
    live(settings(batch), life);
  }

  private void live(AgentSettings settings, Life life) throws Exception {
    said.clear();
    try (LiveEquipment equipment = LiveEquipment.open(settings, () -> PASSWORD.clone())) {
      AgentSpec spec = equipment.spec(settings.agents().getFirst());
      equipment.check(spec);
      try (ProbityNode node =
          ProbityNode.start(
              settings.node(),
              database ->
                  equipment.with(
                      database,
                      _ -> {},
                      (_, notice) -> {
                        switch (notice) {
                          case Notice.Kept one -> kept.add(one);
                          case Notice.Executed one -> executed.add(one);
                          default -> {}
                        }
                      }),
              InstantSource.system())) {
        node.agents().ensure(spec).toCompletableFuture().join();
        equipment.begin(node.agents(), List.of(spec), said::add);
        life.live(node.agents());
        equipment.claims().ifPresent(HoldClaims::close);
      }
    }
  }

  private void hold() throws InterruptedException {
    world.nextHead();
    assertThat(kept.poll(60, TimeUnit.SECONDS)).as("a proven hold").isNotNull();
  }

  private String said() throws InterruptedException {
    String sentence = said.poll(60, TimeUnit.SECONDS);
    assertThat(sentence).as("a sentence").isNotNull();
    return sentence;
  }

  private static int events() {
    return new ChainRecord(world.chain().client())
        .logs(
            vault.address(),
            List.of(ContractArtifact.load("Vault").event("HoldsClaimed").topic()),
            0,
            world.chain().client().head().number())
        .size();
  }

  private static Path holds() {
    return folder.resolve("holds").resolve(vault.address().hex() + ".jsonl");
  }

  private static Path claims() {
    return folder.resolve("holds").resolve(vault.address().hex() + ".claims");
  }

  private static AuditResult audit(Optional<Path> holds) {
    return Audit.run(
        world.chain().client(),
        vault.address(),
        new Audit.Options(0, false, Optional.empty(), holds, Optional.empty()),
        System::nanoTime,
        AuditListener.NONE);
  }

  private static AgentSettings settings(int batch) throws IOException {
    return settings("holds { conduct = claim, batch = %s, longest-wait = 30 d }".formatted(batch));
  }

  private static AgentSettings settings(String holds) throws IOException {
    return AgentSettings.load(
        Files.writeString(
            folder.resolve("agent.conf"),
            """
            probity {
              chain { rpc = "%s", web-socket = "%s", id = %s, poll = 100 ms, reorg-depth = 1 }
              vault = "%s"
              strategy = "strategy"
              srs = "srs.bin"
              key { store = "keys", account = "%s" }
              prover.backend = scalar
              %s
            }
            """
                .formatted(
                    world.chain().http(),
                    world.chain().webSocket(),
                    world.chain().client().chainId(),
                    vault.address(),
                    account,
                    holds)));
  }
}
