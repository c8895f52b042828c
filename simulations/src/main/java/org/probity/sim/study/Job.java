package org.probity.sim.study;

import java.util.function.Supplier;

/**
 * One run of a study.
 *
 * @param key what names its file: a hash of all that its result depends on
 * @param label a few words for people
 * @param run a pure function: whoever calls it, and how often, gets the same
 */
public record Job(String key, String label, Supplier<RunSummary> run) {

  public Job {
    if (!key.matches("[0-9a-zA-Z-]{8,128}")) {
      throw new IllegalArgumentException(
          "A job's key is 8 to 128 letters, digits and hyphens, not \"%s\"".formatted(key));
    }
  }
}
