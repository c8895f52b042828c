package org.probity.sim.study;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * One run of a study.
 *
 * @param key what names its file: a hash of all that its result depends on
 * @param label a few words for people
 * @param run a pure function: whoever calls it, and how often, gets the same
 * @param portable what another node needs to make it; empty if only this process can
 */
public record Job(String key, String label, Supplier<RunSummary> run, Optional<Portable> portable) {

  /** What another node is told, and what it must show before. */
  public record Portable(Recipe recipe, Evidence evidence) {}

  public Job {
    if (!key.matches("[0-9a-zA-Z-]{8,128}")) {
      throw new IllegalArgumentException(
          "A job's key is 8 to 128 letters, digits and hyphens, not \"%s\"".formatted(key));
    }
  }

  /** A run that only this process can make. */
  public Job(String key, String label, Supplier<RunSummary> run) {
    this(key, label, run, Optional.empty());
  }
}
