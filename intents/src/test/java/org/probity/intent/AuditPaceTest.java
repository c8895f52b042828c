package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.chain.Bytes;
import org.probity.ground.TestKind;
import org.probity.intent.audit.Audit;
import org.probity.intent.audit.AuditListener;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.source.Reports;
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

/**
 * How fast an audit is: a thousand real executions with swaps between them, audited ten times, and
 * the rates of reading, features and proofs. The node is a local chain on the same processors.
 */
@TestKind.Acceptance
class AuditPaceTest {

  private static final Architecture SHAPE =
      new Architecture(20, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0)
          .withBestRows();
  private static final int EXECUTIONS = Integer.getInteger("probity.audit.executions", 1_000);
  private static final int TIMES = 10;

  /** Of ten deposits, each calls for trades. */
  private static final int DEPOSIT_EVERY = Math.max(1, EXECUTIONS / 10);

  /** Sells above 55 %, buys below 45 %. */
  private static Network keeper() {
    int[] weight = new int[4 * 20];
    weight[16] = 1;
    weight[20 + 16] = -1;
    int[] choice = new int[3 * 4];
    choice[0] = 1;
    choice[2 * 4 + 1] = 1;
    return new Network(
        SHAPE, List.of(new Dense(weight, new int[4]), new Dense(choice, new int[] {0, 500, 0})));
  }

  private static Decision decided(FeatureVector features) {
    int weight = features.get(16);
    return new Decision.Choice(
        weight > 500 ? VaultBench.REDUCE : weight < -500 ? VaultBench.INCREASE : VaultBench.KEEP);
  }

  @Test
  @TestKind.Full // minutes; what an audit finds is tested in AuditTest
  void aThousandExecutionsTenTimesOver() {
    Srs srs = Srs.development(SHAPE.logSize(), Entropy.secure());
    CommittedModel model =
        CommittedModel.commit(keeper(), srs, ComputeBackend.scalar(), Entropy.secure());
    try (VaultBench bench = new VaultBench(srs.tauG2Words())) {
      bench.store(Bytes.of(model.key().bytes()));
      Vault vault =
          Vault.at(bench.client(), bench.vault(bench.policy(terms -> terms.turnover = 1_000_000)));
      var cycle =
          AgentCycle.of(
              new Mandate(
                  bench.client().chainId(),
                  vault.address(),
                  model.key().digest(),
                  110,
                  bench.agent,
                  50),
              new VaultReader(bench.client(), vault, Reports.NONE),
              AuditPaceTest::decided,
              model,
              new Prover(srs, ComputeBackend.scalar(), Entropy.secure()),
              new ProofVerifier(srs));
      for (int i = 0; i < EXECUTIONS; i++) {
        if (i % DEPOSIT_EVERY == 0) {
          bench.deposit(vault.address(), bench.weth, bench.weth.units(20));
        }
        bench.breathe(2, i);
        bench.toMoment(5);
        bench.chain.execute(bench.agent, vault.execution(cycle.step(bench.client().head())));
      }

      double reading = 0;
      double features = 0;
      double proofs = 0;
      long trades = 0;
      var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long used = machine.getProcessCpuTime();
      long started = System.nanoTime();
      for (int i = 0; i < TIMES; i++) {
        AuditResult result =
            Audit.run(
                bench.client(),
                vault.address(),
                new Audit.Options(0, false, Optional.empty()),
                System::nanoTime,
                AuditListener.NONE);
        assertThat(result.sentence())
            .isEqualTo("%s proven, 0 claimed, 0 unchecked".formatted(EXECUTIONS));
        trades = result.trades();
        reading += result.pace().reading();
        features += result.pace().features();
        proofs += result.pace().proofs();
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      long all = (long) TIMES * EXECUTIONS;
      System.out.println(
          String.format(
              Locale.ROOT,
              "audit: %d decisions (%d trades in each %d) in %.1f s, %.0f a second: reading %.0f,"
                  + " features and plans %.0f, proofs %.0f a second each by itself;"
                  + " %.1f s of %d processors, without the node's",
              all,
              trades,
              EXECUTIONS,
              seconds,
              all / seconds,
              all / reading,
              all / features,
              all / proofs,
              (machine.getProcessCpuTime() - used) / 1e9,
              Runtime.getRuntime().availableProcessors()));
    }
  }
}
