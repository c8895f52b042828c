package org.probity.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.probity.agent.tls.Authority;
import org.probity.ground.PlainFile;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "keys",
    description = {
      "Make the keys that the nodes of a cluster, or of a study, know each other by: an authority and a"
          + " folder for each node.",
      "With the same folder and more nodes, the missing ones are added. Take DIR/node-N to machine N;"
          + " authority.key stays here."
    })
final class ClusterKeysCommand implements Callable<Integer> {

  private static final int MOST = 1_000;

  @Option(names = "--nodes", paramLabel = "N", description = "How many nodes (default: 3).")
  private int nodes = 3;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the keys, for your eyes alone; made if it is not there.")
  private Path out = Path.of("");

  @Override
  public Integer call() throws IOException {
    Path folder = out;
    Complaint.unlessWithin("--nodes", nodes, 1, MOST);
    Authority authority = authority(folder);
    List<String> made = new ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      String name = "node-" + i;
      if (!Files.exists(folder.resolve(name))) {
        authority.issue(name).save(folder.resolve(name));
        made.add(name);
      }
    }
    try (Screen screen = Screen.open(false)) {
      screen.say(
          made.isEmpty()
              ? "Keys of %d nodes are in %s already".formatted(nodes, folder)
              : "Keys of %s are in %s".formatted(String.join(", ", made), folder));
      screen.say("Each node gets its own folder, and names it in its configuration:");
      screen.say(
          "  probity.cluster.tls { key = node-1/node.key, certificate = node-1/node.pem, authority = node-1/authority.pem }");
      screen.say("Whoever has a node's key commands the agents of the cluster: keep them secret.");
    }
    return 0;
  }

  /** The folder's own; a new one in a new or empty folder. */
  private static Authority authority(Path folder) throws IOException {
    if (Authority.isIn(folder)) {
      PlainFile.requireOwnerOnly(folder);
      return Authority.load(folder);
    }
    if (Files.exists(folder)) {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new Complaint(
              "The folder %s is not empty and holds no authority.key: name a new folder, or the one where a cluster's keys were made."
                  .formatted(folder));
        }
      }
      PlainFile.requireOwnerOnly(folder);
    } else {
      Files.createDirectories(folder, PlainFile.ownerOnlyFolder(folder));
    }
    Authority authority = Authority.make();
    authority.save(folder);
    return authority;
  }
}
