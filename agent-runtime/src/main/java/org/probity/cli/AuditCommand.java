package org.probity.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.audit.AuditAnswer;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.cli.shared.JsonOption;
import org.probity.deploy.NodeOption;
import org.probity.deploy.RpcAddress;
import org.probity.intent.audit.Audit;
import org.probity.intent.audit.AuditListener;
import org.probity.intent.audit.AuditResult;
import org.probity.sim.report.AuditReport;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "audit",
    description = {
      "Look again at everything that a vault ever executed, from its chain alone: features from"
          + " logs, every proof, what each decision had to come to, books, limits, schedule,"
          + " policies, roles, flows. No journal, no operator and no node is trusted where the"
          + " chain itself can be asked.",
      "Exit status: 0 everything is proven, 1 something is wrong or the chain cannot be read, 2"
          + " something could not be checked."
    })
final class AuditCommand implements Callable<Integer> {

  @Parameters(paramLabel = "VAULT", description = "The vault's address.")
  private String vault = "";

  @Mixin private final NodeOption node = new NodeOption();

  @Option(
      names = "--second-rpc",
      paramLabel = "URL",
      converter = RpcAddress.class,
      description = "Another node, run by somebody else, that must tell the same logs and blocks.")
  private @Nullable URI second;

  @Option(
      names = "--from-block",
      paramLabel = "N",
      description = "The block in which the vault was created, or any before it; 0 without it.")
  private long from;

  @Option(
      names = "--archive",
      description =
          "The node has kept old states: have it compute each decision's features as well, which"
              + " also serves where logs do not tell them.")
  private boolean archive;

  @Option(
      names = "--holds",
      paramLabel = "FILE",
      description =
          "The holds that the agent has kept: each that was claimed on chain and is in it is proven"
              + " or found out.")
  private @Nullable Path holds;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "Keep in it what was read and judged, and go on from there the next time. A chain that"
              + " went another way is read again.")
  private @Nullable Path state;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write a page of HTML with all of it.")
  private @Nullable Path report;

  @Mixin private final JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    Address address = new Address(vault);
    if (from < 0) {
      throw new IllegalArgumentException("--from-block is a block's number, 0 or more");
    }
    Optional<Path> page = Optional.ofNullable(report);
    page.ifPresent(AuditReport::requireOurs);
    try (Screen screen = json.open();
        ChainClient chain = ChainClient.connect(node.rpc())) {
      AuditResult result = withSecond(screen, chain, address);
      AuditAnswer answer = new AuditAnswer(result);
      page.ifPresent(file -> AuditReport.write(result, file));
      answer.show(screen);
      screen.result(answer.json());
      return answer.status();
    }
  }

  private AuditResult withSecond(Screen screen, ChainClient chain, Address address) {
    URI other = second;
    if (other == null) {
      return audit(screen, chain, address, Optional.empty());
    }
    try (ChainClient node = ChainClient.connect(other, chain.chainId())) {
      return audit(screen, chain, address, Optional.of(node));
    }
  }

  private AuditResult audit(
      Screen screen, ChainClient chain, Address address, Optional<ChainClient> other) {
    Screen.Step step = screen.step("reading");
    return Audit.run(
        chain,
        address,
        new Audit.Options(
            from, archive, other, Optional.ofNullable(holds), Optional.ofNullable(state)),
        System::nanoTime,
        new AuditListener() {
          @Override
          public void reached(long block, long last, long decisions) {
            step.progress(
                "block %s, %s decisions".formatted(block, decisions),
                (double) (block - from + 1) / (last - from + 1));
          }
        });
  }
}
