package org.probity.agent.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code probity}: parses its arguments and runs what they name.
 *
 * <p>Exit status: 0 if it did what it was asked for; 1 if it could not, with one sentence on
 * standard error; 2 if the arguments were wrong.
 */
@Command(
    name = "probity",
    description = "Autonomous on-chain agents that prove every decision.",
    mixinStandardHelpOptions = true,
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
public final class Probity implements Runnable {

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log what happens, and show where a failure came from.")
  private boolean verbose;

  /** Runs the command line and ends the virtual machine with its exit status. */
  public static void main(String[] arguments) {
    StandardError.restore();
    // Read by logback when the first logger is made, so before anything else happens.
    if (java.util.List.of(arguments).contains("--verbose")) {
      System.setProperty("probity.log", "DEBUG");
    }
    System.exit(execute(arguments));
  }

  /** Runs the command line. */
  static int execute(String... arguments) {
    var errors = new PrintWriter(System.err, true);
    return StandardOutput.judged(commandLine(errors).execute(arguments), System.out, errors);
  }

  /** The command line, telling failures to {@code errors}. */
  static CommandLine commandLine(PrintWriter errors) {
    Probity root = new Probity();
    return new CommandLine(root)
        .setErr(errors)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, line, _) -> {
          if (root.verbose) {
            failure.printStackTrace(errors);
          }
          errors.println(Sentences.of(failure));
          return line.getCommandSpec().exitCodeOnExecutionException();
        })
        .setParameterExceptionHandler((failure, _) -> {
          errors.println(
              "%s; `%s --help` says what there is."
                  .formatted(
                      stripped(failure.getMessage()),
                      failure.getCommandLine().getCommandSpec().qualifiedName()));
          return failure.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
        });
  }

  private static String stripped(@Nullable String message) {
    String text = message == null ? "The arguments cannot be read" : message.strip();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  /** Without a subcommand there is nothing to do but say what there is. */
  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  /** Reads the version that the build wrote into {@code probity.properties}. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      Properties properties = new Properties();
      try (InputStream in = Probity.class.getResourceAsStream("/probity.properties")) {
        if (in == null) {
          throw new IllegalStateException("probity.properties is missing from the class path");
        }
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new String[] {"probity " + properties.getProperty("version")};
    }
  }
}
