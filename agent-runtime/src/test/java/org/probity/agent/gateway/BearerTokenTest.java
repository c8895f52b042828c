package org.probity.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that start at once in one folder have one token. */
final class BearerTokenTest {

  @RepeatedTest(20)
  void allThatStartAtOnceShareTheFirstOnesToken(@TempDir Path folder) throws Exception {
    Path of = folder.resolve("of");
    Path file = of.resolve("http.token");
    List<Future<BearerToken>> opened = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        opened.add(threads.submit(() -> BearerToken.from(null, file, new SecureRandom())));
      }
    }
    String header = "Bearer " + Files.readString(file).strip();
    for (Future<BearerToken> token : opened) {
      assertThat(token.get().shownIn(header)).isTrue();
    }
    assertThat(filesOf(of)).containsExactly(file);
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
