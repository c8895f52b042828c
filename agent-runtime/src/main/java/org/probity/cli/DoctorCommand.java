package org.probity.cli;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.Doctor;
import org.probity.agent.settings.ProverBackend;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.JsonOption;
import org.probity.deploy.TrialProof;
import org.probity.terminal.Passwords;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "doctor",
    description = {
      "Make every check that a configuration of `probity run` allows, and change nothing.",
      "Exit status: 0 all is fine, 1 something is doubtful or could not be looked at, 2 something is wrong."
    })
final class DoctorCommand implements Callable<Integer> {

  @Parameters(paramLabel = "CONFIG", description = "HOCON file, as `probity deploy` writes it.")
  private Path config = Path.of("");

  @Mixin private final JsonOption json = new JsonOption();

  private char @Nullable [] password;

  @Override
  public Integer call() {
    try (Screen screen = json.open()) {
      CheckReport report =
          new Doctor(
                  Sentences::of,
                  InstantSource.system(),
                  (bundle, srs) -> TrialProof.require(bundle, srs, ProverBackend.AUTO.start()))
              .examine(
                  config,
                  settings -> {
                    if (password == null) {
                      password = Passwords.known(settings.keys().passwordFile());
                    }
                    return password;
                  });
      CheckLines.all(screen, report);
      screen.result(report.json());
      return report.status();
    }
  }
}
