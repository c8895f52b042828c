package org.probity.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Examination;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.JsonOption;
import org.probity.deploy.DeployChecks;
import org.probity.deploy.DeployOptions;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "deploy",
    description = {
      "Deploy a vault for a policy and what vaults share, and write the configuration to run its agent with.",
      "Whoever pays for it owns nothing of it: the vault is its owner's."
    })
final class DeployCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final DeployOptions options = new DeployOptions();

  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--dry-run",
      description = "Make every check and print the plan with its cost, and send nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    options.check();
    try (Screen screen = json.open();
        DeployChecks checks = new DeployChecks(options, new Examination(Sentences::of), screen)) {
      Optional<DeployChecks.Ready> ready = checks.look();
      checks.policy().forEach(screen::say);
      CheckLines.notable(screen, checks.report());
      if (ready.isEmpty()) {
        screen.result(checks.json());
        return CheckLines.refuse(spec, checks.report(), "nothing was sent");
      }
      ready.get().lines().forEach(screen::say);
      if (dryRun) {
        screen.say("nothing was sent: without --dry-run this is what happens");
      } else {
        ready.get().deploy(screen::say).forEach(screen::say);
        screen.say("`probity run %s` runs its agent.", options.out());
      }
      screen.result(ready.get().json());
      return 0;
    }
  }
}
