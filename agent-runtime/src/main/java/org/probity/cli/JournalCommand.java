package org.probity.cli;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.NewFile;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.AgentSettings;
import org.probity.cli.shared.CommandGroup;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Srs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "journal",
    description = "Check, export or replay what agents did and decided.",
    subcommands = {
      JournalCommand.Verify.class,
      JournalCommand.Export.class,
      JournalCommand.Replay.class
    })
final class JournalCommand extends CommandGroup {

  /** Which journal, and what is needed to check it. */
  static final class Source {
    @Parameters(
        paramLabel = "CONFIG|EXPORT",
        description =
            "The configuration of your node that writes the journal, or a file that journal export --raw wrote, anybody's.")
    private Path where = Path.of("");

    @Option(
        names = "--strategy",
        paramLabel = "FOLDER",
        description =
            "A strategy bundle whose decisions are in the journal, besides those of the configuration.")
    private List<Path> strategies = new ArrayList<>();

    @Option(
        names = "--srs",
        paramLabel = "FILE",
        description = "The reference string, where no configuration names it.")
    private @Nullable Path srs;

    private @Nullable Optional<AgentSettings> read;

    private Optional<AgentSettings> settings() {
      if (read == null) {
        read = Journal.isExport(where) ? Optional.empty() : Optional.of(configuration());
      }
      return read;
    }

    private AgentSettings configuration() {
      boolean database = String.valueOf(where.getFileName()).endsWith(".mv.db");
      if (Files.isDirectory(where) || database) {
        throw new Complaint(
            "A database is opened only if your own configuration names it, and %s is a %s: name the configuration, or for the journal of others ask for an export (probity journal export CONFIG --raw --out FILE)."
                .formatted(where, database ? "database" : "folder"));
      }
      return AgentSettings.load(where);
    }

    Journal open() {
      return settings()
          .map(settings -> Journal.open(settings.node().journal()))
          .orElseGet(() -> Journal.open(where));
    }

    List<Path> strategies() {
      List<Path> all = new ArrayList<>(strategies);
      settings().ifPresent(settings -> all.addAll(settings.strategies()));
      return all.stream().distinct().toList();
    }

    Optional<Path> reference() {
      return Optional.ofNullable(srs).or(() -> settings().map(AgentSettings::srs));
    }
  }

  @Command(
      name = "verify",
      description =
          "Find a line that was changed, dropped or moved, and verify every proof. Exit status 1 and the first bad line if there is one.")
  static final class Verify implements Runnable {
    @Mixin private Source source = new Source();

    @Override
    public void run() {
      try (Screen screen = Screen.open(false);
          Journal journal = source.open()) {
        Map<Bytes32, ModelKey> keys = new HashMap<>();
        for (Path folder : source.strategies()) {
          ModelKey key = PublicStrategy.load(folder).key();
          keys.put(key.digest(), key);
        }
        ProofVerifier verifier =
            keys.isEmpty()
                ? null
                : source.reference().map(Srs::load).map(ProofVerifier::new).orElse(null);
        long lines = journal.lines();
        Screen.Step step = screen.step("Checking %,d lines".formatted(lines));
        Progress progress = new Progress(step, lines);
        Journal.Checked checked = journal.verify(keys, verifier, progress::at);
        step.done(
            "%,d lines of %,d agents, %,d proofs verified",
            checked.lines(), checked.last().size(), checked.proofs());
        if (checked.unchecked() > 0) {
          screen.say(
              "  %,d proofs were not verified: name their strategies by --strategy, and the reference string by --srs.",
              checked.unchecked());
        }
        if (checked.fault().isPresent()) {
          throw new Complaint("The journal does not hold: " + checked.fault().get());
        }
        checked.last().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .limit(10)
            .forEach(entry ->
                screen.say("  %s ends with %s", Printable.line(entry.getKey()), entry.getValue()));
        screen.say(
            "  The journal holds: nothing was changed, dropped or moved. %,d executions stand.",
            checked.executions());
      }
    }
  }

  @Command(name = "export", description = "Write every line as a line of JSON.")
  static final class Export implements Runnable {
    @Mixin private Source source = new Source();

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "A new file, for you alone; standard output without it.")
    private @Nullable Path out;

    @Option(
        names = "--raw",
        description =
            "The lines' bytes and hashes as they are stored, for others to verify and replay.")
    private boolean raw;

    private static final int LINES_BETWEEN_CHECKS = 1_000;

    @Override
    public void run() {
      NewFile file = out == null ? null : NewFile.at(out);
      try (Journal journal = source.open()) {
        Consumer<Consumer<String>> lines = raw ? journal::raw : journal::export;
        if (file == null) {
          print(lines);
        } else {
          file.writeLines(lines);
        }
      }
    }

    /** A stream for printing keeps its failures to itself until it is asked. */
    private static void print(Consumer<Consumer<String>> lines) {
      PrintStream out =
          new PrintStream(
              new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
      long[] printed = {0};
      lines.accept(line -> {
        out.print(line);
        out.print('\n');
        if (++printed[0] % LINES_BETWEEN_CHECKS == 0) {
          requireWritten(out);
        }
      });
      requireWritten(out);
    }

    private static void requireWritten(PrintStream out) {
      if (out.checkError() || System.out.checkError()) {
        throw new Complaint(
            "Standard output cannot be written: check its disk, and that whoever reads it is still there.");
      }
    }
  }

  @Command(
      name = "replay",
      description =
          "Decide every decision again from the recorded features, and go through all lines as their agents do. Exit status 1 if something comes out otherwise.")
  static final class Replay implements Runnable {
    @Mixin private Source source = new Source();

    @Override
    public void run() {
      Map<Bytes32, DjlStrategy> strategies = new HashMap<>();
      try (Screen screen = Screen.open(false);
          Journal journal = source.open()) {
        for (Path folder : source.strategies()) {
          StrategyBundle bundle = StrategyBundle.load(folder);
          strategies.put(bundle.model().key().digest(), bundle.open());
        }
        if (strategies.isEmpty()) {
          throw new Complaint("There is no strategy to decide with: name one by --strategy.");
        }
        Screen.Step step = screen.step("Deciding again");
        Progress progress = new Progress(step, journal.lines());
        Journal.Replayed replayed = journal.replay(strategies, progress::at);
        step.done("%,d decisions made again", replayed.decisions());
        if (replayed.unchecked() > 0) {
          screen.say(
              "  %,d decisions are of other models: name their strategies by --strategy.",
              replayed.unchecked());
        }
        if (replayed.differing().isPresent()) {
          throw new Complaint("A decision comes out otherwise: " + replayed.differing().get());
        }
        if (replayed.unlike().isPresent()) {
          throw new Complaint("No agent would have done this: " + replayed.unlike().get());
        }
        screen.say("  Every one came out the same, and every line is what its agent does there.");
      } finally {
        strategies.values().forEach(DjlStrategy::close);
      }
    }
  }

  /** A share of the whole on the terminal, now and then. */
  private record Progress(Screen.Step step, long whole) {
    void at(long done) {
      if (done % 50 == 0) {
        step.progress("%d %%".formatted(100 * done / Math.max(whole, 1)));
      }
    }
  }
}
