package org.probity.run;

import java.time.Duration;
import java.util.List;
import org.probity.agent.settings.AgentSettings.Seat;
import org.probity.chain.ChainClient;
import org.probity.terminal.Screen;

/**
 * Waits for vaults that were deployed a moment ago and that the node asked does not have, or has no
 * more: it is a little behind, or a reorg has taken them away for now.
 */
public final class VaultArrival {

  /** So many blocks after its deployment a vault that is not there will not come. */
  private static final long RECENT = 64;

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int PAUSES_A_WORD = 60;

  private VaultArrival() {}

  /** Waits; what is missing for another reason is left for whoever looks for it next. */
  public static void await(ChainClient chain, List<Seat> seats, Screen screen)
      throws InterruptedException {
    for (Seat seat : seats) {
      if (seat.block().isPresent()) {
        await(chain, seat, seat.block().getAsLong(), screen);
      }
    }
  }

  private static void await(ChainClient chain, Seat seat, long block, Screen screen)
      throws InterruptedException {
    int looks = 0;
    while (chain.code(seat.vault()).isEmpty()) {
      long head = chain.head().number();
      if (head > block + RECENT) {
        return;
      }
      if (looks++ % PAUSES_A_WORD == 0) {
        screen.say(
            "Waiting for vault %s: it was deployed in block %s, and the node's newest is %s and does not have it"
                .formatted(seat.vault(), block, head));
      }
      Thread.sleep(PAUSE);
    }
  }
}
