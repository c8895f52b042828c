package org.probity.cli;

import com.typesafe.config.ConfigUtil;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Examination;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.RpcAddress;
import org.probity.deploy.DeployChecks;
import org.probity.deploy.Deployment;
import org.probity.deploy.DeploymentRun;
import org.probity.deploy.FeeOptions;
import org.probity.intent.Vault;
import org.probity.terminal.Complaint;
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
        "Deploy verifier, registry, feature source and a vault, and write the configuration to run its agent with.",
    mixinStandardHelpOptions = true)
final class DeployCommand implements Callable<Integer> {

  private static final int MOST_CONFIRMATIONS = 1_000;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      required = true,
      converter = RpcAddress.class,
      description = "JSON-RPC of a node.")
  private @Nullable URI rpc;

  @Option(
      names = "--chain-id",
      paramLabel = "N",
      required = true,
      description = "The chain that it must serve.")
  private long chainId;

  @Option(
      names = "--key-store",
      paramLabel = "FOLDER",
      description = "Folder of encrypted keys (default: .probity/keys).")
  private Path store = Path.of(".probity", "keys");

  @Option(
      names = "--account",
      paramLabel = "ADDRESS",
      required = true,
      description =
          "Pays for the deployment, owns the vault and later pays for the agent's transactions.")
  private String account = "";

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Its first line is the key's password.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--strategy",
      paramLabel = "FOLDER",
      required = true,
      description = "The strategy whose model the vault obeys.")
  private @Nullable Path strategyFolder;

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description =
          "The reference string that the model was committed under: a ceremony's on every chain but a local one.")
  private @Nullable Path srsFile;

  @Option(
      names = "--pool",
      paramLabel = "ADDRESS",
      required = true,
      description = "The Uniswap v3 pool that the vault trades on.")
  private String pool = "";

  @Option(
      names = "--base",
      paramLabel = "TOKEN",
      required = true,
      description =
          "The token of the pool whose weight the decisions set, by its address or its symbol; the other one is the quote asset.")
  private String base = "";

  @Option(
      names = "--deposit",
      paramLabel = "BASE,QUOTE",
      description =
          "Put so many whole tokens of the account's into the vault, such as 2,5000 (default: none).")
  private @Nullable String deposit;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      required = true,
      description = "HOCON file with what the owner allows.")
  private @Nullable Path policyFile;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "New file for the configuration of `probity run`.")
  private @Nullable Path out;

  @Mixin private final FeeOptions fees = new FeeOptions();

  @Option(
      names = "--confirmations",
      paramLabel = "N",
      description =
          "Blocks that each transaction must be deep before the deployment counts as done (default: 1 on anvil and Hardhat, which make no blocks by themselves, else 5).")
  private @Nullable Integer confirmations;

  @Option(
      names = "--dry-run",
      description = "Make every check and print the plan with its cost, and send nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    if (confirmations != null && (confirmations < 1 || confirmations > MOST_CONFIRMATIONS)) {
      throw new Complaint(
          "--confirmations is %s: it must be 1 to %s."
              .formatted(confirmations, MOST_CONFIRMATIONS));
    }
    try (Screen screen = Screen.open(false);
        DeployChecks checks = new DeployChecks(given(), new Examination(Sentences::of), screen)) {
      Optional<DeployChecks.Ready> ready = checks.look();
      CheckLines.notable(screen, checks.report());
      if (ready.isEmpty()) {
        return CheckLines.refuse(spec, checks.report(), "nothing was sent");
      }
      if (dryRun) {
        ready.get().plan().lines().forEach(screen::say);
        screen.say("nothing was sent: without --dry-run this is what happens");
        return 0;
      }
      return deploy(screen, ready.get());
    }
  }

  private Integer deploy(Screen screen, DeployChecks.Ready ready) {
    ready.plan().lines().forEach(screen::say);
    Deployment deployment = ready.deployment();
    DeploymentRun run =
        new DeploymentRun(
            deployment,
            ready.plan(),
            ready.record(),
            ready.signer(),
            confirmations == null ? Confirmations.of(deployment.chain()) : confirmations,
            screen::say);
    Vault vault = run.run();
    ready.target().writeForOwner(configuration(vault, run.block()));
    ready.record().remove();
    screen.say(
        "`probity run %s` runs its agent%s."
            .formatted(
                ready.target(),
                deployment.deposit().isEmpty() ? ", once the vault has money" : ""));
    return 0;
  }

  private DeployChecks.Given given() {
    return new DeployChecks.Given(
        Objects.requireNonNull(rpc),
        chainId,
        store,
        account,
        Optional.ofNullable(passwordFile),
        Objects.requireNonNull(strategyFolder),
        Objects.requireNonNull(srsFile),
        pool,
        base,
        Optional.ofNullable(deposit),
        Objects.requireNonNull(policyFile),
        Objects.requireNonNull(out),
        fees);
  }

  /** Machine text: numbers and paths as HOCON reads them, whatever the locale. */
  private String configuration(Vault vault, long block) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "# Written by `probity deploy`. What else can be set, with its defaults, is in reference.conf.");
    lines.add("probity {");
    lines.add("  chain {");
    lines.add("    rpc = " + quoted(Objects.requireNonNull(rpc)));
    lines.add("    id = " + Long.toString(chainId));
    if (confirmations != null) {
      lines.add("    confirmations = " + Integer.toString(confirmations));
    }
    lines.add("  }");
    lines.add("  vault = " + quoted(vault.address()));
    lines.add("  vault-block = " + Long.toString(block));
    lines.add("  strategy = " + quoted(whole(Objects.requireNonNull(strategyFolder))));
    lines.add("  srs = " + quoted(whole(Objects.requireNonNull(srsFile))));
    lines.add("  key {");
    lines.add("    store = " + quoted(whole(store)));
    lines.add("    account = " + quoted(account));
    if (passwordFile != null) {
      lines.add("    password-file = " + quoted(whole(passwordFile)));
    }
    lines.add("  }");
    lines.addAll(fees.settings());
    lines.add("}");
    return String.join("\n", lines) + "\n";
  }

  private static String quoted(Object value) {
    return ConfigUtil.quoteString(value.toString());
  }

  private static Path whole(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
