package org.probity.cli.proving;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.NewFile;
import org.probity.cli.shared.BackendOption;
import org.probity.cli.shared.CommandGroup;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code probity srs}: leads to the commands on reference strings. */
@Command(
    name = "srs",
    description = "Reference strings (powers of tau), which models are committed under.",
    subcommands = {SrsCommand.Import.class, SrsCommand.Show.class, SrsCommand.New.class})
public final class SrsCommand extends CommandGroup {

  private static final int LEAST_POWER = 1;
  private static final int MOST_POWER = 28;

  @Command(
      name = "import",
      description = {
        "Take a reference string from a ceremony's file, as snarkjs and the published ceremonies write it.",
        "Every point and the whole sequence are checked, and the contributions are followed from the first one on."
      })
  static final class Import implements Runnable {

    @Parameters(paramLabel = "FILE.ptau", description = "The ceremony's file, over BN254 (bn128).")
    private Path file = Path.of("");

    @Option(
        names = "--power",
        paramLabel = "K",
        description =
            "Take 2^K points only (default: all of the file). `probity model cost` says how many a model needs.")
    private @Nullable Integer power;

    @Option(
        names = "--out",
        paramLabel = "FILE",
        required = true,
        description = "New file for the reference string.")
    private Path out = Path.of("");

    @Mixin private final BackendOption backend = new BackendOption();

    @Override
    public void run() {
      NewFile target = NewFile.at(out);
      OptionalInt wanted = power == null ? OptionalInt.empty() : OptionalInt.of(checked(power));
      try (Screen screen = Screen.open(false)) {
        Screen.Step checking = screen.step("Checking " + file);
        Srs srs =
            Srs.importCeremony(
                file,
                wanted,
                backend.start(),
                Entropy.secure(),
                (step, done, total) -> checking.progress(step, (double) done / total));
        checking.done("Every point, the sequence and the contributions: checked");
        Screen.Step writing = screen.step("Writing " + target);
        srs.save(target.path());
        writing.done("%s, %s", target, summary(srs));
        describe(srs).forEach(screen::say);
        screen.say("");
        screen.say(
            "  Compare these hashes with the ones that the participants published: that they are real people is not in a file.");
      }
    }
  }

  @Command(name = "show", description = "Show what a reference string is, and where it is from.")
  static final class Show implements Runnable {

    @Parameters(paramLabel = "FILE", description = "A file that `probity srs` wrote.")
    private Path file = Path.of("");

    @Option(names = "--check", description = "Check the whole sequence again, as its import did.")
    private boolean check;

    @Mixin private final BackendOption backend = new BackendOption();

    @Override
    public void run() {
      try (Screen screen = Screen.open(false)) {
        Srs srs = Srs.load(file);
        if (check) {
          Screen.Step checking = screen.step("Checking the sequence");
          srs.checkSequence(backend.start(), Entropy.secure());
          checking.done("The points are the powers of one secret");
        }
        screen.say("  %s: %s", file, summary(srs));
        screen.say("  digest %s", srs.digest());
        describe(srs).forEach(screen::say);
      }
    }
  }

  @Command(
      name = "new",
      description =
          "Make a reference string for development. INSECURE: whoever made it can forge proofs. It is refused on every chain but a local one.")
  static final class New implements Runnable {

    @Option(
        names = "--power",
        paramLabel = "K",
        required = true,
        description =
            "Make 2^K points. `probity model cost` says how many a model needs; the example strategy needs 2^15.")
    private int power;

    @Option(
        names = "--out",
        paramLabel = "FILE",
        required = true,
        description = "New file for the reference string.")
    private Path out = Path.of("");

    @Override
    public void run() {
      NewFile target = NewFile.at(out);
      checked(power);
      try (Screen screen = Screen.open(false)) {
        Screen.Step making = screen.step("Making 2^%d points".formatted(power));
        Srs srs = Srs.development(power, Entropy.secure());
        srs.save(target.path());
        making.done("%s, %s", target, summary(srs));
        screen.say(
            "  INSECURE: whoever made it can forge proofs. It is refused on every chain but a local one.");
      }
    }
  }

  private static int checked(int power) {
    Complaint.unlessWithin("--power", power, LEAST_POWER, MOST_POWER);
    return power;
  }

  private static String summary(Srs srs) {
    return String.format(
        Locale.ROOT,
        "%,d points (2^%d) %s",
        1L << srs.logSize(),
        srs.logSize(),
        srs.isDevelopment() ? "for development: INSECURE, for local chains only" : "of a ceremony");
  }

  /** Where it is from, line by line; nothing of a development string. */
  private static List<String> describe(Srs srs) {
    return srs.ceremony().stream()
        .flatMap(ceremony -> ceremony.report().lines())
        .map(line -> line.isEmpty() ? line : "  " + line)
        .toList();
  }
}
