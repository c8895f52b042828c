package org.probity.deploy;

import com.typesafe.config.ConfigUtil;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.terminal.Complaint;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is to be deployed, as options. */
public final class DeployOptions {

  private static final int MOST_CONFIRMATIONS = 1_000;

  /** How deep a transaction must be before nobody expects it to vanish. */
  private static final int USUAL_CONFIRMATIONS = 5;

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      required = true,
      converter = RpcAddress.class,
      description = "JSON-RPC of a node.")
  URI rpc = URI.create("");

  @Option(
      names = "--chain-id",
      paramLabel = "N",
      required = true,
      description = "The chain that it must serve.")
  long chainId;

  @Option(
      names = "--key-store",
      paramLabel = "FOLDER",
      description = "Folder of encrypted keys (default: .probity/keys).")
  Path store = Path.of(".probity", "keys");

  @Option(
      names = "--account",
      paramLabel = "ADDRESS",
      required = true,
      description = "Pays for the deployment and owns nothing of it; its key is in the key store.")
  String account = "";

  @Option(
      names = "--owner",
      paramLabel = "ADDRESS",
      required = true,
      description =
          "The account that is to own the vault's governor, and to be its curator at first; never the agent's, and off local chains not --account either.")
  String owner = "";

  @Option(
      names = "--sentinel",
      paramLabel = "ADDRESS",
      description =
          "An account that may veto what is changed; give it again for each (default: none). Where --owner is not --account, the calls are printed.")
  List<String> sentinels = List.of();

  @Option(
      names = "--recipient",
      paramLabel = "ADDRESS",
      description = "Where exits go, for good (default: the owner).")
  @Nullable String recipient;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Its first line is the key's password.")
  @Nullable Path passwordFile;

  @Option(
      names = "--strategy",
      paramLabel = "FOLDER",
      required = true,
      description = "The strategy whose model the vault obeys.")
  Path strategy = Path.of("");

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description =
          "The reference string that the model was committed under: a ceremony's on every chain but a local one.")
  Path srs = Path.of("");

  @Option(
      names = "--deposit",
      paramLabel = "ASSET=AMOUNT,…",
      description =
          "The owner puts so many whole tokens in, such as WETH=2,USD=5000: this command does it where --owner is --account, else it prints the calls (default: none).")
  @Nullable String deposit;

  @Option(
      names = "--foundation",
      paramLabel = "FILE",
      description =
          "Use the verifier, rules, engine, sources and factory of an earlier deployment, by the record that it wrote beside its configuration (default: make new ones).")
  @Nullable Path foundation;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      required = true,
      description = "HOCON file with what the owner allows, such as examples/policy.conf.")
  Path policy = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "New file for the configuration of `probity run`; the record of what was made is FILE.deployed.")
  Path out = Path.of("");

  @Option(
      names = "--sources",
      paramLabel = "FOLDER",
      description =
          "New folder for what explorers want to show the contracts' sources: the compiler's standard JSON input, and each constructor's arguments.")
  @Nullable Path sources;

  @Mixin final FeeOptions fees = new FeeOptions();

  @Option(
      names = "--confirmations",
      paramLabel = "N",
      description =
          "Blocks that each transaction must be deep before the deployment counts as done (default: 1 on anvil and Hardhat, which make no blocks by themselves, else 5).")
  @Nullable Integer confirmations;

  /**
   * Looks at what can be wrong with an option by itself.
   *
   * @throws Complaint if it is
   */
  public void check() {
    if (confirmations != null) {
      Complaint.unlessWithin("--confirmations", confirmations, 1, MOST_CONFIRMATIONS);
    }
  }

  /** Where the configuration is written. */
  public Path out() {
    return out;
  }

  Path recordFile() {
    return out.resolveSibling(out.getFileName() + DeploymentRecord.SUFFIX);
  }

  /**
   * How deep a transaction must be. Development chains make a block for one and none after it:
   * waiting for more would not end.
   */
  int confirmations(ChainClient chain) {
    if (confirmations != null) {
      return confirmations;
    }
    try {
      String client = chain.request("web3_clientVersion").asText().toLowerCase(Locale.ROOT);
      return client.startsWith("anvil") || client.startsWith("hardhat") ? 1 : USUAL_CONFIRMATIONS;
    } catch (ChainException e) {
      return USUAL_CONFIRMATIONS;
    }
  }

  /**
   * The configuration of {@code probity run}. Machine text: numbers and paths as HOCON reads them,
   * whatever the locale.
   */
  String configuration(DeploymentRecord made) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "# Written by `probity deploy`. What else can be set, with its defaults, is in reference.conf.");
    lines.add("probity {");
    lines.add("  chain {");
    lines.add("    rpc = " + quoted(rpc));
    lines.add("    id = " + Long.toString(chainId));
    if (confirmations != null) {
      lines.add("    confirmations = " + Integer.toString(confirmations));
    }
    lines.add("  }");
    lines.add("  vault = " + quoted(made.vault()));
    lines.add("  vault-block = " + Long.toString(made.block()));
    lines.add("  strategy = " + quoted(whole(strategy)));
    lines.add("  srs = " + quoted(whole(srs)));
    lines.add("  key {");
    lines.add("    store = " + quoted(whole(store)));
    lines.add("    account = " + quoted(made.agent()));
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
