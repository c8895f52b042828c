package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code of others must not get into the folder that libraries are loaded from, nor stay there. */
final class NativeLibrariesTest {

  private static final int NOBODY = 65_534;

  @TempDir private Path base;
  private Path folder;
  private Map<String, URL> libraries;

  @BeforeEach
  void writeJar() throws IOException {
    folder = base.resolve("own");
    libraries = Map.of("liba.so", url("jar-a", "code of a"), "libb.so.1", url("jar-b", "code b"));
  }

  @Test
  void librariesAreLaidIntoAFolderOfMode700() throws IOException {
    Path laid = NativeLibraries.lay(folder, libraries);
    assertThat(laid.resolve("liba.so")).hasContent("code of a");
    assertThat(laid.resolve("libb.so.1")).hasContent("code b");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(laid)))
        .isEqualTo("rwx------");
  }

  @Test
  void whatIsThereAlreadyIsReplacedIfItDiffers() throws IOException {
    NativeLibraries.lay(folder, libraries);
    Path library = folder.resolve("liba.so");
    FileTime before = Files.getLastModifiedTime(library);
    Files.writeString(library, "evil of a");
    Files.setLastModifiedTime(library, before);
    NativeLibraries.lay(folder, libraries);
    assertThat(library).hasContent("code of a");

    Files.delete(library);
    Files.createSymbolicLink(library, Files.writeString(base.resolve("evil.so"), "code of a"));
    NativeLibraries.lay(folder, libraries);
    assertThat(Files.isSymbolicLink(library)).isFalse();
  }

  @Test
  void folderThatWasPreparedIsComparedWithTheJar() throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("liba.so"), "evil");
    NativeLibraries.lay(folder, libraries);
    assertThat(folder.resolve("liba.so")).hasContent("code of a");
  }

  @Test
  void whatDidNotChangeIsNotReadAgain() throws IOException {
    NativeLibraries.lay(folder, libraries);
    Files.delete(base.resolve("jar-a"));
    assertThat(NativeLibraries.lay(folder, libraries).resolve("liba.so")).hasContent("code of a");
  }

  @Test
  void oneMoreLibraryInTheFolderIsRefused() throws IOException {
    NativeLibraries.lay(folder, libraries);
    Files.writeString(folder.resolve("libmore.so"), "evil");
    assertThatThrownBy(() -> NativeLibraries.lay(folder, libraries))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("libmore.so")
        .hasMessageContaining("move it away");
  }

  @Test
  void folderOfAnotherUserIsRefused() throws IOException {
    assumeThat(System.getProperty("user.name")).as("may give files away").isEqualTo("root");
    NativeLibraries.lay(folder, libraries);
    Files.setAttribute(folder, "unix:uid", NOBODY);
    refused("belongs to another user");
  }

  @Test
  void folderBelowOneOfAnotherUserIsRefused() throws IOException {
    assumeThat(System.getProperty("user.name")).as("may give files away").isEqualTo("root");
    Path above = Files.createDirectory(base.resolve("above"));
    Files.setAttribute(above, "unix:uid", NOBODY);
    folder = above.resolve("own");
    refused("belongs to another user");
  }

  @Test
  void folderBelowOneThatOthersCanChangeIsRefusedUnlessItIsSticky() throws IOException {
    Path above = Files.createDirectory(base.resolve("above"));
    folder = above.resolve("own");
    Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxrwxrwx"));
    refused("others than its owner can change");
    Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxrwxr-x"));
    refused("others than its owner can change");
    Files.setAttribute(above, "unix:mode", 01777);
    NativeLibraries.lay(folder, libraries);
  }

  @Test
  void tooOpenFolderOfOurOwnIsTightened() throws IOException {
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    NativeLibraries.lay(folder, libraries);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  @Test
  void linkToAFolderIsJudgedByWhereItLeads() throws IOException {
    Path open = Files.createDirectory(base.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path there = Files.createDirectory(open.resolve("there"));
    folder = Files.createSymbolicLink(base.resolve("link"), there);
    refused("others than its owner can change");
  }

  @Test
  void freshFolderIsOurs() throws IOException {
    Path fresh = OwnFolder.fresh("test");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh)))
        .isEqualTo("rwx------");
    assertThat(fresh).isNotEqualTo(OwnFolder.fresh("test"));
  }

  private void refused(String why) {
    assertThatThrownBy(() -> NativeLibraries.lay(folder, libraries))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(why);
  }

  private URL url(String name, String content) throws IOException {
    try {
      return Files.writeString(base.resolve(name), content).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }
}
