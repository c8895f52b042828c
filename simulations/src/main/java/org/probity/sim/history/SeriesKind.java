package org.probity.sim.history;

import java.util.List;
import java.util.Locale;
import org.probity.ground.Printable;

/**
 * Kinds of series, each with its columns. Rows are ordered by the first column, seconds of Unix
 * time, and where it has them by block and log index.
 */
public enum SeriesKind {

  /** What a Uniswap v3 pool did in each minute. */
  POOL_MINUTES(
      true,
      List.of(
          Column.whole("timestamp"),
          Column.integer("net_amount0"),
          Column.integer("net_amount1"),
          Column.whole("close_tick"),
          Column.whole("open_tick"),
          Column.whole("lowest_tick"),
          Column.whole("highest_tick"),
          Column.integer("in_amount0"),
          Column.integer("in_amount1"),
          Column.integer("liquidity"))),

  /** The events of a Uniswap v3 pool, in the order of the chain. */
  POOL_EVENTS(
      false,
      List.of(
          Column.whole("timestamp"),
          Column.whole("block"),
          Column.whole("log_index"),
          Column.text("event"),
          Column.text("actor"),
          Column.whole("tick_lower"),
          Column.whole("tick_upper"),
          Column.integer("amount"),
          Column.integer("amount0"),
          Column.integer("amount1"),
          Column.integer("sqrt_price_x96"),
          Column.integer("liquidity"),
          Column.whole("tick"))),

  /** The events of Aave v3 for one reserve, in the order of the chain. */
  AAVE_EVENTS(
      false,
      List.of(
          Column.whole("timestamp"),
          Column.whole("block"),
          Column.whole("log_index"),
          Column.text("event"),
          Column.text("reserve"),
          Column.text("actor"),
          Column.integer("amount"),
          Column.integer("liquidity_rate"),
          Column.integer("variable_borrow_rate"),
          Column.integer("liquidity_index"),
          Column.integer("variable_borrow_index"))),

  /** Rates and indices of an Aave v3 reserve at each minute, in rays (units of 10^-27). */
  AAVE_MINUTES(
      true,
      List.of(
          Column.whole("timestamp"),
          Column.integer("liquidity_rate"),
          Column.integer("stable_borrow_rate"),
          Column.integer("variable_borrow_rate"),
          Column.integer("liquidity_index"),
          Column.integer("variable_borrow_index"))),

  /** The price of a unit of gas at each minute, in wei. */
  GAS_MINUTES(true, List.of(Column.whole("timestamp"), Column.integer("gas_price"))),

  /** Prices and volume on some other market at a steady cadence. */
  CANDLES(
      true,
      List.of(
          Column.whole("timestamp"),
          Column.real("open"),
          Column.real("high"),
          Column.real("low"),
          Column.real("close"),
          Column.real("volume")));

  private final boolean regular;
  private final List<Column> columns;

  SeriesKind(boolean regular, List<Column> columns) {
    this.regular = regular;
    this.columns = columns;
  }

  /**
   * A column.
   *
   * @param name in the Parquet file
   */
  record Column(String name, Type type) {
    static Column whole(String name) {
      return new Column(name, Type.WHOLE);
    }

    static Column integer(String name) {
      return new Column(name, Type.INTEGER);
    }

    static Column real(String name) {
      return new Column(name, Type.REAL);
    }

    static Column text(String name) {
      return new Column(name, Type.TEXT);
    }
  }

  /** What a column holds. */
  enum Type {
    /** 64 bits. */
    WHOLE("BIGINT"),
    /** An integer of up to 256 bits, as decimal digits: Parquet has none that wide. */
    INTEGER("VARCHAR"),
    /** A double. */
    REAL("DOUBLE"),
    /** Words. */
    TEXT("VARCHAR");

    private final String sql;

    Type(String sql) {
      this.sql = sql;
    }

    String sql() {
      return sql;
    }
  }

  /** Whether a row is due at every step of a steady cadence. */
  public boolean regular() {
    return regular;
  }

  List<Column> columns() {
    return columns;
  }

  /** The number of leading columns that no two rows share. */
  int keys() {
    return regular ? 1 : 3;
  }

  /** In small letters with hyphens. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static SeriesKind of(String word) {
    for (SeriesKind kind : values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new HistoryRefused(
        "\"%s\" is no kind of series: this store was written by another version."
            .formatted(Printable.line(word, 40)));
  }
}
