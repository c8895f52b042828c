package org.probity.sim.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which column of a CSV file holds what.
 *
 * @param kind of the rows
 * @param names of the columns, in small letters
 * @param time the column of the time
 * @param clock the column of the time of day, where {@code time} has the day alone; else -1
 * @param columns those of the kind's other values, in its order; -1 for a volume that is not there
 * @param ofBroker whether the times are those of a broker's server, as MetaTrader writes them
 */
record CsvLayout(
    SeriesKind kind,
    List<String> names,
    int time,
    int clock,
    List<Integer> columns,
    boolean ofBroker) {

  private static final List<String> POOL =
      List.of(
          "timestamp",
          "netamount0",
          "netamount1",
          "closetick",
          "opentick",
          "lowesttick",
          "highesttick",
          "inamount0",
          "inamount1",
          "currentliquidity");
  private static final List<String> AAVE =
      List.of(
          "block_timestamp",
          "liquidity_rate",
          "stable_borrow_rate",
          "variable_borrow_rate",
          "liquidity_index",
          "variable_borrow_index");
  private static final List<String> GAS = List.of("block_timestamp", "gas_price");

  /** A number first, for it needs no zone, then beginnings; the name of pandas' own column last. */
  private static final List<String> TIMES =
      List.of(
          "unix",
          "unix timestamp",
          "unix_timestamp",
          "open_time",
          "open time",
          "opentime",
          // CoinMarketCap's, whose "timestamp" is the end of the day.
          "timeopen",
          "time_open",
          "timestamp",
          "datetime",
          "date",
          "time",
          "gmt time",
          "date_time",
          "index",
          "unnamed: 0",
          "");

  private static final List<String> PRICES = List.of("open", "high", "low", "close");
  private static final String OF_QUOTE =
      "volume.*(usd|usdt|usdc|busd|tusd|fdusd|dai|eur|gbp|jpy|krw|try|currency|quote|to)\\W*";

  private static final List<String> VOLUMES = List.of("volume", "vol", "vol.", "tickvol");

  /** What Binance writes about spot markets, without a line of names. */
  private static final List<String> BINANCE =
      List.of(
          "open_time",
          "open",
          "high",
          "low",
          "close",
          "volume",
          "close_time",
          "quote_volume",
          "count",
          "taker_buy_volume",
          "taker_buy_quote_volume",
          "ignore");

  /** What Kraken writes, without a line of names. */
  private static final List<String> KRAKEN =
      List.of("time", "open", "high", "low", "close", "volume", "trades");

  CsvLayout {
    names = List.copyOf(names);
    columns = List.copyOf(columns);
  }

  /** Of a line of names; empty if they are none that can be imported. */
  static Optional<CsvLayout> of(List<String> header) {
    boolean angled = header.stream().allMatch(h -> h.strip().matches("<.+>"));
    List<String> names =
        header.stream()
            .map(h -> angled ? h.strip().substring(1, h.strip().length() - 1) : h.strip())
            .map(h -> h.toLowerCase(Locale.ROOT))
            .toList();
    if (names.equals(POOL)) {
      return Optional.of(plain(SeriesKind.POOL_MINUTES, names));
    }
    if (names.equals(AAVE)) {
      return Optional.of(plain(SeriesKind.AAVE_MINUTES, names));
    }
    if (names.equals(GAS)) {
      return Optional.of(plain(SeriesKind.GAS_MINUTES, names));
    }
    return candles(names, angled);
  }

  /** Of a first line of values: Binance's, Kraken's, or none. */
  static Optional<CsvLayout> ofValues(List<String> values) {
    if (values.size() == BINANCE.size() && isTime(values.get(0)) && isTime(values.get(6))) {
      return candles(BINANCE, false);
    }
    return values.size() == KRAKEN.size()
            && isTime(values.get(0))
            && values.get(6).strip().matches("[0-9]+")
        ? candles(KRAKEN, false)
        : Optional.empty();
  }

  /** Whose file without a line of names it is taken for. */
  String vendor() {
    return names.equals(KRAKEN) ? "Kraken's OHLCVT" : "Binance's klines";
  }

  private static boolean isTime(String text) {
    try {
      return CsvTime.parse(text).zoned();
    } catch (CsvTime.NoTime e) {
      return false;
    }
  }

  private static CsvLayout plain(SeriesKind kind, List<String> names) {
    List<Integer> columns = new ArrayList<>();
    for (int c = 1; c < names.size(); c++) {
      columns.add(c);
    }
    return new CsvLayout(kind, names, 0, -1, columns, false);
  }

  private static Optional<CsvLayout> candles(List<String> names, boolean angled) {
    Optional<String> time = TIMES.stream().filter(names::contains).findFirst();
    // yfinance calls its first column after what the others are: "Price".
    boolean yahoo = names.getFirst().equals("price") && names.containsAll(PRICES);
    if ((time.isEmpty() && !yahoo) || !names.containsAll(PRICES) || twice(names).isPresent()) {
      return Optional.empty();
    }
    List<Integer> columns = new ArrayList<>();
    PRICES.forEach(price -> columns.add(names.indexOf(price)));
    columns.add(volume(names));
    boolean split = time.equals(Optional.of("date")) && names.contains("time");
    return Optional.of(
        new CsvLayout(
            SeriesKind.CANDLES,
            names,
            yahoo ? 0 : names.indexOf(time.orElse("")),
            split ? names.indexOf("time") : -1,
            columns,
            angled));
  }

  private static int volume(List<String> names) {
    for (String name : VOLUMES) {
      if (names.contains(name)) {
        return names.indexOf(name);
      }
    }
    // CryptoDataDownload's "Volume ETH" and "Volume USDT": the base asset's, in whatever order.
    List<String> volumes = names.stream().filter(name -> name.startsWith("volume")).toList();
    return volumes.stream()
        .filter(name -> !name.matches(OF_QUOTE))
        .findFirst()
        .or(() -> volumes.stream().findFirst())
        .map(names::indexOf)
        .orElse(-1);
  }

  /** A name that is needed and there twice: nobody knows which one is meant. */
  private static Optional<String> twice(List<String> names) {
    return Stream.concat(PRICES.stream(), TIMES.stream().filter(name -> !name.isEmpty()))
        .filter(name -> Collections.frequency(names, name) > 1)
        .findFirst();
  }

  /** Prices that are there without being candles, as a reason. */
  static Optional<String> whyNoCandles(List<String> header) {
    List<String> names = header.stream().map(h -> h.strip().toLowerCase(Locale.ROOT)).toList();
    Optional<String> twice = twice(names);
    if (twice.isPresent()) {
      return Optional.of(
          "two columns are called \"%s\": leave out the one that is not meant"
              .formatted(twice.get()));
    }
    if (names.contains("price") && !names.contains("open")) {
      return Optional.of(
          "it has one price at each time, and candles need open, high, low and close: ask its source for OHLC");
    }
    if (names.contains("open") && !names.contains("close") && names.contains("price")) {
      return Optional.of("it calls the closing price \"Price\": rename that column to close");
    }
    return Optional.empty();
  }
}
