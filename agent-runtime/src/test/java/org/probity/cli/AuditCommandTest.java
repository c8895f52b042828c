package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.ContractArtifact;
import org.probity.demo.DemoWorld;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.Mandate;
import org.probity.intent.Settlement;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.source.Reports;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * The command over a vault of the demo, for which an agent's cycle has decided with real proofs.
 */
@TestKind.Acceptance
final class AuditCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HEADS = 4;
  private static final long SEED = 6;

  private static DemoWorld world;
  private static Vault vault;
  private static int executed;

  @TempDir Path folder;

  @BeforeAll
  static void live() {
    world = DemoWorld.open(OptionalInt.empty(), SEED);
    world.makeHistory();
    QuantisedStrategy strategy = PracticeStrategy.quantised();
    Srs srs = PracticeStrategy.srs(strategy);
    StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
    vault = world.deploy(bundle, srs).vault();
    var client = world.chain().client();
    var mandate =
        new Mandate(
            client.chainId(),
            vault.address(),
            bundle.model().key().digest(),
            240,
            world.agent().address());
    executed = 0;
    try (var decider = bundle.open()) {
      var cycle =
          AgentCycle.of(
              mandate,
              new VaultReader(client, vault, Reports.NONE),
              decider,
              bundle.model(),
              new Prover(srs, ComputeBackend.scalar(), Entropy.secure()),
              new ProofVerifier(srs));
      var venue = new DirectVenue(vault, world.agent());
      for (int i = 0; i < HEADS; i++) {
        world.nextHead();
        if (venue.submit(cycle.step(client.head())) instanceof Settlement.Executed) {
          executed++;
        }
      }
    }
    assertThat(executed).isPositive();
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  private static JsonNode valid(Ran ran) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(AuditCommandTest.class.getResourceAsStream("/audit.schema.json"))) {
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(JSON.readTree(in));
      JsonNode line = JSON.readTree(ran.output().strip());
      assertThat(schema.validate(line)).isEmpty();
      assertThat(schema.validate(JSON.readTree("{\"verdict\":\"noted\"}"))).isNotEmpty();
      return line;
    }
  }

  @Test
  void oneLineSaysWhetherAllWasDecidedByTheVaultsModels() {
    Ran ran =
        Ran.of("audit", vault.address(), "--rpc", world.chain().http(), "--archive").succeeded();
    ran.showing(
        "%s decisions, ".formatted(executed),
        "deposited ",
        "pace       reading ",
        "Everything that this vault ever executed was decided by its models inside its policies: %s proven, 0 claimed, 0 unchecked"
            .formatted(executed));
  }

  @Test
  void aMachineReadsOneLineAndPeopleAPage() throws IOException {
    Path page = folder.resolve("audit.html");
    Ran ran =
        Ran.of(
                "audit",
                vault.address(),
                "--rpc",
                world.chain().http(),
                "--second-rpc",
                world.chain().http(),
                "--report",
                page,
                "--json")
            .succeeded();
    JsonNode line = valid(ran);
    assertThat(line.path("verdict").asText()).isEqualTo("noted");
    assertThat(line.path("proven").asInt()).isEqualTo(executed);
    assertThat(line.path("policies")).hasSize(1);
    assertThat(Files.readString(page))
        .contains(vault.address().toString(), "Allowances used", "What owner and roles did")
        .contains("%s proven, 0 claimed, 0 unchecked".formatted(executed));
    // With a state, from which the next one goes on, and holds of which none was claimed.
    Path state = folder.resolve("audit.json");
    Path holds = Files.writeString(folder.resolve("holds.jsonl"), "");
    for (int i = 0; i < 2; i++) {
      Ran.of("audit", vault.address(), "--rpc", world.chain().http(), "--state", state)
          .succeeded()
          .showing("%s proven, 0 claimed, 0 unchecked".formatted(executed));
    }
    Ran.of(
            "audit",
            vault.address(),
            "--rpc",
            world.chain().http(),
            "--holds",
            holds,
            "--state",
            state)
        .failed(1)
        .saying("with no other options: name another file for this one");
    // Once more over its own page, and never over another file.
    Ran.of("audit", vault.address(), "--rpc", world.chain().http(), "--report", page).succeeded();
    Path other = Files.writeString(folder.resolve("notes.txt"), "mine");
    Ran.of("audit", vault.address(), "--rpc", world.chain().http(), "--report", other)
        .failed(1)
        .saying("is no page of this program");
    assertThat(other).hasContent("mine");
  }

  @Test
  void whatIsNoVaultOrBeginsTooLateIsToldInOneSentence() {
    Ran.of("audit", "0x00000000000000000000000000000000000000ff", "--rpc", world.chain().http())
        .failed(1)
        .saying("There is no contract at ");
    Ran.of(
            "audit",
            vault.address(),
            "--rpc",
            world.chain().http(),
            "--from-block",
            world.chain().client().head().number())
        .failed(1)
        .saying("begin at its creation or before it");
  }

  /** A vault that other code than the release's stands behind is not passed. */
  @Test
  void aForeignEngineIsWrong() {
    String snapshot = world.chain().snapshot();
    try {
      world
          .chain()
          .setCode(vault.parts().rules(), ContractArtifact.load("PolicyEngine").deployedCode());
      Ran ran = Ran.of("audit", vault.address(), "--rpc", world.chain().http());
      assertThat(ran.status()).isEqualTo(1);
      ran.showing("is not the PolicyRules of this release", "Something contradicts");
    } finally {
      world.chain().revert(snapshot);
    }
  }
}
