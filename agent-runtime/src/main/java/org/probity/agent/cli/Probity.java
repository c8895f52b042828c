package org.probity.agent.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command {@code probity}: parses its arguments and runs what they name. */
@Command(
    name = "probity",
    description = "Autonomous on-chain agents that prove every decision.",
    mixinStandardHelpOptions = true,
    versionProvider = Probity.Version.class)
public final class Probity implements Runnable {

  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  /** Runs the command line and ends the virtual machine with its exit status. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Probity()).execute(arguments));
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
