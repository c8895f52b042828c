package org.probity.terminal;

import com.google.errorprone.annotations.FormatMethod;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.probity.ground.Printable;

/**
 * What a command says while it works. On a terminal the last lines may be redrawn in place; into a
 * file or a pipe every line is written once, plainly.
 *
 * <p>With a machine reading standard output ({@code --json}), all of this goes to standard error
 * and standard output has the result alone.
 *
 * <p>Whatever a line quotes, it stays one line and moves no cursor: all but this class's own styles
 * is shown as {@link Printable} shows it.
 */
public final class Screen implements AutoCloseable {

  private static final String UP_AND_CLEAR = "\u001b[%dA\u001b[J";

  /** Begins a style that this class gave, which nobody who is quoted can know. */
  private static final String MARK =
      "\u001b" + Long.toHexString(new SecureRandom().nextLong()) + "[";

  private static final Pattern STYLE = Pattern.compile(Pattern.quote(MARK) + "(0|1|2|31|32)m");

  private static final int PLAIN_WIDTH = 200;
  private static final int PROGRESS_WIDTH = 30;

  private final PrintWriter human;
  private final PrintWriter machine;
  private final boolean redraws;
  private final int width;
  private final boolean unicode;
  private List<String> live = List.of();

  public Screen(
      PrintWriter human, PrintWriter machine, boolean redraws, int width, boolean unicode) {
    this.human = human;
    this.machine = machine;
    this.redraws = redraws;
    this.width = width;
    this.unicode = unicode;
  }

  /**
   * The process's own screen.
   *
   * @param json whether standard output is for the result alone
   */
  public static Screen open(boolean json) {
    PrintStream stream = json ? System.err : System.out;
    int width = terminalWidth(json);
    Charset charset = stream.charset();
    return new Screen(
        new PrintWriter(stream, true),
        json ? new PrintWriter(System.out, true) : new PrintWriter(Writer.nullWriter()),
        width > 0,
        width > 0 ? width : PLAIN_WIDTH,
        charset.newEncoder().canEncode('✓'));
  }

  /** Columns of the terminal that shows what we say, or 0 if none does. */
  private static int terminalWidth(boolean json) {
    String kind = System.getenv("TERM");
    return kind == null || kind.equals("dumb")
        ? 0
        : TerminalSize.columns(json ? StandardError.descriptor() : 1);
  }

  public boolean redraws() {
    return redraws;
  }

  public boolean isUnicode() {
    return unicode;
  }

  /** A tick, as far as the terminal's character set has one. */
  public String tick() {
    return unicode ? "✓" : "ok";
  }

  public String cross() {
    return unicode ? "✗" : "no";
  }

  /** {@code text} in bold on a terminal. */
  public String bold(String text) {
    return styled("1", text);
  }

  public String dim(String text) {
    return styled("2", text);
  }

  public String green(String text) {
    return styled("32", text);
  }

  public String red(String text) {
    return styled("31", text);
  }

  private String styled(String style, String text) {
    return redraws ? MARK + style + "m" + text + MARK + "0m" : text;
  }

  /** Writes a line that stays, above the live ones. */
  public synchronized void say(String line) {
    StringBuilder text = new StringBuilder(erase());
    text.append(harmless(line)).append(System.lineSeparator());
    live.forEach(l -> text.append(l).append(System.lineSeparator()));
    human.print(text);
    human.flush();
  }

  /** Writes a line as {@link String#format} makes it, in every locale the same. */
  @FormatMethod
  public void say(String format, Object... values) {
    say(String.format(Locale.ROOT, format, values));
  }

  /** Replaces the live lines, the ones that a terminal redraws. Elsewhere they are not shown. */
  public synchronized void live(List<String> lines) {
    if (!redraws) {
      return;
    }
    List<String> fitting = lines.stream().map(this::harmless).map(this::fitted).toList();
    StringBuilder text = new StringBuilder(erase());
    fitting.forEach(l -> text.append(l).append(System.lineSeparator()));
    live = fitting;
    human.print(text);
    human.flush();
  }

  /** A step with a name, shown while it runs and, once it is done, with the time that it took. */
  public Step step(String name) {
    live(List.of("  " + dim("… " + name)));
    return new Step(name);
  }

  /** The result, the last line of standard output; nothing if no machine reads it. */
  public void result(String line) {
    live(List.of());
    human.flush();
    machine.println(line.lines().map(Printable::line).collect(Collectors.joining("\n")));
    machine.flush();
  }

  @Override
  public void close() {
    live(List.of());
    human.flush();
    machine.flush();
  }

  /** {@code line} with nothing in it that a terminal acts on, but for our styles on a terminal. */
  private String harmless(String line) {
    if (!redraws) {
      return Printable.line(line);
    }
    StringBuilder shown = new StringBuilder(line.length());
    Matcher style = STYLE.matcher(line);
    int at = 0;
    while (style.find()) {
      shown
          .append(Printable.line(line.substring(at, style.start())))
          .append("\u001b[" + style.group(1) + "m");
      at = style.end();
    }
    return shown.append(Printable.line(line.substring(at))).toString();
  }

  private String erase() {
    return live.isEmpty() ? "" : UP_AND_CLEAR.formatted(live.size());
  }

  /** A line that wraps would be counted as one and erased as half. */
  private String fitted(String line) {
    List<String> kept = new ArrayList<>();
    int columns = 0;
    int at = 0;
    while (at < line.length() && columns < width - 1) {
      if (line.charAt(at) == '\u001b') {
        int end = line.indexOf('m', at) + 1;
        kept.add(line.substring(at, end));
        at = end;
      } else {
        kept.add(line.substring(at, at + 1));
        at++;
        columns++;
      }
    }
    String fitting = String.join("", kept);
    return at < line.length() && redraws ? fitting + "\u001b[0m" : fitting;
  }

  /** A step under way. */
  public final class Step {
    private final String name;
    private final long started = System.nanoTime();

    private Step(String name) {
      this.name = name;
    }

    /** Shows how far it has come. */
    public void progress(String words) {
      live(List.of("  " + dim("… " + name + ": " + words)));
    }

    /**
     * Shows how much of it is done.
     *
     * @param part what is being done now, in a few words
     * @param fraction of that part, 0 to 1
     */
    public void progress(String part, double fraction) {
      progress(
          "%s %s %d %%".formatted(part, bar(fraction, PROGRESS_WIDTH), (int) (100 * fraction)));
    }

    /** It is done; {@code result} says what there is now. */
    public void done(String result) {
      live(List.of());
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      String left = "  %s %s".formatted(green(tick()), result);
      int visible = 3 + tick().length() + result.length();
      String padding = " ".repeat(Math.max(2, 92 - visible));
      say(left + padding + dim(String.format(Locale.ROOT, "%.2f s", took.toMillis() / 1000.0)));
    }

    /** It is done; what there is now, as {@link String#format} makes it. */
    @FormatMethod
    public void done(String format, Object... values) {
      done(String.format(Locale.ROOT, format, values));
    }
  }

  /** A bar of {@code columns} of which a fraction is filled, 0 to 1. */
  public String bar(double fraction, int columns) {
    double filled = Math.clamp(fraction, 0, 1) * columns;
    int whole = (int) filled;
    if (!unicode) {
      return "#".repeat(whole) + ".".repeat(columns - whole);
    }
    int eighths = (int) ((filled - whole) * 8);
    String part = eighths == 0 ? "" : Character.toString('█' + 8 - eighths);
    return "█".repeat(whole) + part + " ".repeat(columns - whole - part.length());
  }
}
