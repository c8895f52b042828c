package org.probity.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.node.ProbityNode;
import org.probity.cli.shared.CheckLines;
import org.probity.run.NodeRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description =
        "Run a node: agents for deployed vaults, provers, or both, until it is interrupted.")
final class RunCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "CONFIG", description = "HOCON file, as `probity deploy` writes it.")
  private Path config = Path.of("");

  @Override
  public Integer call() {
    return NodeRun.of(
        config,
        ProbityNode.Harness.NONE,
        (screen, report) -> CheckLines.before(spec, screen, report, "nothing was sent"));
  }
}
