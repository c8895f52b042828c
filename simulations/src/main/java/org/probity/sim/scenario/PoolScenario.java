package org.probity.sim.scenario;

import java.util.List;
import org.probity.sim.market.OcrFeed;

/** A market of one pool. */
public abstract class PoolScenario implements Scenario {

  final ExactPool pool;
  private final long start;
  private final long end;
  private final String title;

  /**
   * @param start the first moment, in seconds of Unix time: the pool's history begins then
   * @param end the last moment
   * @param title what it is, in a few words
   */
  PoolScenario(ExactPool pool, long start, long end, String title) {
    this.pool = pool;
    this.start = start;
    this.end = end;
    this.title = title;
  }

  /** The pool. */
  public ExactPool pool() {
    return pool;
  }

  /** Other markets of the same two assets, which settings may name; always in the same order. */
  public List<OtherVenue> venues() {
    return List.of();
  }

  @Override
  public List<ExactPool> pools() {
    return List.of(pool);
  }

  @Override
  public List<OcrFeed> feeds() {
    return List.of();
  }

  @Override
  public long start() {
    return start;
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public String title() {
    return title;
  }
}
