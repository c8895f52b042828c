package org.probity.agent.settings;

import java.nio.file.Path;
import java.time.Duration;
import org.probity.intent.Pace;
import org.probity.settings.BadSetting;
import org.probity.settings.Settings;

/**
 * What becomes of proven holds that are not executed.
 *
 * @param batch how many make one transaction
 * @param longestWait how long the oldest may wait for others
 * @param folder where they are kept, a file for each vault
 * @param maxSilence after how many moments without an execution a hold is executed; 0 for never
 */
public record HoldSettings(
    Conduct conduct, int batch, Duration longestWait, Path folder, int maxSilence) {

  /** What is done with them. */
  public enum Conduct {
    /** Their proofs stay in the journal. */
    SKIP,
    /** Many at once are told to the vault by their digests. */
    CLAIM
  }

  private static final int MOST = 1_000;
  private static final int MOST_SILENCE = 1_000_000;

  static HoldSettings read(Settings reader, Pace pace) {
    HoldSettings holds =
        new HoldSettings(
            reader.oneOf("probity.holds.conduct", Conduct.class),
            reader.integer("probity.holds.batch", 1, MOST),
            reader.duration(
                "probity.holds.longest-wait", Duration.ofSeconds(1), Duration.ofDays(30)),
            reader.path("probity.holds.folder"),
            reader.integer("probity.holds.max-silence", 0, MOST_SILENCE));
    if (holds.maxSilence > 0 && pace.sendsHolds()) {
      throw BadSetting.value(
          "probity.holds.max-silence",
          holds.maxSilence,
          "0 where probity.pace.send-holds is true, for every hold is executed then");
    }
    if (holds.conduct == Conduct.CLAIM) {
      require("probity.pace.prove-all", pace.provesAll(), true, "what is claimed is proven");
      require(
          "probity.pace.send-holds", pace.sendsHolds(), false, "what is executed is not claimed");
      require("probity.pace.by-anyone", pace.byAnyone(), false, "the agent alone may claim");
    }
    return holds;
  }

  private static void require(String key, boolean found, boolean admitted, String why) {
    if (found != admitted) {
      throw BadSetting.value(
          key, found, "%s where probity.holds.conduct is claim, for %s".formatted(admitted, why));
    }
  }
}
