package org.probity.terminal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * How wide the terminal behind a file descriptor is, asked of the system by {@code isatty} and
 * {@code ioctl(TIOCGWINSZ)}.
 *
 * <p>Terminal libraries ask the terminal itself too, by sequences whose answers end up at the
 * user's prompt when a program is quick. All that is needed here is one number.
 */
final class TerminalSize {

  private static final long GET_WINDOW_SIZE_LINUX = 0x5413;
  private static final long GET_WINDOW_SIZE_MAC = 0x40087468;

  /** Columns of a terminal that does not say, as one behind a serial line or some containers. */
  private static final int USUAL = 100;

  private TerminalSize() {}

  /** The columns of the terminal behind {@code descriptor}; 0 if that is no terminal. */
  static int columns(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      Linker linker = Linker.nativeLinker();
      MethodHandle isTerminal =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("isatty"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      if ((int) isTerminal.invokeExact(descriptor) != 1) {
        return 0;
      }
      MethodHandle control =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("ioctl"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS),
              Linker.Option.firstVariadicArg(2));
      MemorySegment rowsAndColumns = arena.allocate(ValueLayout.JAVA_SHORT, 4);
      int failed = (int) control.invokeExact(descriptor, request(), rowsAndColumns);
      int columns = failed != 0 ? 0 : rowsAndColumns.getAtIndex(ValueLayout.JAVA_SHORT, 1) & 0xffff;
      return columns == 0 ? USUAL : columns;
    } catch (Throwable e) {
      // A system without these functions is written to like a file.
      return 0;
    }
  }

  private static long request() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return system.contains("mac") ? GET_WINDOW_SIZE_MAC : GET_WINDOW_SIZE_LINUX;
  }
}
