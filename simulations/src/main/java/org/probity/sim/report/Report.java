package org.probity.sim.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.backtest.BacktestResult;

/**
 * The report of a backtest: one self-contained HTML page. The same result gives the same page, byte
 * for byte.
 */
public final class Report {

  private static final int HEAD = 1 << 12;

  private Report() {}

  /**
   * What a check of the run itself found.
   *
   * @param name of the check: "look-ahead"
   * @param passed whether all is well
   * @param sentence what was found
   */
  public record Check(String name, boolean passed, String sentence) {}

  /** The page as text. */
  public static String html(BacktestResult result) {
    return html(result, List.of());
  }

  /** The page as text, with what checks of the run found. */
  public static String html(BacktestResult result, List<Check> checks) {
    return new RunPage(result, checks).html();
  }

  /**
   * Refuses a file that is not a page of ours, before the work begins: it would be replaced.
   *
   * @throws BacktestRefused if it is something else
   */
  public static void requireOurs(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (InputStream in = PlainFile.stream(file)) {
      String head = new String(in.readNBytes(HEAD), StandardCharsets.UTF_8);
      if (Html.isPage(head)) {
        return;
      }
    } catch (IOException e) {
      // Not ours, whatever it is.
    }
    throw new BacktestRefused(
        "%s is there and is no page of this program: move it away, or name another folder with --out."
            .formatted(file));
  }

  /** Writes a page, whole or not at all; a page of ours that is there is replaced. */
  static void write(String html, Path file) {
    requireOurs(file);
    try {
      WholeFile.replace(file, html);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
