package org.probity.agent.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys in files. */
final class NodeKeysTest {

  private final Authority authority = Authority.make();
  @TempDir private Path folder;
  private NodeKeys.Place place = NodeKeys.in(Path.of(""));

  @BeforeEach
  void save() throws IOException {
    authority.issue("one").save(folder.resolve("one"));
    authority.issue("two").save(folder.resolve("two"));
    Authority.make().issue("foreign").save(folder.resolve("foreign"));
    place = NodeKeys.in(folder.resolve("one"));
  }

  @Test
  void keysComeBackAsTheyWereAndAreForTheirOwnerAlone() throws IOException {
    NodeKeys keys = NodeKeys.load(place, Instant.now());
    assertThat(keys.certificate().getSubjectX500Principal()).hasToString("CN=one");
    assertThat(keys.toString()).contains("CN=one").doesNotContain("PrivateKey");
    assumeThat(Files.getFileStore(folder).supportsFileAttributeView("posix")).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place.key())))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("one"))))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(place.key(), PosixFilePermissions.fromString("rw-r--r--"));
    refused(place)
        .hasMessageContaining("others than its owner have access")
        .hasMessageContaining("chmod 600");
  }

  @Test
  void savedAuthorityGoesOnIssuing() throws IOException {
    Path home = Files.createDirectory(folder.resolve("home"));
    assertThat(Authority.isIn(home)).isFalse();
    authority.save(home);
    assertThat(Authority.isIn(home)).isTrue();
    Authority.load(home).issue("three").save(folder.resolve("three"));
    NodeKeys.Place three = NodeKeys.in(folder.resolve("three"));
    assertThat(
            NodeKeys.load(
                new NodeKeys.Place(three.key(), three.certificate(), place.authority()),
                Instant.now()))
        .isNotNull();
  }

  @Test
  void filesThatDoNotBelongTogetherAreRefused() throws IOException {
    NodeKeys.Place two = NodeKeys.in(folder.resolve("two"));
    NodeKeys.Place foreign = NodeKeys.in(folder.resolve("foreign"));
    refused(new NodeKeys.Place(two.key(), place.certificate(), place.authority()))
        .hasMessageContaining("is not that of the certificate");
    refused(new NodeKeys.Place(place.key(), place.certificate(), foreign.authority()))
        .hasMessageContaining("is not signed by the authority");
    refused(new NodeKeys.Place(place.key(), place.certificate(), two.certificate()))
        .hasMessageContaining("is no authority's");
    Path home = Files.createDirectory(folder.resolve("home"));
    authority.save(home);
    refused(
            new NodeKeys.Place(
                home.resolve("authority.key"), home.resolve("authority.pem"), place.authority()))
        .hasMessageContaining("could let in anybody");
  }

  @Test
  void whatIsNotValidNowIsRefused() {
    assertThatThrownBy(() -> NodeKeys.load(place, Instant.now().plus(Duration.ofDays(3_651))))
        .hasMessageContaining("was valid until");
    assertThatThrownBy(() -> NodeKeys.load(place, Instant.now().minus(Duration.ofDays(2))))
        .hasMessageContaining("check this machine's clock");
  }

  @Test
  void whatIsNoKeyIsRefused() throws IOException {
    refused(NodeKeys.in(folder.resolve("nowhere"))).hasMessageContaining("There is no file");
    refused(new NodeKeys.Place(place.key(), folder, place.authority()))
        .hasMessageContaining("it is a folder");
    Path odd = Files.writeString(folder.resolve("odd"), "nothing");
    refused(new NodeKeys.Place(place.key(), odd, place.authority()))
        .hasMessageContaining("has no block");
    Files.writeString(
        odd, Files.readString(place.certificate()) + Files.readString(place.authority()));
    refused(new NodeKeys.Place(place.key(), odd, place.authority()))
        .hasMessageContaining("more than one block");
    Files.writeString(odd, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused(new NodeKeys.Place(place.key(), odd, place.authority()))
        .hasMessageContaining("cannot be read");
    Files.writeString(
        place.key(), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    refused(place).hasMessageContaining("none of an elliptic curve");
    assumeThat(Files.exists(Path.of("/dev/zero"))).isTrue();
    refused(new NodeKeys.Place(place.key(), Path.of("/dev/zero"), place.authority()))
        .hasMessageContaining("not a file");
  }

  private static AbstractThrowableAssert<?, ?> refused(NodeKeys.Place place) {
    return assertThatThrownBy(() -> NodeKeys.load(place, Instant.now()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
