package org.probity.agent.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.probity.agent.AgentEvent;
import org.probity.agent.AgentRuntime;
import org.probity.agent.AgentSettings;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Hash;
import org.probity.chain.HeadSource;
import org.probity.chain.KeyStore;
import org.probity.chain.Signer;
import org.probity.chain.TransactionSender;
import org.probity.intent.AgentCycle;
import org.probity.intent.DirectVenue;
import org.probity.intent.Mandate;
import org.probity.intent.Prospect;
import org.probity.intent.TwapFeatureSource;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Bytes32;
import org.probity.zk.Entropy;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.gpu.Fallbacks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "run",
    description = "Run an agent for a deployed vault, until it is interrupted.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);
  private static final Duration INCLUSION = Duration.ofMinutes(3);
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final Duration RECONNECT = Duration.ofSeconds(5);

  @Parameters(paramLabel = "CONFIG", description = "HOCON file, as `probity deploy` writes it.")
  private Path config = Path.of("");

  @Override
  public Integer call() {
    AgentSettings settings = AgentSettings.load(config);
    Srs srs = Srs.load(settings.srs());
    srs.requireAdmissibleOn(settings.chain().id());
    Fallbacks fallbacks = new Fallbacks((_, warning) -> LOG.warn("{}", warning));
    ComputeBackend backend = settings.backend().start(settings.card(), fallbacks);
    try (Screen screen = Screen.open(false);
        ChainClient chain = ChainClient.connect(settings.chain().rpc(), settings.chain().id())) {
      StrategyBundle bundle = StrategyBundle.load(settings.strategy());
      Vault vault = Vault.at(chain, settings.vault());
      requireSameModel(vault, bundle);
      requireSameReference(chain, vault, srs);
      Signer signer =
          KeyStore.at(settings.key().store())
              .load(settings.key().account(), Passwords.known(settings.key().passwordFile()));
      if (chain.balance(signer.address()).signum() == 0) {
        throw new Complaint(
            "The account %s has nothing to pay gas with on chain %d: fund it."
                .formatted(signer.address(), chain.chainId()));
      }
      Prover prover = new Prover(srs, backend, Entropy.secure());
      Screen.Step preparing = screen.step("Getting ready to prove");
      prover.prepare();
      preparing.done("Ready to prove, with the %s backend".formatted(backend.name()));
      try (DjlStrategy decider = bundle.open();
          AgentRuntime runtime =
              AgentRuntime.start(
                  parts(settings, chain, bundle, decider, prover, srs, vault, signer, screen),
                  HeadSource.of(
                      chain,
                      settings.chain().webSocket(),
                      new HeadSource.Pace(settings.chain().poll(), STALL, RECONNECT)))) {
        Runtime.getRuntime().addShutdownHook(new Thread(runtime::close, "farewell"));
        screen.say("Acting for vault %s on %s".formatted(vault.address(), chain));
        runtime.join();
      } catch (InterruptedException e) {
        // Whoever interrupts a running agent wants it to end, and it has.
        Thread.currentThread().interrupt();
      }
      return 0;
    }
  }

  private static AgentRuntime.Parts parts(
      AgentSettings settings,
      ChainClient chain,
      StrategyBundle bundle,
      DjlStrategy decider,
      Prover prover,
      Srs srs,
      Vault vault,
      Signer signer,
      Screen screen) {
    ProofVerifier verifier = new ProofVerifier(srs);
    Mandate mandate =
        new Mandate(
            chain.chainId(),
            vault.address(),
            bundle.model().key().digest(),
            settings.pace().lifetimeSeconds());
    return new AgentRuntime.Parts(
        new AgentCycle(
            mandate,
            TwapFeatureSource.of(chain, vault),
            decider,
            (x, y, context) -> prover.prove(bundle.model(), x, y, context),
            (x, y, context, proof) -> verifier.verify(bundle.model().key(), x, y, context, proof)),
        new DirectVenue(
            vault, new TransactionSender(chain, signer, settings.fees(), Vault.ERRORS, INCLUSION)),
        settings.pace(),
        settings.retry(),
        settings.provingThreads(),
        event -> line(event, bundle).ifPresent(screen::say));
  }

  private static java.util.Optional<String> line(AgentEvent event, StrategyBundle bundle) {
    return java.util.Optional.ofNullable(
        switch (event) {
          case AgentEvent.HeadsChanged(_, var detail) -> detail;
          case AgentEvent.Taken _ -> null;
          case AgentEvent.Dropped(var head, var newer) ->
              "head %d  dropped for head %d".formatted(head.number(), newer.number());
          case AgentEvent.Decided(var proposal, _) ->
              "head %d  decided: %s"
                  .formatted(
                      proposal.head().number(),
                      Words.of(proposal.decision(), bundle.manifest().outputs()));
          case AgentEvent.Proved(var intent, var took) ->
              "head %d  proven in %s"
                  .formatted(intent.proposal().head().number(), HeadTable.millis(took));
          case AgentEvent.Kept(var intent, var prospect) ->
              "head %d  not sent: %s"
                  .formatted(
                      intent.proposal().head().number(),
                      prospect instanceof Prospect.Nothing(String why) ? why : "a hold");
          case AgentEvent.Past(var head, var asOf) ->
              "head %d  left alone: the vault has acted as of %d already"
                  .formatted(head.number(), asOf);
          case AgentEvent.Executed(var intent, var settlement) ->
              "head %d  executed in %s: %s of the base asset, %s of the quote asset, %,d gas"
                  .formatted(
                      intent.proposal().head().number(),
                      settlement.receipt().transactionHash(),
                      settlement.baseDelta(),
                      settlement.quoteDelta(),
                      settlement.receipt().gasUsed());
          case AgentEvent.Failed(var head, var step, var reason, var attempt, var pause) ->
              "head %d  %s failed (%d): %s; %s"
                  .formatted(
                      head.number(),
                      step,
                      attempt,
                      reason,
                      pause.isZero()
                          ? "waiting for the next moment"
                          : "again in " + HeadTable.millis(pause));
        });
  }

  private static void requireSameModel(Vault vault, StrategyBundle bundle) {
    VaultState state = vault.state(BlockTag.LATEST);
    Bytes32 own = bundle.model().key().digest();
    if (!state.model().equals(own)) {
      throw new Complaint(
          "The vault %s obeys model %s, and the strategy's is %s: name the strategy that was deployed with it."
              .formatted(vault.address(), state.model(), own));
    }
  }

  private static void requireSameReference(ChainClient chain, Vault vault, Srs srs) {
    Object onChain =
        chain
            .call(
                vault.parts().verifier(),
                ContractArtifact.load("DecisionVerifier").function("srsDigest"))
            .getFirst();
    if (!onChain.equals(Hash.of(srs.digest().toByteArray()))) {
      throw new Complaint(
          "The verifier of vault %s uses another reference string than the one configured: name the one that it was deployed with."
              .formatted(vault.address()));
    }
  }
}
