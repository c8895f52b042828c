package org.probity.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Examination;
import org.probity.cli.shared.CheckLines;
import org.probity.deploy.DeployChecks;
import org.probity.deploy.DeployOptions;
import org.probity.deploy.Deployment;
import org.probity.deploy.DeploymentRun;
import org.probity.intent.Vault;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "deploy",
    description =
        "Deploy verifier, registry, feature source and a vault, and write the configuration to run its agent with.")
final class DeployCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final DeployOptions options = new DeployOptions();

  @Option(
      names = "--dry-run",
      description = "Make every check and print the plan with its cost, and send nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    options.check();
    try (Screen screen = Screen.open(false);
        DeployChecks checks = new DeployChecks(options, new Examination(Sentences::of), screen)) {
      Optional<DeployChecks.Ready> ready = checks.look();
      CheckLines.notable(screen, checks.report());
      if (ready.isEmpty()) {
        return CheckLines.refuse(spec, checks.report(), "nothing was sent");
      }
      ready.get().plan().lines().forEach(screen::say);
      if (dryRun) {
        screen.say("nothing was sent: without --dry-run this is what happens");
      } else {
        deploy(screen, ready.get());
      }
      return 0;
    }
  }

  private void deploy(Screen screen, DeployChecks.Ready ready) {
    Deployment deployment = ready.deployment();
    DeploymentRun run =
        new DeploymentRun(
            deployment,
            ready.plan(),
            ready.record(),
            ready.signer(),
            options.confirmations(deployment.chain()),
            screen::say);
    Vault vault = run.run();
    ready.target().writeForOwner(options.configuration(vault, run.block()));
    ready.record().remove();
    screen.say(
        "`probity run %s` runs its agent%s.",
        ready.target(), deployment.deposit().isEmpty() ? ", once the vault has money" : "");
  }
}
