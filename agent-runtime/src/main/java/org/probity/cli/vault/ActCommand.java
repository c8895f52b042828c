package org.probity.cli.vault;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.cli.shared.JsonOption;
import org.probity.governance.Act;
import org.probity.governance.Enactment;
import org.probity.governance.GovernedVault;
import org.probity.governance.SigningOptions;
import org.probity.terminal.Screen;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A command that does something to a vault: told and tried before it is signed. */
abstract class ActCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "VAULT", description = "The vault's address.")
  private String vault = "";

  @Mixin private final SigningOptions signing = new SigningOptions();

  @Mixin private final JsonOption json = new JsonOption();

  /** What is to be done. */
  abstract Act act(GovernedVault governed, Screen screen);

  /** Who is to do it, if that is known. */
  final Optional<Address> who() {
    return signing.who();
  }

  @Override
  public final Integer call() {
    signing.check();
    try (Screen screen = json.open();
        ChainClient chain = signing.connect()) {
      GovernedVault governed = GovernedVault.at(chain, new Address(vault));
      Enactment enactment = new Enactment(governed, signing, act(governed, screen), screen::say);
      boolean whole = enactment.carryOut();
      screen.result(enactment.json());
      return whole ? 0 : 1;
    }
  }
}
