package org.probity.agent.settings;

import java.time.Duration;
import java.util.Optional;
import org.probity.settings.Settings;

/**
 * What a node does for vaults that lend.
 *
 * @param pokeAfter how old the market's indices, as a vault remembers them, may become before it is
 *     asked to remember them anew; empty for any age
 */
public record LoanSettings(Optional<Duration> pokeAfter) {

  /** A vault remembers nothing sooner. */
  private static final Duration LEAST = Duration.ofHours(1);

  private static final Duration MOST = Duration.ofDays(30);

  static LoanSettings read(Settings reader) {
    return new LoanSettings(
        reader.optional("probity.loans.poke-after", key -> reader.duration(key, LEAST, MOST)));
  }
}
