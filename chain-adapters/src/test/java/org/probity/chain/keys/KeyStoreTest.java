package org.probity.chain.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Signer;
import org.probity.ground.Bytes32;
import org.probity.ground.PlainFile;
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
    Bytes32 digest = Bytes.parse("0x010203").keccak();
    assertThat(loaded.sign(digest)).isEqualTo(added.sign(digest));

    byte[] signature = loaded.sign(digest).toArray();
    BigInteger signer =
        Sign.signedMessageHashToKey(
            digest.toByteArray(),
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
                .contains("\"version\":3", "scrypt", "aes-128-ctr", "\"r\":8")
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

  // ---- Files of other tools ----

  private static final Address VECTOR = new Address("0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b");

  /** A key folder of one file with this content. */
  private KeyStore storeOf(String name, String content) throws IOException {
    Path folder = temporary.resolve("keys");
    Files.createDirectories(folder, PlainFile.ownerOnlyFolder(folder));
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    Files.createFile(file, PlainFile.ownerOnlyFile(file));
    Files.writeString(file, content);
    return store();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = KeyStoreTest.class.getResourceAsStream("/keys/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The scrypt vector of the Web3 Secret Storage page, as eth-account and Nethereum write too. */
  @Test
  void filesOfScryptWithROneAndOfPbkdf2Open() throws IOException {
    String name = "UTC--2015-01-01T00-00-00Z--" + VECTOR.hex().substring(2);
    char[] password = "testpassword".toCharArray();
    assertThat(storeOf(name, resource("r1p8.json")).load(VECTOR, password).address())
        .isEqualTo(VECTOR);
    assertThat(storeOf(name, resource("pbkdf2.json")).load(VECTOR, password).address())
        .isEqualTo(VECTOR);
  }

  /** RFC 7914, section 12. */
  @Test
  void scryptDerivesWhatTheStandardSays() {
    byte[] pleaseLetMeIn = "pleaseletmein".getBytes(StandardCharsets.US_ASCII);
    byte[] salt = "SodiumChloride".getBytes(StandardCharsets.US_ASCII);
    assertThat(Bytes.of(Scrypt.derive(pleaseLetMeIn, salt, 16_384, 8, 1, 64)))
        .hasToString(
            "0x7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
    assertThat(Bytes.of(Scrypt.derive(new byte[0], new byte[0], 16, 1, 1, 64)))
        .hasToString(
            "0x77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  }

  @Test
  void aFileIsFoundByTheAddressInIt() throws IOException {
    Address account = new Address("0x9c6275c5cf4f48549565709e260ebac4ff1c9328");
    for (String name :
        List.of(
            "my-wallet.json", "UTC--2018-01-02T03-04-05Z--3198bc9c-6672-4ab3-9995-4942343ae5b6")) {
      KeyStore store = storeOf(name, resource("wallet.json"));
      assertThat(store.list()).containsExactly(account);
      assertThatThrownBy(() -> store.load(account, "wrong".toCharArray()))
          .hasMessageContaining("The password does not open the key file");
      Files.delete(temporary.resolve("keys").resolve(name));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80|a private key that no password protects",
        "test test test test test test test test test test test junk|a seed phrase",
        "-----BEGIN EC PRIVATE KEY-----|a PEM file",
        "{\"encseed\":\"00\",\"ethaddr\":\"00\"}|a presale wallet",
        "{\"crypto\":{\"kdf\":{\"function\":\"scrypt\"}},\"version\":4}|a validator's key (EIP-2335)",
        "{\"crypto\":{\"kdf\":\"scrypt\"},\"version\":\"1\"}|a key file of version 1, not 3"
      })
  void otherFilesAreCalledWhatTheyAre(String content, String kind) throws IOException {
    String named = VECTOR.hex() + ".json";
    for (String name : List.of(named, "a")) {
      KeyStore store = storeOf(name, content);
      assertThatThrownBy(() -> store.load(VECTOR, PASSWORD))
          .isInstanceOf(KeyStoreFailed.class)
          .hasMessageContaining("is " + kind)
          .hasMessageNotContaining(content);
      Files.delete(temporary.resolve("keys").resolve(name));
    }
  }

  @Test
  void theFolderAboveIsNoticed() throws IOException {
    Files.createDirectories(temporary.resolve("keys").resolve("keystore"));
    assertThatThrownBy(() -> store().load(VECTOR, PASSWORD))
        .hasMessageContaining("name its folder keystore");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"n\":262144,\"r\":1,\"p\":8', '\"n\":4194304,\"r\":8,\"p\":1', more work than any wallet",
    "'\"n\":262144,\"r\":1,\"p\":8', '\"n\":1073741824,\"r\":1073741824,\"p\":1', more work than any",
    "'\"n\":262144,\"r\":1,\"p\":8', '\"n\":2,\"r\":1,\"p\":4000000', more work than any wallet",
    "'\"n\":262144,\"r\":1,\"p\":8', '\"n\":2048,\"r\":8,\"p\":600', more work than any wallet",
    "'\"n\":262144,\"r\":1,\"p\":8', '\"n\":99999999999999999999,\"r\":1,\"p\":1', more work than any",
    "'\"n\":262144', '\"n\":262143', is damaged",
    "'\"n\":262144', '\"n\":0', is damaged",
    "'\"n\":262144', '\"n\":-2', is damaged",
    "'\"n\":262144', '\"n\":2.5', is damaged",
    "'\"dklen\":32', '\"dklen\":2000000000', is damaged",
    "'\"r\":1', '\"r\":null', is damaged"
  })
  void aDerivationIsBoundedBeforeItIsPaid(String from, String to, String why) throws IOException {
    KeyStore store = storeOf(VECTOR.hex() + ".json", resource("r1p8.json").replace(from, to));
    long began = System.nanoTime();
    assertThatThrownBy(() -> store.load(VECTOR, "testpassword".toCharArray()))
        .isInstanceOf(KeyStoreFailed.class)
        .hasMessageContaining(why);
    assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
  }

  @Test
  void roundsOfPbkdf2AreBoundedToo() throws IOException {
    KeyStore store =
        storeOf(
            VECTOR.hex() + ".json",
            resource("pbkdf2.json").replace("\"c\":262144", "\"c\":2147483647"));
    assertThatThrownBy(() -> store.load(VECTOR, PASSWORD)).hasMessageContaining("more work");
  }

  @Test
  void whatOthersMayReadIsRefusedWithTheCommandThatMendsIt() throws IOException {
    Address account = store().add(KEY, PASSWORD).address();
    Path folder = temporary.resolve("keys");
    Path file = folder.resolve(account.hex() + ".json");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> store().load(account, PASSWORD))
        .isInstanceOf(KeyStoreFailed.class)
        .hasMessageContaining("chmod 600 " + file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> store().load(account, PASSWORD))
        .hasMessageContaining("chmod 700 " + folder);
    assertThatThrownBy(() -> store().add(BigInteger.TEN, PASSWORD))
        .hasMessageContaining("chmod 700 " + folder);
  }

  @Test
  void pipesDevicesAndHugeFilesAreNotRead() throws Exception {
    KeyStore store = storeOf("a", "");
    Path folder = temporary.resolve("keys");
    Path named = folder.resolve(VECTOR.hex());
    new ProcessBuilder("mkfifo", "-m", "600", named.toString(), folder.resolve("b").toString())
        .start()
        .waitFor();
    assertThatThrownBy(() -> store.load(VECTOR, PASSWORD)).hasMessageContaining("it is a pipe");
    Files.delete(named);
    Files.createSymbolicLink(named, Path.of("/dev/zero"));
    assertThatThrownBy(() -> store.load(VECTOR, PASSWORD)).hasMessageContaining("or a device");
    Files.delete(named);
    storeOf(named.getFileName().toString(), " ".repeat((1 << 20) + 1));
    assertThatThrownBy(() -> store.load(VECTOR, PASSWORD))
        .hasMessageContaining("it has more than 1048576 bytes");
  }
}
