package org.probity.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentSettings;
import org.probity.agent.Journal;
import org.probity.agent.JournalSettings;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.PublicStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Bytes32;
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
    mixinStandardHelpOptions = true,
    subcommands = {
      JournalCommand.Verify.class,
      JournalCommand.Export.class,
      JournalCommand.Replay.class
    })
final class JournalCommand extends Group {

  /** Which journal, and what is needed to check it. */
  static final class Source {
    @Parameters(
        paramLabel = "CONFIG|FOLDER",
        description =
            "The configuration of the node that writes the journal, or the folder of an embedded one.")
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

    private Optional<AgentSettings> settings() {
      return Files.isDirectory(where) ? Optional.empty() : Optional.of(AgentSettings.load(where));
    }

    Journal open() {
      JournalSettings journal =
          settings()
              .map(settings -> settings.node().journal())
              .orElseGet(() -> new JournalSettings.Embedded(where));
      if (journal instanceof JournalSettings.Embedded(Path folder)
          && !Files.exists(folder.resolve("journal.mv.db"))) {
        throw new Complaint(
            "There is no journal in %s: name the folder or the configuration of the node that writes it."
                .formatted(folder));
      }
      return Journal.open(journal);
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
          "Find a line that was changed, dropped or moved, and verify every proof. Exit status 1 and the first bad line if there is one.",
      mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {
    @Mixin private Source source = new Source();

    @Override
    public Integer call() {
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
            "%,d lines of %,d agents, %,d proofs verified"
                .formatted(checked.lines(), checked.last().size(), checked.proofs()));
        if (checked.unchecked() > 0) {
          screen.say(
              "  %,d proofs were not verified: name their strategies by --strategy, and the reference string by --srs."
                  .formatted(checked.unchecked()));
        }
        if (checked.fault().isPresent()) {
          throw new Complaint("The journal does not hold: " + checked.fault().get());
        }
        checked.last().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .limit(10)
            .forEach(entry ->
                screen.say("  %s ends with %s".formatted(entry.getKey(), entry.getValue())));
        screen.say(
            "  The journal holds: nothing was changed, dropped or moved. %,d executions stand."
                .formatted(checked.executions()));
        return 0;
      }
    }
  }

  @Command(
      name = "export",
      description = "Write every line as a line of JSON.",
      mixinStandardHelpOptions = true)
  static final class Export implements Callable<Integer> {
    @Mixin private Source source = new Source();

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "A new file; standard output without it.")
    private @Nullable Path out;

    @Override
    public Integer call() {
      try (Journal journal = source.open();
          PrintWriter writer = writer()) {
        journal.export(writer::println);
        return 0;
      }
    }

    private PrintWriter writer() {
      if (out == null) {
        return new PrintWriter(System.out, true, StandardCharsets.UTF_8) {
          @Override
          public void close() {
            flush();
          }
        };
      }
      try {
        return new PrintWriter(Files.newBufferedWriter(out, StandardOpenOption.CREATE_NEW), false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Command(
      name = "replay",
      description =
          "Decide every decision again from the recorded features. Exit status 1 if one comes out otherwise.",
      mixinStandardHelpOptions = true)
  static final class Replay implements Callable<Integer> {
    @Mixin private Source source = new Source();

    @Override
    public Integer call() {
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
        step.done("%,d decisions made again".formatted(replayed.decisions()));
        if (replayed.unchecked() > 0) {
          screen.say(
              "  %,d decisions are of other models: name their strategies by --strategy."
                  .formatted(replayed.unchecked()));
        }
        if (replayed.differing().isPresent()) {
          throw new Complaint("A decision comes out otherwise: " + replayed.differing().get());
        }
        screen.say("  Every one came out the same.");
        return 0;
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
