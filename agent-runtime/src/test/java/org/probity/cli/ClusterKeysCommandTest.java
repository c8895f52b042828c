package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.tls.NodeKeys;
import org.probity.ground.TestKind;

/** {@code probity cluster keys}, and the commands that need them. */
@TestKind.Acceptance
final class ClusterKeysCommandTest {

  @TempDir private Path folder;

  @Test
  void nodesGetKeysOfOneAuthorityAndMoreNodesMayFollow() throws IOException {
    Path out = folder.resolve("keys");
    Ran.of("cluster", "keys", "--nodes", 2, "--out", out)
        .succeeded()
        .showing("node-1, node-2", "probity.cluster.tls {");
    byte[] first = Files.readAllBytes(out.resolve("node-1/node.key"));
    Ran.of("cluster", "keys", "--nodes", 3, "--out", out).succeeded().showing("Keys of node-3");
    assertThat(out.resolve("node-1/node.key")).hasBinaryContent(first);
    NodeKeys third = NodeKeys.load(NodeKeys.in(out.resolve("node-3")), Instant.now());
    assertThat(third.authority())
        .isEqualTo(NodeKeys.load(NodeKeys.in(out.resolve("node-1")), Instant.now()).authority());
    assertThat(out.resolve("node-1/authority.key")).doesNotExist();
  }

  @Test
  void folderOfSomethingElseIsLeftAlone() throws IOException {
    Files.writeString(folder.resolve("thesis.txt"), "precious");
    Ran.of("cluster", "keys", "--out", folder).failed(1).saying("is not empty");
    assertThat(folder).isDirectoryNotContaining("glob:**.key");
    Ran.of("cluster", "keys", "--nodes", 0, "--out", folder).failed(1).saying("--nodes is 0");
    Ran.of("cluster", "keys").failed(2).saying("--out");
  }

  @Test
  void aFolderThatOthersMayReadIsRefused() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    Ran.of("cluster", "keys", "--out", open).failed(1).saying("chmod 700 " + open);
    assertThat(open).isEmptyDirectory();
    Path out = folder.resolve("keys");
    Ran.of("cluster", "keys", "--nodes", 1, "--out", out).succeeded();
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxr-x---"));
    Ran.of("cluster", "keys", "--nodes", 2, "--out", out).failed(1).saying("chmod 700 " + out);
    assertThat(out.resolve("node-2")).doesNotExist();
  }

  @Test
  void studyThatListensNeedsKeysAndSoDoesAWorker() throws IOException {
    Path config = folder.resolve("study.conf");
    Files.writeString(
        config,
        """
        backtest { days = 1, market.source = synthetic, gas.gwei = 2 }
        sweep.parameters = [{ key = backtest.policy.step, values = [10 min] }]
        """);
    Ran.of("sweep", config, "--out", folder.resolve("out"), "--listen", "127.0.0.1:0")
        .failed(1)
        .saying("--listen needs --keys", "probity cluster keys");
    Ran.of(
            "sweep",
            config,
            "--out",
            folder.resolve("out"),
            "--listen",
            "127.0.0.1:0",
            "--keys",
            folder)
        .failed(1)
        .saying("There is no file");
    Ran.of("study-worker", "--join", "127.0.0.1:1").failed(2).saying("--keys");
  }
}
