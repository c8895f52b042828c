package org.probity.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.probity.cli.data.DataCommand;
import org.probity.cli.proving.ModelCommand;
import org.probity.cli.proving.ProveCommand;
import org.probity.cli.proving.SrsCommand;
import org.probity.cli.proving.VerifyCommand;
import org.probity.cli.shared.CommandGroup;
import org.probity.cli.study.BacktestCommand;
import org.probity.cli.study.HonestyCommand;
import org.probity.cli.study.MonteCarloCommand;
import org.probity.cli.study.StudyWorkerCommand;
import org.probity.cli.study.SweepCommand;
import org.probity.cli.study.TrainCommand;
import org.probity.cli.study.WalkForwardCommand;
import org.probity.cli.vault.VaultCommand;
import org.probity.ground.Printable;
import org.probity.terminal.Sentences;
import org.probity.terminal.StandardError;
import org.probity.terminal.StandardOutput;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command {@code probity}: parses its arguments and runs what they name.
 *
 * <p>Exit status: 0 if it did what it was asked for; 1 if it could not, with one sentence on
 * standard error; 2 if the arguments were wrong, or a check before the work found that it cannot be
 * done.
 */
@Command(
    name = "probity",
    description = "Autonomous on-chain agents that prove every decision.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Probity.Version.class,
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ClusterCommand.class,
      ProveCommand.class,
      VerifyCommand.class,
      ModelCommand.class,
      SrsCommand.class,
      BenchCommand.class,
      GpuCommand.class,
      ChainCommand.class,
      DeployCommand.class,
      DoctorCommand.class,
      PolicyCommand.class,
      AuditCommand.class,
      VaultCommand.class,
      KeysCommand.class,
      DataCommand.class,
      BacktestCommand.class,
      SweepCommand.class,
      WalkForwardCommand.class,
      MonteCarloCommand.class,
      StudyWorkerCommand.class,
      HonestyCommand.class,
      TrainCommand.class,
      JournalCommand.class,
      DrillCommand.class,
    })
public final class Probity extends CommandGroup {

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log what happens, and show where a failure came from.")
  private boolean verbose;

  /** Runs the command line and ends the virtual machine with its exit status. */
  public static void main(String[] arguments) {
    // Numbers, keys and files look the same wherever this runs.
    Locale.setDefault(Locale.ROOT);
    StandardError.restore();
    PrintWriter errors = new PrintWriter(System.err, true);
    Thread.setDefaultUncaughtExceptionHandler(lostThreads(errors));
    if (List.of(arguments).contains("--verbose")) {
      System.setProperty("probity.log", "DEBUG");
    }
    System.exit(execute(errors, arguments));
  }

  /** Runs the command line. Whatever it ends with, it ends with a status. */
  static int execute(PrintWriter errors, String... arguments) {
    try {
      return StandardOutput.judged(commandLine(errors).execute(arguments), System.out, errors);
    } catch (Error e) {
      return failed(e, false, errors);
    }
  }

  /**
   * What becomes of a thread that ends by what nobody caught. After an error of the virtual machine
   * the rest may wait for that thread for ever, so all ends; a command that goes on longer has a
   * handler of its own.
   */
  static Thread.UncaughtExceptionHandler lostThreads(PrintWriter errors) {
    return (thread, failure) -> {
      int status = failed(failure, false, errors);
      if (failure instanceof Error) {
        Thread.ofPlatform().name("end of " + thread.getName()).start(() -> System.exit(status));
      }
    };
  }

  private static int failed(Throwable failure, boolean verbose, PrintWriter errors) {
    if (verbose) {
      failure.printStackTrace(errors);
    }
    errors.println(Sentences.of(failure));
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The command line, telling failures to {@code errors}. */
  static CommandLine commandLine(PrintWriter errors) {
    Probity root = new Probity();
    return new CommandLine(root)
        .setErr(errors)
        // The library would read the file x, of any length, for an argument @x.
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> {
          try {
            return new CommandLine.RunLast().execute(parsed);
          } catch (Error e) {
            // The handler below is told of exceptions alone.
            return failed(e, root.verbose, errors);
          }
        })
        .setExecutionExceptionHandler((failure, _, _) -> failed(failure, root.verbose, errors))
        .setParameterExceptionHandler((failure, _) -> {
          errors.println(
              "%s; `%s --help` says what there is."
                  .formatted(
                      Printable.line(clause(failure.getMessage()).replaceAll("\\s+", " ")),
                      failure.getCommandLine().getCommandSpec().qualifiedName()));
          return failure.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
        });
  }

  private static String clause(@Nullable String message) {
    return message == null ? "The arguments cannot be read" : Sentences.withoutStop(message);
  }

  /** Reads the version that the build wrote into {@code probity.properties}. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"probity " + ResourceBundle.getBundle("probity").getString("version")};
    }
  }
}
