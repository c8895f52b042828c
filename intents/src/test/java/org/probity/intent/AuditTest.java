package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.KEEP;
import static org.probity.intent.VaultBench.REDUCE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.AbiEvent;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.audit.Audit;
import org.probity.intent.audit.AuditListener;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.audit.Finding;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.audit.Judged;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.Reports;
import org.probity.intent.source.VaultSource;
import org.probity.strategy.feature.ChainlinkReturns;
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

/** An audit of a vault with real proofs, told by honest nodes and by such that lie. */
@TestKind.Acceptance
class AuditTest extends OnOneChain {

  private static final Architecture SHAPE =
      new Architecture(20, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0)
          .withBestRows();

  private static final int DECISIONS = 7;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Srs srs;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static CommittedModel model;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Prover prover;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Policy policy;

  @SuppressWarnings("NullAway.Init") // by deploy()
  private static Vault vault;

  private static final List<Receipt> EXECUTIONS = new ArrayList<>();

  /** A whole life: buys, holds, a deposit, a pause, a moment left out, an exit. */
  @BeforeAll
  static void live() {
    srs = Srs.development(SHAPE.logSize(), Entropy.secure());
    prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    model = CommittedModel.commit(keeper(SHAPE), srs, ComputeBackend.scalar(), Entropy.secure());
    bench = new VaultBench(srs.tauG2Words());
    bench.store(Bytes.of(model.key().bytes()));
    policy = bench.policy(terms -> terms.turnover = 100_000);
    vault = Vault.at(bench.client(), bench.vault(policy));
    EXECUTIONS.clear();
    for (int i = 0; i < DECISIONS; i++) {
      if (i == 2) {
        bench.deposit(vault.address(), bench.weth, bench.weth.units(12));
      }
      if (i == 3) {
        bench.owner(vault.address(), "pause");
        bench.owner(vault.address(), "unpause");
      }
      if (i == 4) {
        bench.toMoment(1); // nobody decides
      }
      if (i == 5) {
        bench.breathe(3, i);
        bench.deposit(vault.address(), bench.weth, bench.weth.units(60));
      }
      bench.toMoment(5 + i);
      EXECUTIONS.add(execute(bench.agent, vault, bench.agent));
    }
    bench.owner(vault.address(), "exit", bench.usd.address(), bench.usd.units(10));
  }

  /** Sells above 56 %, buys below 44 %, and otherwise holds; four features are of the books. */
  private static Network keeper(Architecture shape) {
    int inputs = shape.inputs();
    int[] weight = new int[4 * inputs];
    weight[inputs - 4] = 1;
    weight[inputs + inputs - 4] = -1;
    int[] choice = new int[3 * 4];
    choice[0] = 1;
    choice[2 * 4 + 1] = 1;
    return new Network(
        shape, List.of(new Dense(weight, new int[4]), new Dense(choice, new int[] {0, 600, 0})));
  }

  private static Decision.Choice decided(FeatureVector features) {
    int weight = features.get(features.size() - 4);
    return new Decision.Choice(weight > 600 ? REDUCE : weight < -600 ? INCREASE : KEEP);
  }

  private static ProvenIntent proven(Vault of, Address executor) {
    return proven(of, executor, model);
  }

  private static ProvenIntent proven(Vault of, Address executor, CommittedModel its) {
    return AgentCycle.of(
            new Mandate(
                bench.client().chainId(), of.address(), its.key().digest(), 110, executor, 50),
            new VaultReader(bench.client(), of, Reports.NONE),
            AuditTest::decided,
            its,
            prover,
            new ProofVerifier(srs))
        .step(bench.client().head());
  }

  private static Receipt execute(Address sender, Vault of, Address executor) {
    return bench.chain.execute(sender, of.execution(proven(of, executor)));
  }

  // ---- auditing ----

  private static AuditResult audit() {
    return audit(bench.client(), false, Optional.empty(), AuditListener.NONE);
  }

  private static AuditResult audit(
      ChainClient node, boolean archive, Optional<ChainClient> second, AuditListener listener) {
    return Audit.run(
        node, vault.address(), new Audit.Options(0, archive, second), System::nanoTime, listener);
  }

  private static AuditResult audit(Vault of, Optional<Path> holds, Optional<Path> state) {
    return audit(bench.client(), of, holds, state);
  }

  private static AuditResult audit(
      ChainClient node, Vault of, Optional<Path> holds, Optional<Path> state) {
    return Audit.run(
        node,
        of.address(),
        new Audit.Options(0, false, Optional.empty(), holds, state),
        System::nanoTime,
        AuditListener.NONE);
  }

  /** What comes of it if the node lies. */
  private static AuditResult told(LyingEndpoint.Lie lie) {
    return told(vault, lie);
  }

  private static AuditResult told(Vault of, LyingEndpoint.Lie lie) {
    try (var liar = new LyingEndpoint(bench.chain.http(), lie);
        ChainClient node = ChainClient.connect(liar.http(), 31_337)) {
      return audit(node, of, Optional.empty(), Optional.empty());
    }
  }

  private static List<String> wrongs(AuditResult result) {
    List<String> sentences = new ArrayList<>();
    result.findings().first().stream()
        .filter(finding -> finding.weight() == Weight.WRONG)
        .map(Finding::sentence)
        .forEach(sentences::add);
    result.doubtful().first().stream()
        .flatMap(decision -> decision.findings().stream())
        .filter(finding -> finding.weight() == Weight.WRONG)
        .map(Finding::sentence)
        .forEach(sentences::add);
    return sentences;
  }

  private static boolean ofVault(JsonNode log) {
    return log.path("address").asText().equalsIgnoreCase(vault.address().hex());
  }

  /** Leaves out logs. */
  private static JsonNode without(String method, JsonNode result, Predicate<JsonNode> left) {
    if (method.equals("eth_getLogs")) {
      ArrayNode kept = ((ArrayNode) result).arrayNode();
      result.forEach(log -> {
        if (!left.test(log)) {
          kept.add(log);
        }
      });
      return kept;
    }
    return result;
  }

  private static boolean is(JsonNode log, String event) {
    return ofVault(log)
        && log.path("topics").get(0).asText().equals(Vault.VAULT.event(event).topic().hex());
  }

  // ---- honest nodes ----

  @Test
  void allThatAVaultDidIsProven() {
    List<Judged> judged = new ArrayList<>();
    AuditResult result =
        audit(
            bench.client(),
            false,
            Optional.empty(),
            new AuditListener() {
              @Override
              public void judged(Judged decision) {
                judged.add(decision);
              }
            });
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.doubtful().first()).isEmpty();
    assertThat(result.weight()).isEqualTo(Weight.NOTED);
    assertThat(result.sentence()).isEqualTo("7 proven, 0 claimed, 0 unchecked");
    assertThat(judged).hasSize(DECISIONS);
    assertThat(judged).extracting(Judged::reason).contains(Reason.NONE, Reason.HOLD);
    assertThat(result.trades())
        .isEqualTo(judged.stream().filter(one -> one.reason() == Reason.NONE).count());
    assertThat(judged.stream().map(Judged::transaction))
        .isEqualTo(EXECUTIONS.stream().map(Receipt::transactionHash).toList());
    assertThat(result.policies().first()).hasSize(1);
    assertThat(result.happenings().first())
        .extracting(AuditResult.Happening::words)
        .contains("deposited 60 WETH", "paused", "resumed")
        .anyMatch(words -> words.startsWith("took out 10 "));
    assertThat(result.lateness().most()).isBetween(5L, 60L);
  }

  @Test
  void momentsForWhichNothingWasExecutedAreNamed() {
    AuditResult before = audit();
    bench.toMoment(5);
    bench.toMoment(5);
    execute(bench.agent, vault, bench.agent);
    AuditResult after = audit();
    assertThat(before.skipped().moments()).isPositive();
    assertThat(after.skipped().moments()).isGreaterThan(before.skipped().moments());
    assertThat(after.weight()).isEqualTo(Weight.NOTED);
  }

  /** Rebuilt from logs, and computed by the vault itself on the block before. */
  @Test
  void logsAndAnArchiveGiveTheSameFeatures() {
    AuditResult result =
        audit(bench.client(), true, Optional.of(bench.client()), AuditListener.NONE);
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.sentence()).isEqualTo("7 proven, 0 claimed, 0 unchecked");
    assertThat(result.archived()).isEqualTo(DECISIONS);
  }

  @Test
  void aNodeThatRefusesWideRangesIsAskedForNarrowOnes() {
    AtomicInteger refused = new AtomicInteger();
    AuditResult result =
        told((method, parameters, answer) -> {
          if (method.equals("eth_getLogs")) {
            JsonNode filter = parameters.get(0);
            long blocks =
                Long.decode(filter.path("toBlock").asText())
                    - Long.decode(filter.path("fromBlock").asText());
            if (blocks > 100) {
              refused.incrementAndGet();
              return null;
            }
          }
          return answer;
        });
    assertThat(refused).hasPositiveValue();
    assertThat(result.sentence()).isEqualTo("7 proven, 0 claimed, 0 unchecked");
    assertThat(result.weight()).isEqualTo(Weight.NOTED);
  }

  @Test
  void aPolicyThatWasLoosenedAndTightenedBackIsNamed() {
    bench.setPolicy(
        vault.address(),
        bench.policy(terms -> {
          terms.turnover = 1_000_000;
        }));
    bench.setPolicy(vault.address(), policy);
    bench.toMoment(5);
    execute(bench.agent, vault, bench.agent);
    AuditResult result = audit();
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.weight()).isEqualTo(Weight.NOTED);
    List<AuditResult.PolicyChange> policies = result.policies().first();
    assertThat(policies).hasSize(3);
    assertThat(policies.get(1).changes())
        .singleElement()
        .asString()
        .startsWith("turnover: 100000 ")
        .contains("-> 1000000 ");
    assertThat(policies.get(2).backTo()).isEqualTo(OptionalLong.of(policies.get(0).block()));
  }

  @Test
  void anAuditThatBeginsAfterTheVaultsCreationIsRefused() {
    long later = EXECUTIONS.getFirst().blockNumber();
    assertThatThrownBy(() ->
            Audit.run(
                bench.client(),
                vault.address(),
                new Audit.Options(later, false, Optional.empty()),
                System::nanoTime,
                AuditListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("begin at its creation");
  }

  // ---- inside of other contracts ----

  /** Calls the address in front with the rest. */
  private static Address forwarder() {
    return bench.chain.deploy(
        bench.stranger,
        Call.deploying(
            Bytes.parse(
                "601d8060095f395ff3"
                    + "60143603806014"
                    + "5f375f5f825f5f"
                    + "5f3560601c5af1601b575f5ffd5b00")));
  }

  @Test
  void anExecutionInsideAnotherContractsTransactionIsFoundInItsInput() {
    Address forwarder = forwarder();
    bench.toMoment(5);
    Call own = vault.execution(proven(vault, Address.ZERO));
    bench.chain.execute(
        bench.stranger, Call.of(forwarder, Bytes.of(vault.address().bytes()).concat(own.data())));
    AuditResult result = told((method, _, answer) -> method.startsWith("debug_") ? null : answer);
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.sentence()).isEqualTo("8 proven, 0 claimed, 0 unchecked");
  }

  /** Its call data lie in a contract's code, so that no input shows them. */
  @Test
  void anExecutionThatNoInputShowsIsTracedOrNotPassed() {
    bench.toMoment(5);
    Bytes data = vault.execution(proven(vault, Address.ZERO)).data();
    String length = "%04x".formatted(data.length());
    String code =
        "61"
            + length
            + "602d5f39"
            + "5f5f61"
            + length
            + "5f5f73"
            + vault.address().hex().substring(2)
            + "5af1602b575f5ffd5b00"
            + HexFormat.of().formatHex(data.toArray());
    Address hidden =
        bench.chain.deploy(
            bench.stranger,
            Call.deploying(
                Bytes.parse("61%04x80600a5f395ff3".formatted(code.length() / 2) + code)));
    bench.chain.execute(bench.stranger, Call.of(hidden, Bytes.EMPTY));
    assertThat(audit().sentence()).isEqualTo("8 proven, 0 claimed, 0 unchecked");
    AuditResult untraced = told((method, _, answer) -> method.startsWith("debug_") ? null : answer);
    assertThat(untraced.sentence()).isEqualTo("7 proven, 0 claimed, 1 unchecked");
    assertThat(untraced.weight()).isEqualTo(Weight.UNCHECKED);
  }

  // ---- nodes that lie ----

  @Test
  void anExecutionThatIsLeftOutIsMissed() {
    String gone = EXECUTIONS.get(1).transactionHash().hex();
    AuditResult result =
        told((method, _, answer) ->
            without(
                method,
                answer,
                log -> ofVault(log) && log.path("transactionHash").asText().equals(gone)));
    assertThat(wrongs(result)).anyMatch(words -> words.contains("after the nonce 0 comes 2"));
    assertThat(result.weight()).isEqualTo(Weight.WRONG);
  }

  @Test
  void aDepositThatIsLeftOutIsMissed() {
    AuditResult result =
        told((method, _, answer) ->
            without(
                method,
                answer,
                log ->
                    is(log, "Deposited")
                        && log.path("data").asText().endsWith(bench.weth.units(60).toString(16))));
    assertThat(wrongs(result)).isNotEmpty();
    assertThat(wrongs(result)).anyMatch(words -> words.contains("add up to the books"));
    assertThat(result.wrong()).as("the model saw other books").isPositive();
  }

  @Test
  void anEventThatIsLeftOutOfItsTransactionIsMissed() {
    AuditResult result =
        told((method, _, answer) -> without(method, answer, log -> is(log, "LimitsUsed")));
    assertThat(wrongs(result)).anyMatch(words -> words.contains("leaves out or invents logs"));
  }

  @Test
  void answersThatAreCutOffAreSeen() {
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getLogs") && answer.size() > 4) {
            ArrayNode half = ((ArrayNode) answer).arrayNode();
            for (int i = 0; i < answer.size() - 4; i++) {
              half.add(answer.get(i));
            }
            return half;
          }
          return answer;
        });
    assertThat(result.weight()).isEqualTo(Weight.WRONG);
    assertThat(wrongs(result)).anyMatch(words -> words.contains("add up to the nonce"));
  }

  /** A price that never was makes another reference and other features, so no proof holds. */
  @Test
  void changedFeaturesAreNoFeaturesOfTheProof() {
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getLogs")) {
            answer.forEach(log -> {
              String data = log.path("data").asText();
              if (!ofVault(log) && data.length() == 2 + 5 * 64) {
                long tick = Long.parseLong(data.substring(data.length() - 8), 16);
                ((ObjectNode) log)
                    .put(
                        "data",
                        data.substring(0, data.length() - 8) + "%08x".formatted(tick ^ 0x40));
              }
            });
          }
          return answer;
        });
    assertThat(result.proven()).isZero();
    assertThat(result.wrong()).isEqualTo(DECISIONS);
    assertThat(wrongs(result)).anyMatch(words -> words.contains("proof does not hold"));
  }

  @Test
  void aTimeThatIsNoBlocksIsSeenByItsHash() {
    String block = "0x" + Long.toHexString(EXECUTIONS.get(2).blockNumber());
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getBlockByNumber")
              && answer.path("number").asText().equals(block)) {
            long time = Long.decode(answer.path("timestamp").asText());
            ((ObjectNode) answer).put("timestamp", "0x" + Long.toHexString(time + 1));
          }
          return answer;
        });
    assertThat(wrongs(result))
        .anyMatch(words -> words.contains("does not hash to the block's hash"));
  }

  /** The call data say what the event says; only the proof is another vault's. */
  @Test
  void aSecondVaultsProofProvesNothingHere() {
    Vault twin = Vault.at(bench.client(), bench.vault(policy));
    bench.toMoment(5);
    ProvenIntent own = proven(vault, bench.agent);
    ProvenIntent others = proven(twin, bench.agent);
    Bytes32 transaction = bench.chain.execute(bench.agent, vault.execution(own)).transactionHash();
    Observation seen = own.proposal().observation();
    Bytes forged =
        vault
            .execution(
                own.proposal().statement(),
                seen.guardHints(),
                seen.sourceHints(),
                others.proof().bytes())
            .data();
    AuditResult result =
        told((method, parameters, answer) -> {
          if (method.equals("eth_getTransactionByHash")
              && parameters.get(0).asText().equals(transaction.hex())) {
            ((ObjectNode) answer).put("input", forged.toString());
          }
          return answer;
        });
    assertThat(result.sentence()).isEqualTo("7 proven, 0 claimed, 0 unchecked, 1 wrong");
    assertThat(wrongs(result)).singleElement().asString().contains("OPENING_MISMATCH");
  }

  @Test
  void whatASecondNodeTellsOtherwiseIsNamed() {
    String block = "0x" + Long.toHexString(EXECUTIONS.get(3).blockNumber());
    try (var liar =
            new LyingEndpoint(
                bench.chain.http(),
                (method, _, answer) ->
                    without(
                        method,
                        answer,
                        log -> ofVault(log) && log.path("blockNumber").asText().equals(block)));
        ChainClient other = ChainClient.connect(liar.http(), 31_337)) {
      AuditResult result = audit(bench.client(), false, Optional.of(other), AuditListener.NONE);
      assertThat(result.proven()).isEqualTo(DECISIONS);
      assertThat(result.weight()).isEqualTo(Weight.WRONG);
      assertThat(wrongs(result))
          .anyMatch(words -> words.startsWith("Two nodes tell different logs of "));
    }
  }

  /** Prices, features and proofs stay; only what the pool bears is another. */
  @Test
  void aMarketThatNeverWasMakesNoSuchPlan() {
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getLogs")) {
            answer.forEach(log -> {
              String data = log.path("data").asText();
              if (!ofVault(log) && data.length() == 2 + 5 * 64) {
                ((ObjectNode) log)
                    .put(
                        "data",
                        data.substring(0, 2 + 3 * 64)
                            + "%064x".formatted(1)
                            + data.substring(2 + 4 * 64));
              }
            });
          }
          return answer;
        });
    assertThat(result.wrong()).isEqualTo(result.trades()).isPositive();
    assertThat(wrongs(result)).anyMatch(words -> words.contains("TooLittleLiquidity"));
  }

  /** As if somebody had swapped between the begin of the transaction and the vault's own trade. */
  @Test
  void whereOthersUsedThePoolsOfATransactionItsPlanIsUnchecked() {
    AuditResult result =
        told((method, _, answer) -> {
          if (method.equals("eth_getTransactionReceipt")) {
            answer
                .path("logs")
                .forEach(log -> {
                  if (log.path("data").asText().length() == 2 + 5 * 64) {
                    ((ArrayNode) log.path("topics"))
                        .set(1, "0x%064x".formatted(new BigInteger(1, bench.stranger.bytes())));
                  }
                });
          }
          return answer;
        });
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.unchecked()).isEqualTo(result.trades()).isPositive();
    assertThat(result.doubtful().first().getFirst().findings())
        .singleElement()
        .extracting(Finding::sentence)
        .asString()
        .contains("others used its pools");
  }

  // ---- Chainlink ----

  /** The policy with a feed of ether in dollars: as a source, and as the independent price. */
  private static Policy withFeed(Policy before, CommittedModel its, Address proxy) {
    Policy.Numbers n = before.limits().numbers();
    Policy.Asset weth = before.parts().assets().get(1);
    List<Policy.Feature> program = new ArrayList<>(before.model().program());
    var source =
        new VaultSource.OfFeed(
            bench.sources.chainlinkReturns(), proxy, new ChainlinkReturns(List.of(100, 900)));
    program.add(1, new Policy.Feature(source.contract(), 2, source.parameters()));
    return new Policy(
        new Policy.Limits(
            new Policy.Numbers(
                n.step(),
                n.maxAge(),
                n.minInterval(),
                n.window(),
                n.settle(),
                n.maxSlippageBps(),
                n.maxDrift(),
                n.impactMargin(),
                n.depthShareBps(),
                n.minFillBps(),
                300,
                n.sequencerGrace(),
                n.minTrade(),
                n.maxAction(),
                n.turnover(),
                n.turnoverWindow(),
                n.dayLoss(),
                n.monthLoss(),
                n.maxLossPerAction()),
            before.limits().exposures(),
            before.limits().pools()),
        new Policy.Model(
            its.key().digest(),
            VaultDeployment.keyAt(bench.client(), bench.foundation, its.key().digest()),
            before.model().agent(),
            before.model().targets(),
            before.model().directions(),
            0,
            program),
        new Policy.Parts(
            List.of(
                before.parts().assets().getFirst(),
                new Policy.Asset(
                    weth.token(),
                    weth.decimals(),
                    false,
                    weth.route(),
                    new Policy.Feed(proxy, 8, 7_200, BigInteger.ONE, BigInteger.TWO.pow(80)),
                    true,
                    0,
                    false)),
            before.parts().pools(),
            before.parts().action()));
  }

  /** Every 200 seconds an answer near the pool's price, the first a little after now. */
  private static void answer(LocalFeed feed, int from, int rounds) {
    long first = bench.now() + 10;
    for (int i = 0; i < rounds; i++) {
      long dollars = 2_500 + (from + i) % 5;
      feed.answer(first + 200L * i, from + i, BigInteger.valueOf(dollars * 100_000_000));
    }
  }

  @Test
  void roundsFromLogsAndAnArchiveGiveTheSameFeaturesAndPlans() {
    Architecture shape = new Architecture(22, SHAPE.layers(), Readout.ARGMAX, 0).withBestRows();
    CommittedModel its =
        CommittedModel.commit(keeper(shape), srs, ComputeBackend.scalar(), Entropy.secure());
    bench.chain.execute(
        bench.owner,
        Call.of(
            bench.foundation.keys(), Vault.KEYS.function("store"), Bytes.of(its.key().bytes())));
    LocalFeed feed = new LocalFeed(bench.chain, 8);
    answer(feed, 1, 7);
    bench.breathe(4, 3);
    Policy policy = withFeed(AuditTest.policy, its, feed.proxy());
    Vault fed = Vault.at(bench.client(), bench.vault(policy));
    for (int i = 0; i < 2; i++) {
      bench.toMoment(5);
      bench.chain.execute(bench.agent, fed.execution(proven(fed, bench.agent, its)));
      answer(feed, 8 + i, 1);
    }
    // Another aggregator, whose rounds begin anew: until its history is long enough nobody decides.
    feed.replaceBy(feed.anotherAggregator());
    answer(feed, 1, 8);
    bench.breathe(4, 3);
    bench.toMoment(5);
    bench.chain.execute(bench.agent, fed.execution(proven(fed, bench.agent, its)));

    AuditResult result =
        Audit.run(
            bench.client(),
            fed.address(),
            new Audit.Options(0, true, Optional.empty()),
            System::nanoTime,
            AuditListener.NONE);
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.sentence()).isEqualTo("3 proven, 0 claimed, 0 unchecked");
    assertThat(result.archived()).isEqualTo(3);
    assertThat(result.trades()).isPositive();

    // A round that never was makes other features, and a plan that the vault could not have made.
    Bytes32 updated =
        AbiEvent.parse("AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 t)")
            .topic();
    AuditResult lied =
        told(
            fed,
            (method, _, answer) -> {
              if (method.equals("eth_getLogs")) {
                answer.forEach(log -> {
                  ArrayNode topics = (ArrayNode) log.path("topics");
                  if (topics.get(0).asText().equals(updated.hex())) {
                    topics.set(1, "0x%064x".formatted(333_300_000_000L));
                  }
                });
              }
              return answer;
            });
    assertThat(lied.wrong()).isEqualTo(3);
    assertThat(wrongs(lied)).anyMatch(words -> words.contains("its proof does not hold"));
  }

  // ---- claims of holds ----

  @TempDir Path folder;

  private static void claim(ClaimedHold... holds) {
    List<Long> moments = new ArrayList<>();
    List<Bytes32> digests = new ArrayList<>();
    for (ClaimedHold hold : holds) {
      moments.add(hold.decision().asOf());
      digests.add(hold.digest(31_337, policy.hash()));
    }
    bench.chain.execute(
        bench.agent,
        Call.of(
            vault.address(), Vault.VAULT.function("recordHolds"), List.copyOf(moments), digests));
  }

  private Path file(ClaimedHold... holds) {
    Path file = folder.resolve("holds.jsonl");
    try {
      Files.writeString(
          file, Stream.of(holds).map(hold -> hold.toJson() + "\n").collect(Collectors.joining()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** The next decision that is a hold, with those before it executed. */
  private static ClaimedHold nextHold() {
    for (int i = 0; i < 10; i++) {
      bench.toMoment(5);
      ProvenIntent intent = proven(vault, bench.agent);
      if (intent.decision().words()[0] == KEEP) {
        return ClaimedHold.of(intent);
      }
      bench.chain.execute(bench.agent, vault.execution(intent));
    }
    throw new AssertionError("The model never holds");
  }

  /** The decision that is made after so much was put in: to sell. */
  private static ClaimedHold nextTrade() {
    bench.deposit(vault.address(), bench.weth, bench.weth.units(90));
    bench.toMoment(5);
    ProvenIntent intent = proven(vault, bench.agent);
    assertThat(intent.decision().words()[0]).isEqualTo(REDUCE);
    return ClaimedHold.of(intent);
  }

  @Test
  void aClaimIsCountedApartAndShownByTheAgentsFile() {
    ClaimedHold first = nextHold();
    long executed = audit().proven();
    bench.toMoment(5);
    ClaimedHold second = ClaimedHold.of(proven(vault, bench.agent));
    bench.toMoment(5);
    claim(first, second);
    AuditResult claimed = audit();
    assertThat(wrongs(claimed)).isEmpty();
    assertThat(claimed.sentence())
        .isEqualTo("%s proven, 2 claimed, 0 unchecked".formatted(executed));
    assertThat(claimed.lateness().mostOfClaims()).isBetween(1_200L, 1_300L);

    AuditResult shown = audit(vault, Optional.of(file(first, second)), Optional.empty());
    assertThat(wrongs(shown)).isEmpty();
    assertThat(shown.sentence())
        .isEqualTo("%s proven, 0 claimed, 0 unchecked".formatted(executed + 2));
    assertThat(shown.weight()).isEqualTo(Weight.NOTED);
    assertThat(shown.skipped().moments()).isEqualTo(claimed.skipped().moments());

    // Half of them is in the file, and the last line is being written.
    Path torn = file(second);
    append(torn, first.toJson());
    AuditResult half = audit(vault, Optional.of(torn), Optional.empty());
    assertThat(half.sentence())
        .isEqualTo("%s proven, 1 claimed, 0 unchecked".formatted(executed + 1));
    append(torn, "x\n");
    assertThatThrownBy(() -> audit(vault, Optional.of(torn), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Line 2 of ");
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(file, text, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void claimsTakeMomentsFromThoseThatWereSkipped() {
    ClaimedHold hold = nextHold();
    bench.toMoment(5);
    bench.toMoment(5);
    long skipped = audit().skipped().moments();
    claim(hold);
    assertThat(audit().skipped().moments()).isEqualTo(skipped - 1);
  }

  @Test
  void aHoldClaimedForATradeIsFound() {
    ClaimedHold trade = nextTrade();
    bench.toMoment(5);
    claim(trade);
    assertThat(audit().sentence()).contains(" 1 claimed");
    AuditResult result = audit(vault, Optional.of(file(trade)), Optional.empty());
    assertThat(result.sentence()).endsWith("0 claimed, 0 unchecked, 1 wrong");
    assertThat(wrongs(result))
        .singleElement()
        .asString()
        .contains("claimed as a hold, and the decision came to a trade");
  }

  /** Whoever may execute it is the agent: another's claim is not what the vault would take. */
  @Test
  void aHoldThatIsNotTheAgentsIsFound() {
    nextHold();
    ClaimedHold anyones = ClaimedHold.of(proven(vault, Address.ZERO));
    bench.toMoment(5);
    ClaimedHold strangers = ClaimedHold.of(proven(vault, bench.stranger));
    claim(anyones, strangers);
    AuditResult result = audit(vault, Optional.of(file(anyones, strangers)), Optional.empty());
    assertThat(result.sentence()).endsWith("0 claimed, 0 unchecked, 2 wrong");
    assertThat(wrongs(result))
        .hasSize(3)
        .anyMatch(words -> words.contains("NotExecutor"))
        .anyMatch(words -> words.contains("not of the policy's agent"));
  }

  /** The outputs are a hold's, and the proof is of another decision. */
  @Test
  void aHoldThatNoModelDecidedIsFound() {
    ClaimedHold trade = nextTrade();
    VaultDecision its = trade.decision();
    var hold =
        new ClaimedHold(
            trade.vault(),
            new VaultDecision(
                its.model(),
                its.nonce(),
                its.deadline(),
                its.asOf(),
                its.executor(),
                its.maxSlippageBps(),
                List.of(BigInteger.valueOf(KEEP))),
            trade.guardHints(),
            trade.sourceHints(),
            trade.proof());
    bench.toMoment(5);
    claim(hold);
    AuditResult result = audit(vault, Optional.of(file(hold)), Optional.empty());
    assertThat(wrongs(result)).singleElement().asString().contains("its proof does not hold");
    assertThat(result.weight()).isEqualTo(Weight.WRONG);
  }

  @Test
  void aMomentThatWasExecutedHasNoHold() {
    ClaimedHold hold = nextHold();
    bench.chain.execute(
        bench.agent,
        vault.execution(hold.decision(), hold.guardHints(), hold.sourceHints(), bytes(hold)));
    claim(hold);
    claim(hold);
    AuditResult result = audit();
    assertThat(result.sentence()).contains(" 1 claimed");
    assertThat(wrongs(result)).singleElement().asString().contains("for which a decision was");
    assertThat(result.findings().first())
        .anyMatch(finding -> finding.sentence().contains("there was a claim before"));
  }

  private static byte[] bytes(ClaimedHold hold) {
    return hold.proof().toArray();
  }

  // ---- a governor ----

  private static Vault governed() {
    Receipt receipt =
        bench.chain.execute(
            bench.owner,
            VaultDeployment.create(
                bench.foundation,
                Bytes32.of(7),
                new VaultDeployment.Holders(bench.owner, bench.recipient),
                policy));
    return Vault.at(
        bench.client(),
        VaultDeployment.made(bench.foundation.factory(), receipt).orElseThrow().vault());
  }

  private static boolean is(JsonNode log, Governor governor, String event) {
    return log.path("address").asText().equalsIgnoreCase(governor.address().hex())
        && log.path("topics")
            .get(0)
            .asText()
            .equals(ContractArtifact.load("Governor").event(event).topic().hex());
  }

  @Test
  void whatTheRolesOfAGovernorDidIsToldAndHeldTogether() {
    Vault its = governed();
    Governor governor = Governor.of(bench.client(), its).orElseThrow();
    Address sentinel = bench.chain.account(6).address();
    Policy loose = bench.policy(terms -> terms.turnover = 1_000_000);
    for (LocalMarket.Token token : List.of(bench.usd, bench.weth)) {
      BigInteger amount = token.units(token.equals(bench.usd) ? 90_000 : 4);
      bench.chain.execute(
          bench.owner, new Erc20(token.address()).approve(governor.address(), amount));
      bench.chain.execute(bench.owner, governor.deposit(token.address(), amount));
    }
    bench.toMoment(5);
    execute(bench.agent, its, bench.agent);
    // Loosened and tightened back in one block: nobody could decide in between.
    bench.chain.setAutomaticMining(false);
    bench.chain.send(bench.owner, governor.propose(PolicyPart.LIMITS, loose), 3_000_000);
    bench.chain.send(bench.owner, governor.accept(PolicyPart.LIMITS), 3_000_000);
    bench.chain.send(bench.owner, governor.tighten(PolicyPart.LIMITS, policy), 3_000_000);
    bench.chain.mineAt(bench.now() + 7);
    bench.chain.setAutomaticMining(true);
    bench.chain.execute(
        bench.owner, governor.submit(Governor.Change.ADD_SENTINEL, sentinel, BigInteger.ZERO));
    bench.chain.execute(bench.owner, governor.seal());
    bench.chain.execute(bench.owner, governor.propose(PolicyPart.LIMITS, loose));
    bench.chain.execute(sentinel, governor.veto(PolicyPart.LIMITS));
    bench.chain.execute(sentinel, governor.pause());
    bench.chain.execute(bench.owner, governor.unpause());
    bench.chain.execute(bench.owner, governor.abdicate(PolicyPart.MODEL));
    bench.toMoment(5);
    execute(bench.agent, its, bench.agent);

    AuditResult result = audit(its, Optional.empty(), Optional.empty());
    assertThat(wrongs(result)).isEmpty();
    assertThat(result.sentence()).isEqualTo("2 proven, 0 claimed, 0 unchecked");
    List<AuditResult.PolicyChange> policies = result.policies().first();
    assertThat(policies).hasSize(3);
    assertThat(policies.get(2).block()).isEqualTo(policies.get(1).block());
    assertThat(policies.get(2).backTo()).isEqualTo(OptionalLong.of(policies.get(0).block()));
    assertThat(result.findings().first())
        .extracting(Finding::sentence)
        .anyMatch(words -> words.contains("in force again: another was between"))
        .noneMatch(words -> words.contains("UNSEALED"));
    assertThat(
            result.happenings().first().stream()
                .map(AuditResult.Happening::words)
                .map(words -> words.replaceAll("0x[0-9a-fA-F]{40}", "X").replaceAll("20\\S+Z", "T"))
                .filter(words -> words.startsWith("governor")))
        .containsExactly(
            "governor: X proposed other limits, from T on: turnover: 100000 USD -> 1000000 USD",
            "governor: X put the proposed limits in force",
            "governor: X tightened the limits",
            "governor: in force: X as sentinel",
            "governor: the owner sealed it: delays hold from here on",
            "governor: X proposed other limits, from T on: turnover: 100000 USD -> 1000000 USD",
            "governor: X vetoed the proposed limits",
            "governor: X paused it until T",
            "governor: X ended the pause",
            "governor: X gives up to loosen the model, from T on");

    leaveOut(its, governor);
    long day = 86_400;
    assertThat(wrongs(told(its, later(governor, "Proposed", day))))
        .as("in force before its time")
        .anyMatch(words -> words.contains("put in force at "));
    assertThat(wrongs(told(its, later(governor, "Proposed", -day))))
        .as("two days are the least")
        .anyMatch(words -> words.contains("let something wait for 86400 seconds alone"));
    assertThat(wrongs(told(its, later(governor, "AbdicationSubmitted", -day))))
        .anyMatch(words -> words.contains("let something wait for 86400 seconds alone"));
    assertThat(wrongs(told(its, otherHash(governor))))
        .anyMatch(words -> words.contains("that the vault tells nothing of"));
  }

  private static void leaveOut(Vault its, Governor governor) {
    Map.of(
            "Proposed", "what nothing tells that it waited",
            "Accepted", "and its governor does not",
            "PausedBy", "and its governor does not",
            "Sealed", "whether it is sealed",
            "Changed", "its sentinels")
        .forEach((event, words) ->
            assertThat(
                    wrongs(
                        told(
                            its,
                            (method, _, answer) ->
                                without(method, answer, log -> is(log, governor, event)))))
                .as(event)
                .anyMatch(wrong -> wrong.contains(words)));
  }

  /** The moment from which something may be put in force, so much later in log and receipt. */
  private static LyingEndpoint.Lie later(Governor governor, String event, long seconds) {
    return (_, _, answer) ->
        changed(
            answer,
            log -> is(log, governor, event),
            log -> {
              String data = log.path("data").asText();
              long ripe = Long.parseLong(data.substring(2, 66), 16) + seconds;
              log.put("data", "0x%064x".formatted(ripe) + data.substring(66));
            });
  }

  private static LyingEndpoint.Lie otherHash(Governor governor) {
    return (_, _, answer) ->
        changed(
            answer,
            log -> is(log, governor, "Tightened"),
            log -> log.put("data", Bytes32.of(7).hex()));
  }

  /** Changes logs wherever they are told. */
  private static JsonNode changed(
      JsonNode answer, Predicate<JsonNode> which, Consumer<ObjectNode> change) {
    JsonNode logs = answer.isArray() ? answer : answer.path("logs");
    logs.forEach(log -> {
      if (log.has("topics") && which.test(log)) {
        change.accept((ObjectNode) log);
      }
    });
    return answer;
  }

  // ---- an audit that goes on ----

  @Test
  void anAuditGoesOnWhereAnotherEnded() {
    Path file = folder.resolve("state.json");
    bench.chain.mine(70, 2); // what is kept is settled
    AuditResult first = audit(vault, Optional.empty(), Optional.of(file));
    assertThat(first.sentence()).isEqualTo("7 proven, 0 claimed, 0 unchecked");
    bench.toMoment(5);
    execute(bench.agent, vault, bench.agent);
    ClaimedHold hold = nextHold();
    claim(hold);
    bench.chain.mine(70, 2);
    AuditResult next = audit(vault, Optional.empty(), Optional.of(file));
    AuditResult whole = audit();
    assertThat(next).usingRecursiveComparison().ignoringFields("pace").isEqualTo(whole);
    assertThat(next.pace().logs()).isLessThan(whole.pace().logs());
    assertThat(audit(vault, Optional.empty(), Optional.of(file)))
        .usingRecursiveComparison()
        .ignoringFields("pace")
        .isEqualTo(whole);

    // Of another vault, other options, another branch, another version.
    Vault other = Vault.at(bench.client(), bench.vault(policy));
    assertThatThrownBy(() -> audit(other, Optional.empty(), Optional.of(file)))
        .hasMessageContaining("name another file");
    assertThatThrownBy(() -> audit(vault, Optional.of(file(hold)), Optional.of(file)))
        .hasMessageContaining("name another file");
    bench.chain.revert(snapshot);
    snapshot = bench.chain.snapshot();
    bench.chain.mine(300, 1);
    AuditResult again = audit(vault, Optional.empty(), Optional.of(file));
    assertThat(again.proven()).isEqualTo(DECISIONS);
    assertThat(again.findings().first())
        .anyMatch(finding -> finding.sentence().contains("gone another way"));
    append(file, "x");
    assertThatThrownBy(() -> audit(vault, Optional.empty(), Optional.of(file)))
        .hasMessageContaining("is no state of an audit of this version");
  }
}
