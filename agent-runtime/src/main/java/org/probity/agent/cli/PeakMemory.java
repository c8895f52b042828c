package org.probity.agent.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The most memory that this process has held since a moment: what the system counts, the Java heap
 * with its garbage and everything else. Where the system does not tell, the peaks of the heap's
 * pools.
 */
final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");
  private static final String HIGH_WATER = "VmHWM:";

  private PeakMemory() {}

  /** Forgets what was held before; what is garbage now is not counted later. */
  static void reset() {
    System.gc();
    ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    if (Files.isWritable(RESET)) {
      try {
        Files.writeString(RESET, "5");
      } catch (IOException e) {
        // Then the peak is that of the process's whole life, which is no less.
      }
    }
  }

  /** The peak since then, in units of 2^20 bytes. */
  static long megabytes() {
    return ofSystem().orElseGet(PeakMemory::ofHeap) >> 20;
  }

  private static OptionalLong ofSystem() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(HIGH_WATER))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static long ofHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .mapToLong(pool -> pool.getPeakUsage().getUsed())
        .sum();
  }
}
