package org.probity.drill;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.probity.chain.Address;
import org.probity.chain.keys.KeyStore;
import org.probity.demo.DemoWorld;
import org.probity.ground.PlainFile;

/**
 * What nodes need on disk to run the agents of a local chain, as a user would have it: a strategy,
 * its reference string, keys of accounts, and configurations.
 */
record NodeFiles(Path folder, DemoWorld world, PracticeStrategy.Committed strategy) {

  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(21);
  private static final String PASSWORD = "a drill's own";

  /** Writes what all configurations name. */
  static NodeFiles write(Path folder, DemoWorld world, PracticeStrategy.Committed strategy)
      throws IOException {
    strategy.bundle().save(folder.resolve("strategy"));
    strategy.srs().save(folder.resolve("drill.srs"));
    NodeFiles files = new NodeFiles(folder, world, strategy);
    files.secret("password", PASSWORD);
    return files;
  }

  /** Writes a new file for its owner alone. */
  void secret(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createFile(file, PlainFile.ownerOnlyFile(file));
    Files.writeString(file, text);
  }

  /** A new account, with money for gas. */
  Address account() {
    Address account =
        KeyStore.at(folder.resolve("keys"))
            .create(PASSWORD.toCharArray(), new SecureRandom())
            .address();
    world.chain().setBalance(account, GAS_MONEY);
    return account;
  }

  /**
   * Writes a configuration.
   *
   * @param more of it, lines within {@code probity}
   */
  Path configuration(String name, String more) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        """
        probity {
          chain { rpc = "%s", web-socket = "%s", id = %s, poll = 100 ms }
          strategy = strategy
          srs = drill.srs
          key { store = keys, password-file = password }
          pace.send-holds = true
          retry { first = 100 ms, most = 2 s }
          prover.backend = scalar
        %s}
        """
            .formatted(
                world.chain().http(),
                world.chain().webSocket(),
                world.chain().client().chainId(),
                more.indent(2)));
  }
}
