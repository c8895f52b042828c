package org.probity.agent;

import java.util.regex.Pattern;
import org.probity.chain.Address;
import org.probity.zk.Bytes32;

/**
 * For whom an agent acts, and with what: the first thing that its journal says. It names the
 * strategy by the digest of its model's key and the payer by its address; weights and keys stay on
 * the nodes that have them.
 *
 * @param id unique among all agents of a journal: letters, digits, dots, hyphens and underscores
 * @param vault the {@code ProofBoundVault} that it acts for
 * @param model digest of the key of the model that decides
 * @param account pays for the transactions
 * @param pace how long a decision may be executed, and which ones are
 */
public record AgentSpec(
    String id, Address vault, Bytes32 model, Address account, AgentSettings.Pace pace) {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  /** Refuses an id that could not name a row, a file or a part of a URL. */
  public AgentSpec {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "An agent's id must be 1 to 100 letters, digits, dots, hyphens or underscores, not \"%s\""
              .formatted(id));
    }
  }
}
