package org.probity.cli.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.probity.agent.tls.Authority;
import org.probity.agent.tls.NodeKeys;
import org.probity.cli.shared.ScratchFolder;

/**
 * What the nodes of a study know each other by.
 *
 * @param keys of this node
 * @param folder where workers on this machine find theirs: a file that nobody else may read, since
 *     arguments of a process are seen by all
 * @param made the private folder that they were made in, which goes with the study
 */
record StudyKeys(NodeKeys keys, Path folder, Optional<ScratchFolder> made)
    implements AutoCloseable {

  /** Those that the user names. */
  static StudyKeys in(Path folder) {
    return new StudyKeys(load(folder), folder, Optional.empty());
  }

  /** New ones, for workers that this process starts. */
  static StudyKeys make() {
    try {
      ScratchFolder made = ScratchFolder.make("study");
      NodeKeys keys = Authority.make().issue("study");
      Path folder = made.path().resolve("keys");
      keys.save(folder);
      return new StudyKeys(keys, folder, Optional.of(made));
    } catch (IOException e) {
      throw new UncheckedIOException("There is no room for the keys of a study's workers", e);
    }
  }

  static NodeKeys load(Path folder) {
    return NodeKeys.load(NodeKeys.in(folder), Instant.now());
  }

  @Override
  public void close() {
    made.ifPresent(ScratchFolder::delete);
  }
}
