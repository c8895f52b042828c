package org.probity.cli;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.chain.keys.KeyStore;
import org.probity.cli.shared.CommandGroup;
import org.probity.terminal.Passwords;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "keys",
    description = "Keys of accounts, encrypted on disk.",
    subcommands = KeysCommand.New.class)
final class KeysCommand extends CommandGroup {

  @Command(name = "new", description = "Make the key of a new account.")
  static final class New implements Runnable {

    @Option(
        names = "--store",
        paramLabel = "FOLDER",
        description = "Folder of encrypted keys (default: .probity/keys).")
    private Path store = Path.of(".probity", "keys");

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description =
            "Its first line is the password. Without it, PROBITY_PASSWORD is, or you are asked.")
    private @Nullable Path passwordFile;

    @Override
    public void run() {
      try (Screen screen = Screen.open(false)) {
        char[] password = Passwords.fresh(Optional.ofNullable(passwordFile));
        var signer = KeyStore.at(store).create(password, new SecureRandom());
        screen.say(signer.address().toString());
      }
    }
  }
}
