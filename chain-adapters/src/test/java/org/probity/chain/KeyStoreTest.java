package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;

class KeyStoreTest {

  private static final BigInteger KEY =
      new BigInteger("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", 16);
  private static final char[] PASSWORD = "correct horse".toCharArray();

  @TempDir private Path temporary;

  private KeyStore store() {
    return KeyStore.at(temporary.resolve("keys"), KeyStore.Strength.LIGHT);
  }

  @Test
  void aStoredKeySignsAsBefore() throws Exception {
    Signer added = store().add(KEY, PASSWORD);
    assertThat(added.address()).hasToString("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    Signer loaded = store().load(added.address(), PASSWORD);
    Hash digest = Hash.keccak(Bytes.parse("0x010203"));
    assertThat(loaded.sign(digest)).isEqualTo(added.sign(digest));

    byte[] signature = loaded.sign(digest).toArray();
    BigInteger signer =
        Sign.signedMessageHashToKey(
            digest.bytes(),
            new Sign.SignatureData(
                signature[64],
                java.util.Arrays.copyOfRange(signature, 0, 32),
                java.util.Arrays.copyOfRange(signature, 32, 64)));
    assertThat("0x" + Keys.getAddress(signer)).isEqualTo(added.address().hex());
  }

  @Test
  void newKeysDifferAndAreListed() {
    SecureRandom random = new SecureRandom();
    Signer first = store().create(PASSWORD, random);
    Signer second = store().create(PASSWORD, random);
    assertThat(store().list()).containsExactlyInAnyOrder(first.address(), second.address());
    assertThat(first.address()).isNotEqualTo(second.address());
  }

  @Test
  void aFolderThatIsNotThereHoldsNoKeys() {
    assertThat(store().list()).isEmpty();
    assertThatThrownBy(() -> store().load(Address.ZERO, PASSWORD))
        .isInstanceOf(KeyStoreFailed.class)
        .hasMessageContaining("create one, or name another folder");
  }

  @Test
  void onlyTheOwnerMayReadAndNothingUnfinishedIsLeft() throws IOException {
    store().add(KEY, PASSWORD);
    try (Stream<Path> files = Files.list(temporary.resolve("keys"))) {
      assertThat(files.toList())
          .singleElement()
          .satisfies(file -> {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
            assertThat(Files.readString(file))
                .contains("scrypt")
                .doesNotContainIgnoringCase(KEY.toString(16));
          });
    }
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary.resolve("keys"))))
        .isEqualTo("rwx------");
  }

  @Test
  void aWrongPasswordIsOneSentence() {
    Address address = store().add(KEY, PASSWORD).address();
    assertThatThrownBy(() -> store().load(address, "wrong".toCharArray()))
        .isInstanceOf(KeyStoreFailed.class)
        .hasMessageMatching("The password does not open the key file .*: try another");
  }

  @Test
  void aDamagedFileIsCalledSo() throws IOException {
    Address address = store().add(KEY, PASSWORD).address();
    Path file = temporary.resolve("keys").resolve(address.hex() + ".json");
    String whole = Files.readString(file);
    for (String damaged :
        new String[] {
          "", "{}", "null", whole.substring(0, 100), whole.replace("scrypt", "nothing")
        }) {
      Files.writeString(file, damaged);
      assertThatThrownBy(() -> store().load(address, PASSWORD))
          .isInstanceOf(KeyStoreFailed.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void aKeyIsNotOverwrittenAndAnEmptyPasswordNotTaken() {
    store().add(KEY, PASSWORD);
    assertThatThrownBy(() -> store().add(KEY, PASSWORD)).hasMessageContaining("already in");
    assertThatThrownBy(() -> store().add(BigInteger.TEN, new char[0]))
        .hasMessageContaining("empty password");
    assertThatThrownBy(() -> store().add(BigInteger.ZERO, PASSWORD))
        .hasMessageContaining("Not a private key");
  }

  @Test
  void noTextShowsTheKeyOrThePassword() {
    Signer signer = store().add(KEY, PASSWORD);
    StringWriter trace = new StringWriter();
    try {
      store().load(signer.address(), "wrong secret".toCharArray());
    } catch (KeyStoreFailed e) {
      e.printStackTrace(new PrintWriter(trace));
    }
    assertThat(signer + trace.toString())
        .doesNotContainIgnoringCase(KEY.toString(16))
        .doesNotContain(KEY.toString())
        .doesNotContain("secret");
  }
}
