package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.AbiEvent;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalAave.Listing;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;
import org.probity.intent.audit.Audit;
import org.probity.intent.audit.AuditListener;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.audit.Finding;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.source.Reports;
import org.probity.strategy.feature.OwnLoans;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/** An audit of a vault that lends and borrows with real proofs, on Aave's published byte code. */
@TestKind.Acceptance
class LoanAuditTest extends OnOneChain {

  private static final ContractArtifact ACCOUNT = ContractArtifact.load("AaveV3Account");
  private static final AbiEvent MOVED = ACCOUNT.event("Moved");
  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final int INPUTS = 16 + 4 + new OwnLoans(2).width();

  /** The first feature of the books, after those of the pool. */
  private static final int WEIGHT = 16;

  private static final int DECISIONS = 6;

  @SuppressWarnings("NullAway.Init") // by live()
  private static Vault vault;

  /** Buys, supplies and borrows; repays and takes back by its owner; goes on for hours. */
  @BeforeAll
  static void live() {
    Architecture shape =
        new Architecture(INPUTS, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0)
            .withBestRows();
    Srs srs = Srs.development(shape.logSize(), Entropy.secure());
    Prover prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    CommittedModel model =
        CommittedModel.commit(keeper(shape), srs, ComputeBackend.scalar(), Entropy.secure());
    bench = new VaultBench(srs.tauG2Words());
    bench.store(Bytes.of(model.key().bytes()));
    Policy policy = lending(bench.policy(terms -> terms.turnover = 100_000));
    vault = Vault.at(bench.client(), bench.vault(policy));
    for (int i = 0; i < DECISIONS; i++) {
      if (i == 2) {
        bench.owner(
            vault.address(), "unwind", bench.usd.address(), bench.usd.units(100), BigInteger.ZERO);
        bench.owner(
            vault.address(),
            "unwind",
            bench.weth.address(),
            BigInteger.ZERO,
            bench.weth.units(1).shiftRight(2));
      }
      if (i == 4) {
        bench.breathe(80, i);
        bench.owner(vault.address(), "poke");
        bench.deposit(vault.address(), bench.weth, bench.weth.units(60));
      }
      bench.toMoment(5 + i);
      ProvenIntent intent =
          AgentCycle.of(
                  new Mandate(
                      bench.client().chainId(),
                      vault.address(),
                      model.key().digest(),
                      110,
                      bench.agent,
                      50),
                  new VaultReader(bench.client(), vault, Reports.NONE),
                  LoanAuditTest::decided,
                  model,
                  prover,
                  new ProofVerifier(srs))
              .step(bench.client().head());
      bench.chain.execute(bench.agent, vault.execution(intent));
    }
  }

  private static Policy lending(Policy policy) {
    Address desk =
        bench.chain.deploy(bench.owner, ContractArtifact.load("AaveV3Desk").deployment());
    LocalAave aave =
        LocalAave.deploy(
            bench.chain,
            List.of(listing(bench.usd, 100_000_000L), listing(bench.weth, 250_000_000_000L)));
    aave.supply(bench.owner, bench.usd, bench.usd.units(1_000_000));
    aave.supply(bench.owner, bench.weth, bench.weth.units(1_000));
    aave.borrow(bench.owner, bench.usd, bench.usd.units(300_000));
    Policy.Limits l = policy.limits();
    Policy.Model m = policy.model();
    Policy.Parts p = policy.parts();
    List<Feature> program = new ArrayList<>(m.program());
    program.add(new Feature(Address.ZERO, new OwnLoans(2).width(), Feature.LOANS));
    Policy.ReserveLimits most =
        new Policy.ReserveLimits(bench.usd.units(1_000_000), bench.usd.units(1_000_000));
    int hold = Policy.HOLD;
    return new Policy(
        new Policy.Limits(
            l.numbers(), l.exposures(), l.pools(), l.venues(), List.of(most, most), 15_000),
        new Policy.Model(
            m.digest(),
            m.code(),
            m.agent(),
            m.targets(),
            List.of(13, 15, 14),
            m.weightStepBps(),
            program,
            List.of(hold, 0, 2_000, hold, hold, 1_000, 8_000, hold, hold, 2_500, 5_000, hold)),
        new Policy.Parts(
            p.assets(),
            p.pools(),
            p.action(),
            p.venues(),
            new Policy.Lending(
                desk,
                aave.pool(),
                0,
                List.of(new Policy.Reserve(0, true), new Policy.Reserve(1, false)))));
  }

  private static Listing listing(LocalMarket.Token token, long price) {
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    feed.answer(bench.now() + 1, 1, BigInteger.valueOf(price));
    return new Listing(
        token,
        feed.proxy(),
        8_000,
        8_500,
        10_500,
        1_000,
        true,
        new LocalAave.Rates(
            RAY.multiply(BigInteger.valueOf(8)).divide(BigInteger.TEN),
            BigInteger.ZERO,
            RAY.divide(BigInteger.TEN),
            RAY));
  }

  /** Sells above 56 %, buys below 44 %, and otherwise keeps. */
  private static Network keeper(Architecture shape) {
    int[] weight = new int[4 * INPUTS];
    weight[WEIGHT] = 1;
    weight[INPUTS + WEIGHT] = -1;
    int[] choice = new int[3 * 4];
    choice[0] = 1;
    choice[2 * 4 + 1] = 1;
    return new Network(
        shape, List.of(new Dense(weight, new int[4]), new Dense(choice, new int[] {0, 600, 0})));
  }

  private static Decision.Choice decided(FeatureVector features) {
    int weight = features.get(WEIGHT);
    return new Decision.Choice(
        weight > 600 ? VaultBench.REDUCE : weight < -600 ? VaultBench.INCREASE : VaultBench.KEEP);
  }

  // ---- auditing ----

  private static AuditResult audit(ChainClient node) {
    return audit(node, Optional.empty());
  }

  private static AuditResult audit(ChainClient node, Optional<Path> state) {
    return Audit.run(
        node,
        vault.address(),
        new Audit.Options(0, false, Optional.empty(), Optional.empty(), state),
        System::nanoTime,
        AuditListener.NONE);
  }

  private static AuditResult told(LyingEndpoint.Lie lie) {
    try (var liar = new LyingEndpoint(bench.chain.http(), lie);
        ChainClient node = ChainClient.connect(liar.http(), 31_337)) {
      return audit(node);
    }
  }

  private static List<String> sentences(AuditResult result, Weight weight) {
    List<Finding> all = new ArrayList<>(result.findings().first());
    result.doubtful().first().forEach(decision -> all.addAll(decision.findings()));
    return all.stream()
        .filter(finding -> finding.weight() == weight)
        .map(Finding::sentence)
        .toList();
  }

  private static boolean isMovement(JsonNode log) {
    return log.path("topics").get(0).asText().equals(MOVED.topic().hex());
  }

  @Test
  void allThatWasLentIsProven() {
    AuditResult result = audit(bench.client());
    assertThat(sentences(result, Weight.WRONG)).isEmpty();
    assertThat(sentences(result, Weight.UNCHECKED)).isEmpty();
    assertThat(result.sentence()).isEqualTo("6 proven, 0 claimed, 0 unchecked");
    assertThat(result.happenings().first())
        .extracting(AuditResult.Happening::words)
        .contains("repaid 100 USD")
        .anyMatch(words -> words.startsWith("took back 0.25 "));
  }

  @Test
  void anAuditGoesOnWhereAnotherEnded(@TempDir Path folder) {
    Optional<Path> state = Optional.of(folder.resolve("state.json"));
    bench.chain.mine(70, 2); // what is kept is settled
    assertThat(audit(bench.client(), state).sentence())
        .isEqualTo("6 proven, 0 claimed, 0 unchecked");
    bench.owner(vault.address(), "poke");
    bench.owner(vault.address(), "unwind", bench.weth.address(), BigInteger.ZERO, BigInteger.TEN);
    AuditResult next = audit(bench.client(), state);
    AuditResult whole = audit(bench.client());
    assertThat(next).usingRecursiveComparison().ignoringFields("pace").isEqualTo(whole);
    assertThat(next.pace().logs()).isLessThan(whole.pace().logs());
    assertThat(next.sentence()).isEqualTo("6 proven, 0 claimed, 0 unchecked");
  }

  @Test
  void aMovementThatIsLeftOutIsMissed() {
    AuditResult result =
        told((method, _, answer) -> {
          if (!method.equals("eth_getLogs")) {
            return answer;
          }
          ArrayNode kept = ((ArrayNode) answer).arrayNode();
          answer.forEach(log -> {
            if (!isMovement(log)) {
              kept.add(log);
            }
          });
          return kept;
        });
    assertThat(sentences(result, Weight.WRONG))
        .anyMatch(words -> words.contains("leaves out or invents logs"))
        .anyMatch(words -> words.contains("The account's events add up to"));
  }

  /** Other books make other features, so that no proof holds from there on. */
  @Test
  void aChangedMovementIsNoneOfTheProofs() {
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getLogs")) {
            answer.forEach(log -> {
              if (isMovement(log)) {
                String data = log.path("data").asText();
                String supplied = data.substring(66, 130);
                BigInteger more = new BigInteger(supplied, 16).multiply(BigInteger.TWO);
                ((ObjectNode) log)
                    .put(
                        "data",
                        data.substring(0, 66) + "%064x".formatted(more) + data.substring(130));
              }
            });
          }
          return answer;
        });
    assertThat(result.weight()).isEqualTo(Weight.WRONG);
    assertThat(sentences(result, Weight.WRONG))
        .anyMatch(words -> words.contains("its proof does not hold on the features"));
  }

  /** The state of the market is asked with the time of a block, which only plans do. */
  @Test
  void aNodeThatForgetsTheMarketLeavesPlansUnchecked() {
    AuditResult result =
        told((method, parameters, answer) ->
            method.equals("eth_call") && parameters.size() > 2 ? null : answer);
    assertThat(sentences(result, Weight.WRONG)).isEmpty();
    assertThat(sentences(result, Weight.UNCHECKED))
        .anyMatch(words -> words.contains("ask a node that has kept old states"));
  }
}
