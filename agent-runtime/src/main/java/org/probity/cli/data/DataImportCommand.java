package org.probity.cli.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.Places;
import org.probity.agent.checks.PoolChecks;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.cli.shared.CheckLines;
import org.probity.deploy.RpcAddress;
import org.probity.ground.Printable;
import org.probity.sim.history.ChainImport;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.SeriesManifest;
import org.probity.sim.history.Tolerance;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "import",
    description = {
      "Add history to a series: from CSV files, or a pool's or Aave reserve's events from a node.",
      "CSV: pool minutes, Aave minutes, gas prices by the minute, or candles (time, open, high, low, close, volume); the header tells.",
      "From a node an import that was interrupted goes on where it was."
    })
final class DataImportCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "NAME", description = "Name of the series.")
  private String name = "";

  @Parameters(index = "1..*", paramLabel = "FILE", description = "CSV files.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      converter = RpcAddress.class,
      description = "A node to take events from.")
  private @Nullable URI rpc;

  @Option(
      names = "--pool",
      paramLabel = "ADDRESS",
      description = "The Uniswap v3 pool that the history is of.")
  private @Nullable String pool;

  @Option(
      names = "--aave",
      paramLabel = "ADDRESS",
      description = "Aave's Pool contract, to take the events of --reserve from.")
  private @Nullable String aave;

  @Option(
      names = "--reserve",
      paramLabel = "ADDRESS",
      description = "The asset of the Aave reserve.")
  private @Nullable String reserve;

  @Option(
      names = "--from-block",
      paramLabel = "N",
      description = "First block (default: 0, or after what the series has).")
  private @Nullable Long fromBlock;

  @Option(
      names = "--to-block",
      paramLabel = "N",
      description = "Last block (default: the newest that --confirmations allow).")
  private @Nullable Long toBlock;

  @Option(
      names = "--confirmations",
      paramLabel = "N",
      description =
          "Blocks that a reorg may still replace and that are left for later (default: 32).")
  private int confirmations = 32;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Requests a second at most (default: 10).")
  private double rate = 10;

  @Option(names = "--base", paramLabel = "SYMBOL", description = "Symbol of the base asset.")
  private @Nullable String base;

  @Option(names = "--quote", paramLabel = "SYMBOL", description = "Symbol of the quote asset.")
  private @Nullable String quote;

  @Option(
      names = "--base-token",
      paramLabel = "0|1",
      description = "Which token of the pool the base asset is.")
  private @Nullable Integer baseToken;

  @Option(
      names = "--decimals",
      paramLabel = "D0,D1",
      split = ",",
      description = "Decimals of the pool's two tokens.")
  private List<Integer> decimals = new ArrayList<>();

  @Option(
      names = "--fee",
      paramLabel = "PIPS",
      description = "The pool's fee in hundredths of a basis point.")
  private @Nullable Integer fee;

  @Option(
      names = "--accept",
      paramLabel = "WHAT,…",
      split = ",",
      description = "Take as they are: gaps, duplicates. The manifest counts them.")
  private List<String> accept = new ArrayList<>();

  @Option(
      names = "--json",
      description =
          "Write the manifest's summary as one JSON object to standard output, all else to standard error.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StoreOption store = new StoreOption();

  @Override
  public Integer call() {
    if (rpc == null == files.isEmpty()) {
      throw new Complaint("Name either CSV files or a node (--rpc) to import from.");
    }
    try (Screen screen = Screen.open(json)) {
      OptionalInt refused = CheckLines.before(spec, screen, checked(), "nothing was imported");
      if (refused.isPresent()) {
        return refused.getAsInt();
      }
      Screen.Step step = screen.step("Importing " + name);
      List<String> doubts = new ArrayList<>();
      ImportListener listener = listener(step, doubts);
      SeriesManifest manifest =
          rpc == null
              ? new CsvImport(store.open(), tolerance(), listener).run(name, files, facts())
              : fromNode(rpc, listener);
      step.done(DataTable.sentence(manifest));
      DataTable.warn(screen, manifest);
      doubts.forEach(doubt -> screen.say("      " + doubt));
      var root = DataTable.object(manifest);
      doubts.forEach(root.putArray("doubts")::add);
      screen.result(root.toString());
      return 0;
    }
  }

  private static ImportListener listener(Screen.Step step, List<String> doubts) {
    return new ImportListener() {
      @Override
      public void progress(String what, long done, long total) {
        step.progress(what, total == 0 ? 0 : (double) done / Math.max(total, 1));
      }

      @Override
      public void doubt(String sentence) {
        doubts.add(sentence);
      }
    };
  }

  /** What can be known before the first row is read. */
  private CheckReport checked() {
    Examination exam = new Examination(Sentences::of);
    Places.writable(exam, CheckName.OUTPUT, store.folder());
    Places.room(exam, store.folder());
    Optional<Address> where = Optional.ofNullable(pool).map(text -> address("--pool", text));
    if (rpc != null && where.isPresent()) {
      try (ChainClient client = ChainClient.connect(rpc)) {
        PoolChecks.past(exam, client, where.get());
      }
    }
    return exam.report();
  }

  private SeriesManifest fromNode(URI node, ImportListener listener) {
    if (!(rate > 0)) {
      throw new Complaint("--rate is %s: it must be above 0.".formatted(rate));
    }
    try (ChainClient client = ChainClient.connect(node)) {
      var imports =
          new ChainImport(
              store.open(), client, new ChainImport.Pace(rate, confirmations), listener);
      var blocks = new ChainImport.Blocks(fromBlock, toBlock);
      if (aave != null) {
        return imports.aave(
            name, address("--aave", aave), address("--reserve", reserve), blocks, facts());
      }
      return imports.pool(name, address("--pool", pool), blocks, facts());
    }
  }

  private static Address address(String option, @Nullable String text) {
    if (text == null) {
      throw new Complaint("%s is missing: name a contract.".formatted(option));
    }
    try {
      return new Address(text);
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "%s is \"%s\": it must be an address (0x and 40 hex digits). %s."
              .formatted(option, Printable.line(text, 100), e.getMessage()),
          e);
    }
  }

  private Tolerance tolerance() {
    for (String word : accept) {
      if (!List.of("gaps", "duplicates").contains(word)) {
        throw new Complaint("--accept has \"%s\": it takes gaps and duplicates.".formatted(word));
      }
    }
    return new Tolerance(accept.contains("gaps"), accept.contains("duplicates"));
  }

  private TreeMap<String, String> facts() {
    var facts = new TreeMap<String, String>();
    put(facts, "pool", pool == null ? null : address("--pool", pool).hex());
    put(facts, "base", base);
    put(facts, "quote", quote);
    put(facts, "base.token", baseToken);
    put(facts, "fee", fee);
    if (!decimals.isEmpty()) {
      if (decimals.size() != 2 || decimals.stream().anyMatch(d -> d < 0 || d > 36)) {
        throw new Complaint("--decimals takes two numbers from 0 to 36, such as 6,18.");
      }
      put(facts, "token0.decimals", decimals.getFirst());
      put(facts, "token1.decimals", decimals.getLast());
    }
    if (baseToken != null && baseToken != 0 && baseToken != 1) {
      throw new Complaint("--base-token is %d: it must be 0 or 1.".formatted(baseToken));
    }
    return facts;
  }

  private static void put(TreeMap<String, String> facts, String fact, @Nullable Object value) {
    if (value != null) {
      facts.put(fact, value.toString());
    }
  }
}
