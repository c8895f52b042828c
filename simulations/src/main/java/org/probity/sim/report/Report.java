package org.probity.sim.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.probity.sim.backtest.BacktestResult;

/**
 * The report of a backtest: one self-contained HTML page. The same result gives the same page, byte
 * for byte.
 */
public final class Report {

  private Report() {}

  /**
   * Writes the page, whole or not at all; a page that is there is replaced.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public static void write(BacktestResult result, Path file) {
    write(html(result, List.of()), file);
  }

  /**
   * Writes the page with what the honesty checks found on its first screen.
   *
   * @param checks a sentence for each finding
   */
  public static void write(BacktestResult result, List<Check> checks, Path file) {
    write(html(result, checks), file);
  }

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

  static String html(BacktestResult result, List<Check> checks) {
    return new RunPage(result, checks).html();
  }

  static void write(String html, Path file) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, html);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException inner) {
        e.addSuppressed(inner);
      }
      throw new UncheckedIOException(e);
    }
  }
}
