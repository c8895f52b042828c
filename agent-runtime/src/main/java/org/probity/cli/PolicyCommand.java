package org.probity.cli;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.EndpointChecks;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.PolicyInspection;
import org.probity.agent.checks.PolicyReview;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.JsonOption;
import org.probity.deploy.NodeOption;
import org.probity.settings.PolicySettings;
import org.probity.strategy.PublicStrategy;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "policy",
    description = {
      "Show what a policy for a vault over many assets comes to on a chain, and look at all that is"
          + " in it, before anything is deployed.",
      "Exit status: 0 nothing is wrong, 1 something is, or contradicts."
    })
final class PolicyCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "FILE",
      description = "HOCON file with what the owner allows, such as examples/policy.conf.")
  private Path file = Path.of("");

  @Mixin private final NodeOption node = new NodeOption();

  @Option(
      names = "--owner",
      paramLabel = "ADDRESS",
      description = "The account that is to own the vault.")
  private @Nullable String owner;

  @Option(
      names = "--strategy",
      paramLabel = "FOLDER",
      description = "The strategy whose model is to decide; its public part will do.")
  private @Nullable Path strategy;

  @Mixin private final JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    Optional<Address> named = Optional.ofNullable(owner).map(Address::new);
    try (Screen screen = json.open()) {
      Examination exam = new Examination(Sentences::of);
      PolicyReview review = review(exam, named);
      review.lines().forEach(screen::say);
      CheckLines.all(screen, review.report());
      screen.result(review.json());
      return review.status();
    }
  }

  private PolicyReview review(Examination exam, Optional<Address> named) {
    Optional<PolicySettings> written =
        exam.find(CheckName.POLICY, () -> PolicySettings.load(file), _ -> "it can be read");
    Optional<PublicStrategy> model =
        Optional.ofNullable(strategy)
            .flatMap(folder ->
                exam.find(
                    CheckName.STRATEGY,
                    () -> PublicStrategy.load(folder),
                    bundle ->
                        "%s, of model %s"
                            .formatted(bundle.manifest().name(), bundle.key().digest())));
    Optional<ChainClient> connected =
        exam.find(
            CheckName.ENDPOINT, () -> ChainClient.connect(node.rpc()), chain -> chain + " answers");
    if (connected.isEmpty()) {
      return new PolicyReview(exam.report(), Optional.empty());
    }
    try (ChainClient chain = connected.get()) {
      EndpointChecks.look(exam, chain, InstantSource.system());
      if (written.isEmpty()) {
        return new PolicyReview(exam.report(), Optional.empty());
      }
      return new PolicyInspection(exam, chain, written.get(), model).look(named);
    }
  }
}
