package org.probity.cli.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Locale;
import org.probity.sim.history.SeriesManifest;
import org.probity.sim.history.SeriesManifest.Quality;
import org.probity.terminal.Screen;

/** Series in words. */
final class DataTable {

  private DataTable() {}

  static String sentence(SeriesManifest manifest) {
    Quality quality = manifest.quality();
    return String.format(
        Locale.ROOT,
        "%s: %,d rows of %s, %s to %s, hash %s…",
        manifest.name(),
        quality.rows(),
        manifest.kind().word(),
        Instant.ofEpochSecond(quality.first()),
        Instant.ofEpochSecond(quality.last()),
        manifest.hash().substring(0, 12));
  }

  /** What a reader of the series should know. */
  static void warn(Screen screen, SeriesManifest manifest) {
    Quality quality = manifest.quality();
    if (!quality.gaps().isEmpty()) {
      screen.say(
          "      %d rows are missing in %d gaps, the first after %s",
          quality.missing(),
          quality.gaps().size(),
          Instant.ofEpochSecond(quality.gaps().getFirst().from()));
    }
    if (quality.duplicates() > 0) {
      screen.say("      %d rows came twice; one of each was kept", quality.duplicates());
    }
    if (!quality.outliers().isEmpty()) {
      screen.say(
          "      %d moves are large beside their neighbours, the first at %s",
          quality.outliers().size(), Instant.ofEpochSecond(quality.outliers().getFirst()));
    }
  }

  static ObjectNode object(SeriesManifest manifest) {
    Quality quality = manifest.quality();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("name", manifest.name());
    root.put("kind", manifest.kind().word());
    root.put("rows", quality.rows());
    root.put("first", Instant.ofEpochSecond(quality.first()).toString());
    root.put("last", Instant.ofEpochSecond(quality.last()).toString());
    root.put("gaps", quality.gaps().size());
    root.put("missing", quality.missing());
    root.put("duplicates", quality.duplicates());
    root.put("outliers", quality.outliers().size());
    root.put("hash", manifest.hash());
    return root;
  }
}
