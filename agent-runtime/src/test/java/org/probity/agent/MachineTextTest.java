package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Texts for machines - keys, JSON, HOCON, HTML, addresses, file names - are the same on every
 * machine. The command line sets {@link Locale#ROOT} before anything else; this rule holds where
 * the code is used without it.
 *
 * <p>Nothing may change letters' case, or format by a pattern, without naming a locale. And where
 * such texts are made, no method formats digits by the default one: write {@code %s} for whole
 * numbers, or {@code String.format(Locale.ROOT, …)}.
 */
final class MachineTextTest {

  /** Packages and classes that make such texts; of their sentences nothing more is asked. */
  private static final List<String> MAKERS =
      List.of(
          "org.probity.ground.",
          "org.probity.intent.",
          "org.probity.sim.report.",
          "org.probity.sim.backtest.ResultFiles",
          "org.probity.sim.backtest.BacktestSettings",
          "org.probity.sim.backtest.DecisionLog",
          "org.probity.sim.backtest.Population",
          "org.probity.sim.backtest.Undecided",
          "org.probity.sim.backtest.World",
          "org.probity.sim.history.SeriesManifest",
          "org.probity.sim.study.CandleLines",
          "org.probity.sim.study.CostStress",
          "org.probity.sim.study.LookAhead",
          "org.probity.sim.study.Onlooker",
          "org.probity.sim.study.RunSummary",
          "org.probity.strategy.StrategyJson",
          "org.probity.strategy.WeightsFile",
          "org.probity.strategy.example.ExampleStrategies",
          "org.probity.chain.TransactionJournal",
          "org.probity.chain.JdbcTransactionJournal",
          "org.probity.chain.keys.KeyStore",
          "org.probity.zk.gpu.Kernels",
          "org.probity.agent.record.RecordJson",
          "org.probity.agent.record.RecordCodec",
          "org.probity.agent.journal.JournalRows",
          "org.probity.agent.journal.JournalTable",
          "org.probity.agent.journal.SnapshotTable",
          "org.probity.agent.gateway.",
          "org.probity.agent.watch.",
          "org.probity.deploy.DeployOptions",
          "org.probity.drill.ClusterWorld",
          "org.probity.drill.DrillWorld",
          "org.probity.drill.NodeFiles",
          "org.probity.cli.study.WorkerProcesses",
          "org.probity.cli.study.SweepCommand");

  /** Conversions whose digits, signs or points the locale chooses. */
  private static final Pattern LOCAL =
      Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(]*\\d*(?:\\.\\d+)?[deEfgGtT]");

  @Test
  void machineTextsAreTheSameInEveryLocale() {
    List<String> broken = new ArrayList<>();
    for (JavaClass type : ArchitectureTest.PROBITY) {
      ClassModel model = model(type);
      boolean maker = MAKERS.stream().anyMatch(type.getName()::startsWith);
      model.methods().forEach(method -> check(type.getName(), method, maker, broken));
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void ruleCatchesWhatItForbids() {
    List<String> broken = new ArrayList<>();
    JavaClass type = new ClassFileImporter().importClass(Breaks.class);
    model(type).methods().forEach(method -> check(type.getName(), method, true, broken));
    assertThat(broken).hasSize(4);
  }

  private static void check(String type, MethodModel method, boolean maker, List<String> broken) {
    List<CodeElement> code = method.code().map(c -> c.elementStream().toList()).orElse(List.of());
    String where = type + "." + method.methodName().stringValue();
    List<String> calls =
        code.stream()
            .filter(InvokeInstruction.class::isInstance)
            .map(InvokeInstruction.class::cast)
            .map(MachineTextTest::call)
            .toList();
    if (calls.stream().anyMatch(MachineTextTest::choosesLocaleSilently)) {
      broken.add(where + " changes case or formats by a pattern without a locale");
    }
    boolean formats = calls.stream().anyMatch(MachineTextTest::formatsByDefault);
    if (maker
        && formats
        && strings(code).anyMatch(text -> LOCAL.matcher(text.replace("%%", "")).find())) {
      broken.add(where + " formats digits by the default locale: write %s, or name Locale.ROOT");
    }
  }

  private static String call(InvokeInstruction call) {
    return call.owner().asInternalName()
        + "."
        + call.name().stringValue()
        + call.type().stringValue();
  }

  private static boolean choosesLocaleSilently(String call) {
    return call.startsWith("java/lang/String.toLowerCase()")
        || call.startsWith("java/lang/String.toUpperCase()")
        || call.startsWith("java/time/format/DateTimeFormatter.ofPattern(Ljava/lang/String;)")
        || call.startsWith("java/time/format/DateTimeFormatter.ofLocalized")
        || call.startsWith("java/text/DecimalFormat.<init>")
        || call.startsWith("java/text/NumberFormat.get")
        || call.startsWith("java/text/SimpleDateFormat.<init>");
  }

  private static boolean formatsByDefault(String call) {
    return call.startsWith("java/lang/String.formatted(")
        || call.startsWith("java/lang/String.format(Ljava/lang/String;")
        || call.startsWith("java/util/Formatter.<init>()")
        || call.contains(".printf(Ljava/lang/String;")
        || call.startsWith("java/io/PrintStream.format(Ljava/lang/String;")
        || call.startsWith("java/io/PrintWriter.format(Ljava/lang/String;");
  }

  private static Stream<String> strings(List<CodeElement> code) {
    return code.stream()
        .filter(LoadConstantInstruction.class::isInstance)
        .map(e -> ((LoadConstantInstruction) e).constantValue())
        .filter(String.class::isInstance)
        .map(String.class::cast);
  }

  private static ClassModel model(JavaClass type) {
    try (InputStream in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      return ClassFile.of().parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Breaks the rule four times, and keeps it twice. */
  @SuppressWarnings({"unused", "StringCaseLocaleUsage", "DefaultLocale"})
  private static final class Breaks {
    static String key(long moment) {
      return "as-of:%d".formatted(moment);
    }

    static String share(double part) {
      return String.format("%.3f%%", part);
    }

    static String lower(String word) {
      return word.toLowerCase();
    }

    static String day() {
      return java.time.format.DateTimeFormatter.ofPattern("MMM").toString();
    }

    static String fine(long moment) {
      return "as-of:%s, 100 %%, %08x".formatted(moment, moment);
    }

    static String fineToo(long moment) {
      return String.format(Locale.ROOT, "%d", moment);
    }
  }
}
