package org.probity.governance;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.NewFile;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.Signer;
import org.probity.chain.keys.KeyStore;
import org.probity.deploy.FeeOptions;
import org.probity.deploy.NodeOption;
import org.probity.terminal.Complaint;
import org.probity.terminal.Passwords;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who signs an act, or that nobody does here, as options. */
public final class SigningOptions {

  @Mixin private final NodeOption node = new NodeOption();

  @Option(
      names = "--key-store",
      paramLabel = "FOLDER",
      description = "Folder of encrypted keys (default: .probity/keys).")
  private Path store = Path.of(".probity", "keys");

  @Option(
      names = "--account",
      paramLabel = "ADDRESS",
      description = "Signs and pays; its key is in the key store.")
  private @Nullable String account;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Its first line is the key's password.")
  private @Nullable Path passwordFile;

  @Mixin private final FeeOptions fees = new FeeOptions();

  @Option(
      names = "--print",
      description =
          "Sign and send nothing: print target and call data, for who signs elsewhere, such as a Safe.")
  private boolean print;

  @Option(
      names = "--from",
      paramLabel = "ADDRESS",
      description = "With --print: who is going to make the calls, so that they can be tried.")
  private @Nullable String from;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "With --print: new file with the calls, which the Transaction Builder of a Safe reads.")
  private @Nullable Path out;

  /**
   * Looks at what contradicts itself.
   *
   * @throws Complaint if something does
   */
  public void check() {
    if (print && account != null) {
      throw new Complaint(
          "--print signs nothing, and --account names who signs: leave one out; --from says who is to make the calls.");
    }
    if (!print && account == null) {
      throw new Complaint("Nobody is to sign: name an --account, or give --print.");
    }
    if (!print && (from != null || out != null)) {
      throw new Complaint("--from and --out are for --print: give it too, or leave them out.");
    }
    if (out != null) {
      NewFile.at(out);
    }
  }

  /** The chain that is named. */
  public ChainClient connect() {
    return ChainClient.connect(node.rpc());
  }

  /** Who makes the calls; empty if that is not known. */
  public Optional<Address> who() {
    return Optional.ofNullable(print ? from : account)
        .map(text -> address(print ? "--from" : "--account", text));
  }

  private static Address address(String option, String text) {
    try {
      return new Address(text);
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "%s is \"%s\": give an address (0x and 40 hex digits): %s."
              .formatted(option, text, e.getMessage()),
          e);
    }
  }

  boolean prints() {
    return print;
  }

  Optional<Path> out() {
    return Optional.ofNullable(out);
  }

  FeeOptions fees() {
    return fees;
  }

  /** The key of who signs. */
  Signer signer() {
    return KeyStore.at(store)
        .load(who().orElseThrow(), Passwords.known(Optional.ofNullable(passwordFile)));
  }
}
