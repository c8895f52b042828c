package org.probity.sim.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Erc20;
import org.probity.chain.Head;
import org.probity.chain.LogEntry;
import org.probity.chain.RpcRefused;
import org.probity.chain.RpcUnreachable;
import org.probity.chain.uniswap.UniswapPool;

/**
 * Takes a contract's events from a node, range of blocks by range of blocks.
 *
 * <p>A range that the node refuses, takes too long for or breaks off over is halved until it is
 * taken; ranges that are taken grow again. A node that wants to be asked less often is waited for.
 * What was fetched is kept beside the store, so that an import that ended in the middle goes on
 * there, whatever ended it; the series changes only once the last range is in. Blocks that a reorg
 * may still replace are left for later, and an import that finds its last block replaced begins
 * anew.
 */
public final class ChainImport {

  private static final long FIRST_RANGE = 2_000;
  private static final long LARGEST_RANGE = 100_000;
  private static final int HEADS_OF_A_BATCH = 100;
  private static final int ATTEMPTS = 6;
  private static final long FIRST_PAUSE_MILLIS = 500;

  private final HistoryStore store;
  private final ChainClient client;
  private final Pace pace;
  private final ImportListener listener;
  private long nextRequestNanos;

  /**
   * @param requestsPerSecond at most
   * @param confirmations newest blocks that are left for later
   */
  public record Pace(double requestsPerSecond, int confirmations) {
    /** Refuses a rate that is not positive and negative confirmations. */
    public Pace {
      if (!(requestsPerSecond > 0) || confirmations < 0) {
        throw new HistoryRefused(
            "An import needs more than 0 requests a second, and 0 confirmations or more.");
      }
    }
  }

  /**
   * Which blocks.
   *
   * @param from null for the first that the series does not have
   * @param to null for the newest that the pace's confirmations allow
   */
  public record Blocks(@Nullable Long from, @Nullable Long to) {}

  public ChainImport(HistoryStore store, ChainClient client, Pace pace, ImportListener listener) {
    this.store = store;
    this.client = client;
    this.pace = pace;
    this.listener = listener;
  }

  /**
   * The events of a Uniswap v3 pool.
   *
   * @param about what the caller believes of it; contradictions are refused
   * @throws HistoryRefused if it is no such pool, another one than the series', or of other tokens
   */
  public SeriesManifest pool(
      String name, Address pool, Blocks blocks, SortedMap<String, String> about) {
    SortedMap<String, String> facts = poolFacts(pool);
    if (about.containsKey("base")) {
      // The caller's symbols go before the tokens' own, and tell which of the two is the base.
      facts.put("base.token", baseToken(facts, about));
    }
    about.forEach((fact, value) -> {
      String found = facts.get(fact);
      boolean free = fact.equals("base") || fact.equals("quote") || fact.equals("base.token");
      if (!free && found != null && !found.equalsIgnoreCase(value)) {
        throw new HistoryRefused(
            "The pool %s has %s %s, and not %s: correct the import, or name another pool."
                .formatted(pool, fact, found, value));
      }
      facts.put(fact, value);
    });
    return run(name, SeriesKind.POOL_EVENTS, pool, EventDecoder.pool(), blocks, facts);
  }

  /** The events of Aave v3's Pool contract about one reserve. */
  public SeriesManifest aave(
      String name,
      Address contract,
      Address reserve,
      Blocks blocks,
      SortedMap<String, String> about) {
    var facts = new TreeMap<>(about);
    facts.put("aave", contract.hex().toLowerCase(Locale.ROOT));
    facts.put("reserve", reserve.hex().toLowerCase(Locale.ROOT));
    facts.put("chain", Long.toString(client.chainId()));
    return run(name, SeriesKind.AAVE_EVENTS, contract, EventDecoder.aave(reserve), blocks, facts);
  }

  private SortedMap<String, String> poolFacts(Address address) {
    try {
      UniswapPool pool = UniswapPool.at(client, address);
      var facts = new TreeMap<String, String>();
      facts.put("chain", Long.toString(client.chainId()));
      facts.put("pool", address.hex().toLowerCase(Locale.ROOT));
      facts.put("fee", Integer.toString(pool.fee()));
      facts.put("tick.spacing", Integer.toString(pool.tickSpacing()));
      token(facts, "token0", pool.token0());
      token(facts, "token1", pool.token1());
      facts.put("base", facts.get("token0.symbol"));
      facts.put("quote", facts.get("token1.symbol"));
      facts.put("base.token", "0");
      return facts;
    } catch (IllegalArgumentException | CallReverted e) {
      throw new HistoryRefused(
          "There is no Uniswap v3 pool at %s on chain %d: check the address and the chain."
              .formatted(address, client.chainId()),
          e);
    }
  }

  private void token(Map<String, String> facts, String name, Address token) {
    var erc20 = new Erc20(token);
    facts.put(name, token.hex().toLowerCase(Locale.ROOT));
    facts.put(name + ".decimals", Integer.toString(erc20.decimals(client)));
    facts.put(name + ".symbol", erc20.symbol(client));
  }

  private static String baseToken(Map<String, String> facts, Map<String, String> about) {
    if (about.containsKey("base.token")) {
      return String.valueOf(about.get("base.token"));
    }
    String base = String.valueOf(about.get("base"));
    if (base.equalsIgnoreCase(facts.get("token1.symbol"))) {
      facts.put("quote", String.valueOf(facts.get("token0.symbol")));
      return "1";
    }
    return "0";
  }

  // ---- ranges ----

  private static HistoryRefused notGiven(long block, long widest, ChainException cause) {
    String said = cause instanceof RpcRefused refused ? refused.said() : cause.getMessage();
    return new HistoryRefused(
        "The node does not give the events of block %d (%s), neither in ranges of %d blocks and fewer nor alone: use a node that keeps old events. The same command goes on here."
            .formatted(block, said, widest),
        cause);
  }

  private SeriesManifest run(
      String name,
      SeriesKind kind,
      Address contract,
      EventDecoder decoder,
      Blocks blocks,
      SortedMap<String, String> facts) {
    store.requireOurs(name);
    long newest = ask(() -> client.head().number());
    Staging staging =
        Staging.open(store.folder(), name, facts, plan(name, blocks, newest), this::hashOf);
    long range = FIRST_RANGE;
    long ceiling = LARGEST_RANGE;
    long widest = 0;
    int failures = 0;
    while (staging.next() <= staging.to()) {
      long first = staging.next();
      long last = Math.min(staging.to(), first + range - 1);
      widest = Math.max(widest, last - first + 1);
      listener.progress(
          "block %,d".formatted(first), first - staging.from(), staging.to() - staging.from() + 1);
      try {
        List<Row> rows = rows(contract, decoder, first, last);
        staging.add(rows, last, hashOf(last));
        range = Math.min(2 * range, ceiling);
        ceiling = Math.min(LARGEST_RANGE, ceiling + Math.max(1, ceiling / 16));
        failures = 0;
      } catch (RpcRefused | RpcUnreachable e) {
        if (first == last && ++failures == ATTEMPTS) {
          throw notGiven(first, widest, e);
        }
        if (first == last) {
          sleep(FIRST_PAUSE_MILLIS << failures - 1);
        }
        range = Math.max(1, (last - first + 1) / 2);
        ceiling = range;
      }
    }
    listener.progress("writing", 1, 1);
    long earliest =
        store
            .find(name)
            .map(m -> Long.parseLong(m.about().getOrDefault("blocks.from", "" + staging.from())))
            .orElse(staging.from());
    facts.put("blocks.from", Long.toString(Math.min(earliest, staging.from())));
    facts.put("blocks.to", Long.toString(staging.to()));
    List<HistoryStore.Batch> fetched = staging.isEmpty() ? List.of() : List.of(staging.batch(kind));
    SeriesManifest manifest = store.put(name, kind, facts, 0, fetched, new Tolerance(false, true));
    if (kind == SeriesKind.POOL_EVENTS && !hasSwap(fetched)) {
      listener.doubt(
          "No swap is among the events of %s: a pool that nobody trades in, or the wrong one"
              .formatted(contract));
    }
    staging.remove();
    return manifest;
  }

  private static boolean hasSwap(List<HistoryStore.Batch> fetched) {
    return fetched.stream()
        .flatMap(batch -> batch.rows().stream())
        .anyMatch(row -> row.text(3).equals(PoolEvent.Kind.SWAP.word()));
  }

  private Staging.Plan plan(String name, Blocks blocks, long newest) {
    long known =
        store
            .find(name)
            .map(m -> Long.parseLong(m.about().getOrDefault("blocks.to", "-1")))
            .orElse(-1L);
    long from = blocks.from() == null ? known + 1 : blocks.from();
    if (known >= 0 && from > known + 1) {
      throw new HistoryRefused(
          "The series %s has events up to block %d, and those of %d to %d would be missing: leave out --from-block, or use another --name."
              .formatted(name, known, known + 1, from - 1));
    }
    Long to = blocks.to();
    if (to != null && to > newest) {
      throw new HistoryRefused(
          "The chain has no block %d yet, its newest is %d: name an earlier --to-block."
              .formatted(to, newest));
    }
    long last = to == null ? newest - pace.confirmations() : to;
    if (from < 0 || last < from) {
      throw new HistoryRefused(
          "There is nothing to import between block %d and block %d: the chain's newest is %d, and %d are left for later."
              .formatted(from, last, newest, pace.confirmations()));
    }
    return new Staging.Plan(from, last, to != null);
  }

  private List<Row> rows(Address contract, EventDecoder decoder, long first, long last) {
    List<LogEntry> entries = logs(contract, first, last);
    Map<Long, Long> times = times(entries);
    List<Row> rows = new ArrayList<>();
    for (LogEntry entry : entries) {
      Long time = times.get(entry.blockNumber());
      if (time == null) {
        throw new HistoryRefused(
            "The node has events of block %d and not the block: the chain is being reorganised; run the same command again."
                .formatted(entry.blockNumber()));
      }
      decoder.row(entry, time).ifPresent(rows::add);
    }
    return rows;
  }

  /**
   * The log entries of a range. What the node has had in hand and failed over is not asked again: a
   * shorter range may help.
   */
  private List<LogEntry> logs(Address contract, long first, long last) {
    return ask(
        () -> client.logs(contract, List.of(), BlockTag.at(first), BlockTag.at(last)),
        RpcUnreachable::lessMayHelp);
  }

  private Map<Long, Long> times(List<LogEntry> entries) {
    var numbers = new TreeSet<Long>();
    entries.forEach(entry -> numbers.add(entry.blockNumber()));
    var times = new TreeMap<Long, Long>();
    List<Long> all = List.copyOf(numbers);
    for (int from = 0; from < all.size(); from += HEADS_OF_A_BATCH) {
      List<Long> batch = all.subList(from, Math.min(all.size(), from + HEADS_OF_A_BATCH));
      for (Head head : ask(() -> client.heads(batch))) {
        times.put(head.number(), head.timestamp());
      }
    }
    return times;
  }

  private String hashOf(long block) {
    return ask(() -> client.head(BlockTag.at(block))).map(h -> h.hash().hex()).orElse("");
  }

  // ---- requests ----

  /** Asks in turn, and again after a pause where the node does not answer. */
  private <T> T ask(Supplier<T> question) {
    return ask(question, _ -> false);
  }

  /**
   * @param handed which failures are the caller's to handle
   */
  private <T> T ask(Supplier<T> question, Predicate<RpcUnreachable> handed) {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      takeTurn();
      try {
        return question.get();
      } catch (RpcUnreachable e) {
        if (handed.test(e)) {
          throw e;
        }
        if (attempt == ATTEMPTS) {
          throw new HistoryRefused(
              "%s. What was fetched is kept: the same command goes on there."
                  .formatted(e.getMessage()),
              e);
        }
        sleep(pause);
        pause *= 2;
      } catch (RpcRefused e) {
        throw e;
      } catch (ChainException e) {
        throw new HistoryRefused(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private void takeTurn() {
    long now = System.nanoTime();
    if (nextRequestNanos > now) {
      sleep((nextRequestNanos - now) / 1_000_000);
    }
    nextRequestNanos = Math.max(now, nextRequestNanos) + (long) (1e9 / pace.requestsPerSecond());
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HistoryRefused(
          "Interrupted. What was fetched is kept: the same command goes on there.", e);
    }
  }
}
