package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DriverLibraryTest {

  @TempDir private Path everybodys;

  @Test
  void libraryInTheFolderForTemporaryFilesIsNotLookedAt() throws Exception {
    String name = "libJCudaDriver-" + JCudaVersion.get() + "-linux-x86_64.so";
    Path planted = Files.writeString(everybodys.resolve(name), "not even a library");
    String before = System.setProperty("java.io.tmpdir", everybodys.toString());
    try {
      Throwable failure = catchThrowable(DriverLibrary::load);
      // Without a driver nothing loads; what is said of that is not said of the planted one.
      if (failure != null) {
        assertThat(failure).isInstanceOf(LinkageError.class);
        assertThat(String.valueOf(failure.getMessage())).doesNotContain(everybodys.toString());
      }
    } finally {
      assertThat(System.getProperty("java.io.tmpdir")).isEqualTo(everybodys.toString());
      System.setProperty("java.io.tmpdir", before);
    }
    assertThat(planted).hasContent("not even a library");
    try (Stream<Path> files = Files.list(everybodys)) {
      assertThat(files).containsExactly(planted);
    }
  }
}
