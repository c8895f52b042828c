package org.probity.cli;

import java.util.concurrent.Callable;
import org.probity.cli.shared.CommandGroup;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.gpu.GpuReport;
import org.probity.zk.gpu.GpuUnavailableException;
import picocli.CommandLine.Command;

@Command(
    name = "gpu",
    description = "The card that proofs can be made on.",
    subcommands = {GpuCommand.Info.class})
final class GpuCommand extends CommandGroup {

  @Command(
      name = "info",
      description =
          "Show the card, its driver and its memory, and let it pass its self-check: one proof, compared with the processor's.")
  static final class Info implements Callable<Integer> {

    private static final double GIGA = 1L << 30;

    @Override
    public Integer call() {
      try (Screen screen = Screen.open(false)) {
        GpuReport found = inspected();
        screen.say("Card                 %s", found.name());
        screen.say("Compute capability   %s", found.computeCapability());
        screen.say("Multiprocessors      %d", found.multiprocessors());
        screen.say(
            "Memory               %.1f GiB, of which %.1f GiB are free",
            found.memoryBytes() / GIGA, found.freeBytes() / GIGA);
        screen.say("Driver               CUDA %s", found.driver());
        screen.say("Kernels              %s", found.kernels());
        screen.say("Self-check           %s", found.failure().orElse("passed"));
        return found.failure().isPresent() ? 1 : 0;
      }
    }

    private static GpuReport inspected() {
      try {
        return GpuReport.inspect();
      } catch (GpuUnavailableException e) {
        throw new Complaint(
            "Proofs cannot be made on a card here, %s.".formatted(e.getMessage()), e);
      }
    }
  }
}
