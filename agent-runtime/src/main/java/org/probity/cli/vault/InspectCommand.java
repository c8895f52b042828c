package org.probity.cli.vault;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Examination;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.JsonOption;
import org.probity.deploy.NodeOption;
import org.probity.deploy.SourceFolder;
import org.probity.governance.OwnersVaults;
import org.probity.governance.VaultInspection;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Made;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    description = {
      "Show what a vault is: its code and parts, whose it is and what waits, what its policy says and"
          + " bears, what of its limits is left, what it holds.",
      "With --owner all vaults that a factory made for an owner, and what they are together."
    })
final class InspectCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "VAULT",
      arity = "0..1",
      description = "The vault's address; left out with --owner.")
  private @Nullable String vault;

  @Mixin private final NodeOption node = new NodeOption();

  @Option(
      names = "--factory",
      paramLabel = "ADDRESS",
      description = "The factory of a release, which says whether it made the vault.")
  private @Nullable String factory;

  @Option(
      names = "--owner",
      paramLabel = "ADDRESS",
      description = "Show the vaults that the factory made for this owner.")
  private @Nullable String owner;

  @Option(
      names = "--from-block",
      paramLabel = "N",
      description =
          "The block in which vault or factory was created, or any before it; 0 without it.")
  private long from;

  @Option(
      names = "--sources",
      paramLabel = "FOLDER",
      description =
          "New folder for what explorers want to show the sources of vault and governor: the compiler's standard JSON input, and the constructors' arguments; takes --factory.")
  private @Nullable Path sources;

  @Mixin private final JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    if ((vault == null) == (owner == null)) {
      throw new Complaint("Nothing is to be shown: name a vault, or an owner by --owner.");
    }
    if (sources != null && factory == null) {
      throw new Complaint("What a vault was made with, a factory says: give --factory too.");
    }
    Optional<Address> named = Optional.ofNullable(factory).map(Address::new);
    try (Screen screen = json.open();
        ChainClient chain = ChainClient.connect(node.rpc())) {
      Examination exam = new Examination(Sentences::of);
      OwnersVaults all =
          new OwnersVaults(
              addresses(chain, named).stream()
                  .map(
                      address -> VaultInspection.of(exam, chain, address, named, BlockTag.at(from)))
                  .toList());
      all.vaults().forEach(one -> one.lines().forEach(screen::say));
      if (owner != null) {
        all.lines(new Address(owner)).forEach(screen::say);
      }
      CheckLines.notable(screen, exam.report());
      if (sources != null) {
        write(chain, new SourceFolder(sources), all);
        screen.say("%s holds the sources for explorers", sources);
      }
      screen.result(all.json(chain.chainId()));
      return 0;
    }
  }

  private void write(ChainClient chain, SourceFolder folder, OwnersVaults all) {
    Address made = new Address(String.valueOf(factory));
    for (VaultInspection one : all.vaults()) {
      one.governor()
          .ifPresent(known -> folder.add(chain, made, known.governor(), BlockTag.at(from)));
    }
    folder.write(chain.chainId());
  }

  private List<Address> addresses(ChainClient chain, Optional<Address> named) {
    if (vault != null) {
      return List.of(new Address(vault));
    }
    Address whose = new Address(String.valueOf(owner));
    Address asked =
        named.orElseThrow(
            () -> new Complaint("Which vaults an owner has, a factory says: give --factory too."));
    List<Address> made =
        VaultDeployment.madeFor(chain, asked, whose, BlockTag.at(from)).stream()
            .map(Made::vault)
            .toList();
    if (made.isEmpty()) {
      throw new Complaint(
          "The factory %s has made no vault for %s since block %s: check both addresses, and --from-block."
              .formatted(asked, whose, from));
    }
    return made;
  }
}
