package org.probity.intent.conduct;

import java.util.regex.Pattern;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.intent.Pace;

/**
 * For whom an agent acts, and with what: the first thing that its journal says. It names the
 * strategy by the digest of its model's key and the payer by its address; weights and keys stay on
 * the nodes that have them.
 *
 * @param id unique among all agents of a journal: letters, digits, dots, hyphens and underscores
 * @param vault the vault that it acts for
 * @param model digest of the key of the model that decides
 * @param account pays for the transactions
 * @param pace how long a decision may be executed, and which ones are
 */
public record AgentSpec(String id, Address vault, Bytes32 model, Address account, Pace pace) {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  /** Refuses an id that could not name a row, a file or a part of a URL. */
  public AgentSpec {
    requireForm(id);
  }

  /** Whether {@code text} has the form of an agent's id. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  private static void requireForm(String id) {
    if (!isId(id)) {
      throw new IllegalArgumentException(
          "An agent's id must be 1 to 100 letters, digits, dots, hyphens or underscores, not \"%s\""
              .formatted(Printable.line(id, 100)));
    }
  }

  /**
   * Refuses an id of dots alone for a new agent: clients take it out of a URL's path, so that
   * nobody could stop its agent. Old journals may hold such agents, and are read.
   *
   * @throws IllegalArgumentException if no agent can be made with {@code id}
   */
  public static void requireReachable(String id) {
    requireForm(id);
    if (id.chars().allMatch(c -> c == '.')) {
      throw new IllegalArgumentException(
          "An agent's id must be more than dots, which stand for folders in a URL: not \"%s\""
              .formatted(id));
    }
  }
}
