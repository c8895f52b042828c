package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.intent.DirectVenue;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.VaultReader;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.ProgramReader;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceRefused;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/**
 * {@link SimulatedVault}, its market, its features and its venue against the deployed vault,
 * Uniswap's byte code and the deployed sources: random lives of strangers' swaps, feeds' answers,
 * deposits, exits, pauses and decisions. Each decision is executed or refused alike, by name and
 * arguments, with the same features and the same deltas; what a live agent reads of the chain is
 * the same too; and all that the vault and the pools remember afterwards is the same. A failure
 * names its seed, and {@code -Dprobity.sim.seed} repeats it.
 */
@TestKind.Differential
final class SimulatedVaultDifferentialTest {

  private static final int DEEDS = TestKind.count("probity.sim.deeds", 150, 3_000);
  private static final int DEEDS_A_LIFE = 30;
  private static final long SEED = Long.getLong("probity.sim.seed", 1);
  private static final ContractArtifact VAULT = ContractArtifact.load("Vault");

  @SuppressWarnings("NullAway.Init") // by start
  private static LocalChain chain;

  @BeforeAll
  static void start() {
    chain = LocalChain.start();
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  private final Map<String, Integer> met = new TreeMap<>();

  @Test
  void whatHappensInTheSimulatorHappensOnTheChain() {
    TwinVenues.Exchanges exchanges = TwinVenues.Exchanges.on(chain);
    for (int i = 0; i < Math.max(1, DEEDS / DEEDS_A_LIFE); i++) {
      new Life(exchanges, SEED + i).live();
    }
    System.out.println(met);
    if (DEEDS >= 150) {
      assertThat(met.keySet())
          .contains("traded", "nothing to do", "Stale", "WrongNonce")
          .contains("steps over 1", "steps over 2")
          .contains("at UniswapV2Action", "at UniswapV3PathAction", "at UniswapV4Action")
          .contains("NotAVenueOf");
      assertThat(met.get("traded")).isGreaterThan(DEEDS / 15);
    }
  }

  private final class Life {
    private final long seed;
    private final Random random;
    private final TwinMarket market;
    private final TwinVault bed;
    private final ProgramReader reader;
    private final VaultReader live;

    Life(TwinVenues.Exchanges exchanges, long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      int assets = Math.min(4, 2 + (int) Math.floorMod(seed, 4L));
      this.market = new TwinMarket(chain, exchanges, assets, random);
      this.bed = new TwinVault(market, random);
      this.live = new VaultReader(chain.client(), bed.vault, Reports.NONE);
      this.reader = new ProgramReader(chain.client(), bed.program, Reports.NONE);
    }

    void live() {
      bed.compare("seed %d, created".formatted(seed));
      market.trade(1_100);
      for (TwinMarket.Token token : market.tokens) {
        deposit(token);
      }
      for (int i = 0; i < DEEDS_A_LIFE; i++) {
        TwinMarket.Token token = market.tokens.get(random.nextInt(market.tokens.size()));
        String deed =
            switch (random.nextInt(14)) {
              case 0 -> deposit(token);
              case 1 -> exit(token);
              case 2 -> random.nextInt(3) == 0 ? pause() : traded(200);
              default -> decide();
            };
        met.merge(deed, 1, Integer::sum);
        bed.compare("seed %d, deed %d, after %s".formatted(seed, i, deed));
      }
    }

    private String traded(int seconds) {
      market.trade(seconds);
      return "market";
    }

    private String deposit(TwinMarket.Token token) {
      BigInteger amount =
          market
              .scale
              .multiply(BigInteger.valueOf(1 + random.nextInt(1_000)))
              .multiply(BigInteger.valueOf(market.tokens.getFirst().milliPrice()))
              .multiply(token.whole())
              .divide(
                  market
                      .tokens
                      .getFirst()
                      .whole()
                      .multiply(BigInteger.valueOf(1_000))
                      .multiply(BigInteger.valueOf(token.milliPrice())));
      market.at(market.now() + 3, bed.owner, bed.vault.owners("deposit", token.address(), amount));
      bed.twin.own(ledger -> ledger.deposited(token.address(), amount, market.now()));
      return "deposit";
    }

    private String exit(TwinMarket.Token token) {
      BigInteger booked = bed.twin.ledger().book(token.address()).amount();
      BigInteger amount = booked.shiftRight(random.nextInt(4));
      market.at(market.now() + 3, bed.owner, bed.vault.owners("exit", token.address(), amount));
      bed.twin.own(ledger -> ledger.exited(token.address(), amount, market.now()));
      return "exit";
    }

    private String pause() {
      boolean stop = random.nextBoolean();
      market.at(market.now() + 3, bed.owner, bed.vault.owners(stop ? "pause" : "unpause"));
      bed.twin.own(ledger -> ledger.withPause(stop));
      return stop ? "pause" : "unpause";
    }

    /** A decision, mostly as it should be. */
    private String decide() {
      if (bed.twin.ledger().paused() && random.nextInt(3) != 0) {
        market.at(market.now() + 3, bed.owner, bed.vault.owners("unpause"));
        bed.twin.own(ledger -> ledger.withPause(false));
      }
      market.trade(random.nextInt(150));
      if (random.nextInt(12) != 0) {
        market.refreshFeeds();
      }
      Policy policy = bed.twin.policy();
      long step = policy.limits().numbers().step();
      long asOf = market.now() / step * step + step;
      if (random.nextInt(4) == 0) {
        market.pass(asOf - 12 - random.nextInt(40));
        market.swap(
            market.pools.get(random.nextInt(market.pools.size())),
            random.nextBoolean(),
            0.008 * random.nextDouble(),
            asOf - 12 + random.nextInt(12));
      }
      market.pass(Math.max(asOf, market.now() + 1));
      if (random.nextInt(5) == 0) {
        market.swap(
            market.pools.get(random.nextInt(market.pools.size())),
            random.nextBoolean(),
            0.004 * random.nextDouble(),
            market.now() + 1 + random.nextInt(20));
      }
      int maxAge = (int) policy.limits().numbers().maxAge();
      long now = Math.max(market.now() + 1, asOf + random.nextInt(maxAge + 1));
      now += random.nextInt(14) == 0 ? maxAge : 0;
      VaultDecision decision =
          new VaultDecision(
              random.nextInt(40) == 0 ? Keccak.hash("another") : policy.model().digest(),
              bed.twin.ledger().nonce() + (random.nextInt(25) == 0 ? 1 : 0),
              BigInteger.valueOf(now + random.nextInt(400) - (random.nextInt(25) == 0 ? 400 : 0)),
              random.nextInt(20) == 0 ? asOf + (random.nextInt(3) - 1) * step / 2 : asOf,
              switch (random.nextInt(30)) {
                case 0 -> bed.owner;
                case 1, 2, 3, 4 -> Address.ZERO;
                default -> bed.agent;
              },
              random.nextInt(20) == 0 ? 5 : 300,
              outputs(policy));
      foresee(decision.outputs());
      return execute(decision, now);
    }

    /** What a model may say, and now and then what it may not. */
    private List<BigInteger> outputs(Policy policy) {
      if (policy.model().linear()) {
        return IntStream.range(0, policy.assets() - 1)
            .mapToObj(_ -> BigInteger.valueOf(random.nextInt(14) - 2))
            .toList();
      }
      int classes = policy.model().directions().size();
      int output = random.nextInt(40) == 0 ? classes : random.nextInt(classes);
      return List.of(BigInteger.valueOf(output));
    }

    /** A live agent and a simulated one see the same, and foresee the same of what they decide. */
    private void foresee(List<BigInteger> outputs) {
      Head head = chain.client().head();
      Observation seen;
      try {
        seen = bed.features.at(head);
      } catch (SimulatedFeatures.Unknown e) {
        return;
      }
      Observation theirs = live.at(head);
      assertThat(seen.asOf()).isEqualTo(theirs.asOf());
      assertThat(seen.refs()).as("seed %d", seed).isEqualTo(theirs.refs());
      assertThat(seen.features()).as("seed %d", seed).isEqualTo(theirs.features());
      assertThat(seen.equity()).isEqualTo(theirs.equity());
      Mandate mandate =
          new Mandate(
              chain.client().chainId(),
              bed.vault.address(),
              bed.twin.policy().model().digest(),
              300,
              bed.agent);
      Decision decision =
          bed.twin.policy().model().linear()
              ? new Decision.Outputs(outputs.stream().map(BigInteger::intValueExact).toList())
              : new Decision.Choice(outputs.getFirst().intValueExact());
      long deadline = head.timestamp() + mandate.lifetimeSeconds();
      Reads reads = chain.client().reads();
      Supplier<OptionalLong> pending = reads.pendingTime();
      reads.ask();
      Prospect told =
          new DirectVenue(bed.vault, bed.sender)
              .prospect(Proposal.of(head, mandate, theirs, decision, deadline));
      Prospect foreseen =
          new SimulatedVenue(bed.twin, time -> pending.get().orElse(time))
              .prospect(Proposal.of(head, mandate, seen, decision, deadline));
      met.merge("foreseen " + foreseen.getClass().getSimpleName(), 1, Integer::sum);
      if (foreseen instanceof Prospect.Nothing) {
        assertThat(told).as("seed %d: %s", seed, foreseen).hasSameClassAs(foreseen);
      } else {
        assertThat(told).as("seed %d", seed).isEqualTo(foreseen);
      }
    }

    private String execute(VaultDecision decision, long now) {
      List<Integer> choices = choices();
      Execution mine = bed.twin.rehearse(decision, choices, bed.agent, now);
      assertThat(bed.twin.rehearse(decision, choices, bed.agent, now)).isEqualTo(mine);
      Call call = call(decision, choices, now);
      Refusal theirs = refusal(call, now);
      if (theirs != null) {
        if (mine instanceof Refusal(var error, _) && error.equals("HistoryTooShort")) {
          assertThat(theirs.error()).startsWith("Observation");
          return error;
        }
        assertThat(mine).as("seed %d: %s at %d", seed, decision, now).isEqualTo(theirs);
        assertThat(bed.twin.execute(decision, choices, bed.agent, now).execution())
            .isEqualTo(theirs);
        return theirs.error();
      }
      assertThat(mine).as("seed %d: %s at %d", seed, decision, now).isInstanceOf(Executed.class);
      Receipt receipt = market.at(now, bed.agent, call);
      AbiValues told =
          receipt.logs().stream()
              .flatMap(entry -> VAULT.event("DecisionExecuted").decode(entry).stream())
              .findFirst()
              .orElseThrow();
      assertThat(bed.twin.execute(decision, choices, bed.agent, now).execution()).isEqualTo(mine);
      Executed executed = (Executed) mine;
      assertThat(told.integers("deltas")).as("seed %d", seed).isEqualTo(executed.deltas());
      assertThat(told.integers("refs"))
          .as("seed %d", seed)
          .isEqualTo(executed.plan().refs().stream().map(BigInteger::valueOf).toList());
      assertThat(told.int32("reason")).isEqualTo(executed.plan().reason().ordinal());
      executed
          .plan()
          .steps()
          .forEach(step ->
              met.merge(
                  step.venue() == 0
                      ? "steps over " + step.pools().size()
                      : "at " + market.venues.nameOf(step.venue() - 1),
                  1,
                  Integer::sum));
      return executed.plan().steps().isEmpty() ? "nothing to do" : "traded";
    }

    /** Where an executor has the assets traded; now and then where he may not. */
    private List<Integer> choices() {
      List<Integer> choices = new ArrayList<>(market.venues.anyChoice());
      if (random.nextInt(25) == 0) {
        choices.set(random.nextInt(choices.size()), random.nextInt(20));
      }
      return choices;
    }

    private Call call(VaultDecision decision, List<Integer> choices, long now) {
      Bytes proof = Bytes.EMPTY;
      List<Bytes> hints = Collections.nCopies(bed.program.sources().size(), Bytes.EMPTY);
      if (decision.asOf() <= market.now() && bed.twin.plan(decision, now) instanceof Plan plan) {
        Bytes32 context =
            decision.context(
                chain.client().chainId(), bed.vault.address(), bed.twin.ledger().policyHash());
        try {
          FeatureVector features =
              bed.features.features(decision.asOf(), market.now(), plan.refs());
          proof = bed.proof(features.toArray(), decision.outputs(), context);
          ProgramReader.Reading read =
              reader.at(
                  chain.client().head(),
                  decision.asOf(),
                  _ -> bed.twin.ledger().ownFeatures(decision.asOf(), plan.refs()));
          assertThat(read.features()).as("seed %d", seed).isEqualTo(features);
          hints = read.hints();
        } catch (SimulatedFeatures.Unknown e) {
          met.merge("no features", 1, Integer::sum);
        } catch (SourceRefused e) {
          throw new AssertionError("The chain has no features where the simulator has", e);
        }
      }
      return bed.vault.execution(
          decision,
          bed.guardHints(decision.asOf(), now, choices),
          new ArrayList<>(hints),
          proof.toArray());
    }

    private @Nullable Refusal refusal(Call call, long now) {
      try {
        TwinVault.at(chain.client(), now, bed.agent, call);
        return null;
      } catch (CallReverted e) {
        return TwinVault.refusal(e.reason(TwinVault.ERRORS));
      }
    }
  }
}
