package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.ALL;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.KEEP;
import static org.probity.intent.VaultBench.REDUCE;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.Reports;
import org.probity.strategy.Strategy;
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

/** The vault with real proofs of a model that keeps a weight, and the real verifier. */
@TestKind.Acceptance
class VaultTest extends OnOneChain {

  /** As large as the example strategies. */
  private static final Architecture SHAPE =
      new Architecture(20, List.of(new Layer(16, 0), new Layer(3, 0)), Readout.ARGMAX, 0)
          .withBestRows();

  /** What a whole proven swap may cost, as a transaction. */
  private static final long MOST_GAS = 710_000;

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

  @BeforeAll
  static void deploy() {
    srs = Srs.development(SHAPE.logSize(), Entropy.secure());
    prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    model = CommittedModel.commit(keeper(), srs, ComputeBackend.scalar(), Entropy.secure());
    bench = new VaultBench(srs.tauG2Words());
    bench.store(Bytes.of(model.key().bytes()));
    policy = bench.policy(terms -> terms.targets = List.of(3_000, Policy.HOLD, 7_000));
    vault = Vault.at(bench.client(), bench.vault(policy));
  }

  /** Sells above 56 %, buys below 44 %, and otherwise holds. */
  private static Network keeper() {
    int[] weight = new int[16 * 20];
    weight[16] = 1;
    weight[20 + 16] = -1;
    int[] choice = new int[3 * 16];
    choice[0] = 1;
    choice[2 * 16 + 1] = 1;
    return new Network(
        SHAPE, List.of(new Dense(weight, new int[16]), new Dense(choice, new int[] {0, 600, 0})));
  }

  private static Decision.Choice decided(FeatureVector features) {
    int weight = features.get(16);
    return new Decision.Choice(weight > 600 ? REDUCE : weight < -600 ? INCREASE : KEEP);
  }

  // ---- deciding ----

  /** For whoever is named. */
  private static AgentCycle cycle(Address executor, int maxSlippageBps) {
    Strategy strategy = VaultTest::decided;
    return AgentCycle.of(
        new Mandate(
            bench.client().chainId(),
            vault.address(),
            model.key().digest(),
            110,
            executor,
            maxSlippageBps),
        new VaultReader(bench.client(), vault, Reports.NONE),
        strategy,
        model,
        prover,
        new ProofVerifier(srs));
  }

  /** At the next moment that may be decided for. */
  private static ProvenIntent proven() {
    bench.toMoment(5);
    return provenNow();
  }

  private static ProvenIntent provenNow() {
    Head head = bench.client().head();
    ProvenIntent intent = cycle(bench.agent, 50).step(head);
    Observation seen = intent.proposal().observation();
    // What Java reads is what the vault computes.
    assertThat(vault.features(seen.asOf(), seen.refs(), seen.sourceHints()))
        .isEqualTo(seen.features());
    assertThat(vault.plan(intent.proposal().statement(), seen.guardHints()).integers("refs"))
        .isEqualTo(seen.refs().stream().map(BigInteger::valueOf).toList());
    assertThat(vault.context(intent.proposal().statement())).isEqualTo(intent.context());
    return intent;
  }

  private static Vault.Entry executed(ProvenIntent intent) {
    Receipt receipt = bench.chain.execute(bench.agent, vault.execution(intent));
    return vault.executed(receipt).orElseThrow();
  }

  private static Call with(ProvenIntent intent, VaultDecision other) {
    Observation seen = intent.proposal().observation();
    return vault.execution(other, seen.guardHints(), seen.sourceHints(), intent.proof().bytes());
  }

  private static BigInteger booked(LocalMarket.Token token) {
    return vault.book(BlockTag.LATEST, token.address()).amount();
  }

  private static void requireHeldAsBooked() {
    for (LocalMarket.Token token : List.of(bench.usd, bench.weth)) {
      assertThat(bench.balance(token, vault.address())).isEqualTo(booked(token));
    }
  }

  @Test
  void aPolicyReadBackFromTheChainIsTheOneThatWasDeployed() {
    assertThat(vault.policy()).isEqualTo(policy);
    assertThat(vault.parts())
        .isEqualTo(
            new Vault.Parts(
                bench.owner,
                bench.recipient,
                bench.foundation.verifier(),
                bench.foundation.engine(),
                bench.foundation.rules()));
    assertThat(vault.srsDigest()).isEqualTo(srs.digest());
  }

  /** What a wallet is told of it, and what proofs are bound to, are one domain. */
  @Test
  void theDomainThatTheVaultTellsIsTheOneOfItsDecisions() {
    AbiValues told = bench.client().call(vault.address(), Vault.VAULT.function("eip712Domain"));
    assertThat(told.string("name")).isEqualTo("Probity");
    assertThat(told.string("version")).isEqualTo("2");
    assertThat(told.integer("chainId")).isEqualTo(BigInteger.valueOf(bench.client().chainId()));
    assertThat(told.address("verifyingContract")).isEqualTo(vault.address());
    Bytes32 type = Keccak.hash(VaultDecision.DOMAIN_TYPE);
    Bytes domain =
        AbiFunction.parse("f() returns (bytes32 a, bytes32 b, bytes32 c, uint256 d, address e)")
            .encodeReturn(
                type,
                Keccak.hash(told.string("name")),
                Keccak.hash(told.string("version")),
                told.integer("chainId"),
                vault.address());
    assertThat(VaultDecision.domainSeparator(bench.client().chainId(), vault.address()))
        .isEqualTo(domain.keccak());
  }

  @Test
  void aProvenSwapCostsNoMoreThanItMay() {
    executed(proven());
    ProvenIntent intent = proven();
    Receipt receipt = bench.chain.execute(bench.agent, vault.execution(intent));
    assertThat(vault.executed(receipt).orElseThrow().reason()).isEqualTo(Reason.NONE);
    assertThat(receipt.gasUsed()).isLessThan(MOST_GAS);
  }

  /**
   * A life with real proofs: it buys to its weight, holds, sells what the owner adds, and goes on.
   */
  @Test
  void overALifeEveryProvenDecisionIsTradedTowardItsTargetOrRecorded() {
    bench.setPolicy(
        vault.address(),
        bench.policy(terms -> {
          terms.targets = List.of(3_000, Policy.HOLD, 7_000);
          terms.turnover = 100_000;
        }));
    var random = new Random(17);
    var decisions = new TreeSet<Integer>();
    List<Vault.Entry> told = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      if (i == 10) {
        bench.deposit(vault.address(), bench.weth, bench.weth.units(60));
      }
      if (random.nextInt(3) == 0) {
        bench.breathe(2 + random.nextInt(6), i);
      }
      bench.toMoment(random.nextInt(100));
      ProvenIntent intent = provenNow();
      int choice = intent.decision().words()[0];
      decisions.add(choice);
      BigInteger before = booked(bench.weth);
      Vault.Entry entry = executed(intent);
      told.add(entry);
      assertThat(entry.nonce()).isEqualTo(BigInteger.valueOf(i));
      assertThat(entry.outputs()).containsExactly(BigInteger.valueOf(choice));
      assertThat(entry.model()).isEqualTo(model.key().digest());
      assertThat(entry.deltas().getLast().signum())
          .isEqualTo(choice == KEEP ? 0 : choice == INCREASE ? 1 : -1);
      assertThat(entry.reason()).isEqualTo(choice == KEEP ? Reason.HOLD : Reason.NONE);
      assertThat(booked(bench.weth)).isEqualTo(before.add(entry.deltas().getLast()));
      requireHeldAsBooked();
    }
    assertThat(decisions).containsExactly(REDUCE, KEEP, INCREASE);
    assertThat(vault.executions()).isEqualTo(told);
  }

  @Test
  void aProofIsWorthNothingToAnybodyElseTwiceOrForOtherWords() {
    ProvenIntent intent = proven();
    VaultDecision d = intent.proposal().statement();
    assertThat(bench.refusal(bench.stranger, vault.execution(intent)))
        .isEqualTo("NotExecutor(%s, %s)".formatted(bench.agent, bench.stranger));
    List<VaultDecision> forged =
        List.of(
            changed(d, d.deadline().add(BigInteger.ONE), bench.agent, 50, INCREASE),
            changed(d, d.deadline(), Address.ZERO, 50, INCREASE),
            changed(d, d.deadline(), bench.agent, 49, INCREASE),
            changed(d, d.deadline(), bench.agent, 50, KEEP),
            changed(d, d.deadline(), bench.agent, 50, REDUCE));
    for (VaultDecision other : forged) {
      assertThat(bench.refusal(bench.agent, with(intent, other))).isEqualTo("OpeningMismatch()");
    }
    assertThat(
            bench.refusal(
                bench.stranger,
                with(intent, changed(d, d.deadline(), bench.stranger, 50, INCREASE))))
        .isEqualTo("OpeningMismatch()");
    byte[] proof = intent.proof().bytes();
    Observation seen = intent.proposal().observation();
    for (byte[] other : List.of(new byte[0], Arrays.copyOf(proof, proof.length - 32))) {
      assertThat(
              bench.refusal(
                  bench.agent, vault.execution(d, seen.guardHints(), seen.sourceHints(), other)))
          .isEqualTo("MalformedProof()");
    }
    executed(intent);
    assertThat(bench.refusal(bench.agent, vault.execution(intent))).isEqualTo("WrongNonce(1, 0)");
  }

  private static VaultDecision changed(
      VaultDecision d, BigInteger deadline, Address executor, int slippageBps, int choice) {
    return new VaultDecision(
        d.model(),
        d.nonce(),
        deadline,
        d.asOf(),
        executor,
        slippageBps,
        List.of(BigInteger.valueOf(choice)));
  }

  @Test
  void aProofForAnotherVaultIsRefused() {
    Vault twin = Vault.at(bench.client(), bench.vault(policy));
    ProvenIntent intent = proven();
    VaultDecision d = intent.proposal().statement();
    Observation seen = intent.proposal().observation();
    assertThat(
            bench.refusal(
                bench.agent,
                twin.execution(d, seen.guardHints(), seen.sourceHints(), intent.proof().bytes())))
        .isEqualTo("OpeningMismatch()");
    assertThat(executed(intent).reason()).isEqualTo(Reason.NONE);
  }

  @Test
  void aProofMadeBeforeOtherSwapsAndADepositIsStillGood() {
    ProvenIntent intent = proven();
    bench.market.swapExactInput(bench.weth.address(), bench.weth.units(1));
    bench.deposit(vault.address(), bench.usd, bench.usd.units(10_000));
    bench.market.fund(vault.address(), bench.usd.units(7), bench.weth.units(3));
    assertThat(executed(intent).reason()).isEqualTo(Reason.NONE);
  }

  @Test
  void aChangeOfPolicyVoidsWhatWasProvenUnderAnother() {
    ProvenIntent intent = proven();
    Policy other = bench.policy(terms -> terms.mostBps = 8_999);
    bench.setPolicy(vault.address(), other);
    assertThat(bench.refusal(bench.agent, vault.execution(intent))).startsWith("OutOfOrder(");
    assertThat(vault.state(BlockTag.LATEST).policyHash())
        .isEqualTo(other.hash())
        .isNotEqualTo(policy.hash());
  }

  @Test
  void aProofOfAModelThatThePolicyPinsNoMoreIsRefused() {
    CommittedModel another =
        CommittedModel.commit(keeper(), srs, ComputeBackend.scalar(), Entropy.secure());
    bench.store(Bytes.of(another.key().bytes()));
    bench.setPolicy(vault.address(), bench.policy(_ -> {}));
    bench.store(Bytes.of(model.key().bytes()));
    ProvenIntent intent = proven();
    assertThat(bench.refusal(bench.agent, vault.execution(intent)))
        .isEqualTo("ModelChanged(%s, %s)".formatted(another.key().digest(), model.key().digest()));
    // The name of the other does not help: its weights are blinded otherwise.
    VaultDecision d = intent.proposal().statement();
    assertThat(
            bench.refusal(
                bench.agent,
                with(
                    intent,
                    new VaultDecision(
                        another.key().digest(),
                        d.nonce(),
                        d.deadline(),
                        d.asOf(),
                        d.executor(),
                        d.maxSlippageBps(),
                        d.outputs()))))
        .isEqualTo("OpeningMismatch()");
  }

  @Test
  void theOwnerTakesOutAndTheAgentCannot() {
    BigInteger held = booked(bench.usd);
    Call exit = vault.owners("exit", bench.usd.address(), ALL);
    assertThat(bench.refusal(bench.agent, exit)).startsWith("OwnableUnauthorizedAccount(");
    bench.chain.execute(bench.owner, exit);
    assertThat(bench.balance(bench.usd, bench.recipient)).isEqualTo(held);
    assertThat(booked(bench.usd)).isZero();
  }

  @Test
  void theAgentsAccountOwnsNoVault() {
    Call deployment = VaultDeployment.vault(bench.foundation, bench.agent, bench.recipient, policy);
    assertThat(bench.refusal(bench.stranger, deployment))
        .isEqualTo("OwnerIsAgent(%s)".formatted(bench.agent));
    bench.owner(vault.address(), "transferOwnership", bench.agent);
    assertThat(bench.refusal(bench.agent, vault.owners("acceptOwnership")))
        .isEqualTo("OwnerIsAgent(%s)".formatted(bench.agent));
  }
}
