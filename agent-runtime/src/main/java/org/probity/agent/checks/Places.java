package org.probity.agent.checks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.probity.ground.PlainFile;

/** Whether files can be written and ports listened on: by trying, since permissions do not tell. */
public final class Places {

  private static final long LEAST_ROOM = 64L << 20;

  private Places() {}

  /**
   * Sees to it that a file could be made in {@code folder}, which may itself have to be made first.
   * Nothing is left behind.
   *
   * @throws IllegalStateException naming the folder and the reason
   */
  public static void requireWritable(Path folder) {
    Path nearest = nearest(folder.toAbsolutePath().normalize());
    try {
      if (!Files.isDirectory(nearest)) {
        throw new FileSystemException(nearest.toString(), null, "it is no folder");
      }
      Path probe =
          Files.createTempFile(nearest, ".probity", ".try", PlainFile.ownerOnlyFile(nearest));
      Files.delete(probe);
    } catch (IOException e) {
      throw new IllegalStateException(
          "Nothing can be written to the folder %s (%s): make it writable for this user, or name another"
              .formatted(nearest, reason(e)),
          e);
    }
  }

  private static Path nearest(Path folder) {
    Path at = folder;
    while (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
      Path parent = at.getParent();
      if (parent == null) {
        return at;
      }
      at = parent;
    }
    return at;
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "it takes no files";
    }
    String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  /** Looks whether a folder can be written. */
  public static void writable(Examination exam, CheckName name, Path folder) {
    exam.look(
        name,
        () -> {
          requireWritable(folder);
          return Finding.fine("%s can be written".formatted(folder));
        });
  }

  /** Looks whether there is room on the disk that holds {@code folder}. */
  public static void room(Examination exam, Path folder) {
    exam.look(
        CheckName.DISK,
        () -> {
          try {
            Path nearest = nearest(folder.toAbsolutePath().normalize());
            long free = Files.getFileStore(nearest).getUsableSpace();
            String seen = "%s MB are free where %s is".formatted(free >> 20, folder);
            return free < LEAST_ROOM
                ? Finding.doubtful("Only " + seen, "make room: a node stops when its disk is full")
                : Finding.fine(seen);
          } catch (IOException e) {
            return Finding.notLookedAt("the disk does not say (%s)".formatted(reason(e)));
          }
        });
  }

  /** Looks whether somebody could listen on a port of this machine. */
  public static void port(Examination exam, String host, int port) {
    exam.look(
        CheckName.HTTP_PORT,
        () -> {
          if (port == 0) {
            return Finding.fine("any free one");
          }
          try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return Finding.fine("%s of %s is free".formatted(port, host));
          } catch (IOException | IllegalArgumentException e) {
            return Finding.doubtful(
                "The port %s of %s cannot be listened on (%s)"
                    .formatted(port, host, e.getMessage()),
                "end what has it, unless that is this very node, or set probity.http.port");
          }
        });
  }

  /**
   * Looks whether secrets are for their owner alone; what is not there is no secret.
   *
   * @param secrets null for those that are not configured
   */
  public static void secrets(Examination exam, CheckName name, Iterable<@Nullable Path> secrets) {
    exam.look(
        name,
        () -> {
          for (Path secret : secrets) {
            try {
              if (secret != null && Files.exists(secret)) {
                PlainFile.requireOwnerOnly(secret);
              }
            } catch (FileSystemException e) {
              return Finding.doubtful(
                  "Others than its owner have access to %s".formatted(secret),
                  "chmod %s it, and replace the secret if they may have read it"
                      .formatted(Files.isDirectory(secret) ? "700" : "600"));
            } catch (IOException e) {
              return Finding.doubtful(
                  "The permissions of %s cannot be read (%s)".formatted(secret, reason(e)),
                  "check its owner");
            }
          }
          return Finding.fine("their owner alone");
        });
  }
}
