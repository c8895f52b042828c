package org.probity.strategy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.probity.ground.NativeLibraries;
import org.probity.ground.OwnFolder;

/**
 * The one door to PyTorch. Always on the CPU, where integer matrix products are exact; with one
 * thread, because these networks are small (more threads are slower) and so that sums are taken in
 * one order; without the start message that DJL sends to its makers; and with libraries that only
 * this user can have put there, equal to those of the jars.
 */
final class Torch {

  private static final String NAME = "PyTorch";

  private Torch() {}

  private static final class Started {
    static final Engine ENGINE = start();

    private static Engine start() {
      setIfAbsent("ai.djl.offline", "true");
      setIfAbsent("OPT_OUT_TRACKING", "true");
      setIfAbsent("ai.djl.pytorch.num_threads", "1");
      try {
        layLibraries();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return Engine.getEngine(NAME);
    }

    /**
     * Puts the libraries where the engine looks for them, and would put them itself: but it would
     * take what it finds there from anybody, and without a home folder it would look in the one for
     * everybody's temporary files.
     */
    private static void layLibraries() throws IOException {
      String named = Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH");
      if (named != null && !named.isEmpty()) {
        OwnFolder.at(Path.of(named));
        return;
      }
      Platform platform = Platform.detectPlatform("pytorch");
      Map<String, URL> libraries = new TreeMap<>();
      String at = platform.getFlavor() + "/" + platform.getClassifier() + "/";
      String of = platform.getClassifier() + "/" + platform.getFlavor() + "/";
      for (String library : platform.getLibraries()) {
        libraries.put(library, resource("pytorch/" + at + library));
      }
      String bridge = System.mapLibraryName("djl_torch");
      libraries.put(Engine.getDjlVersion() + "-" + bridge, resource("jnilib/" + of + bridge));
      NativeLibraries.lay(
          folder()
              .resolve(
                  "%s-%s-%s"
                      .formatted(
                          platform.getVersion(), platform.getFlavor(), platform.getClassifier())),
          libraries);
    }

    private static Path folder() throws IOException {
      Path home = Path.of(System.getProperty("user.home", ""));
      if (Utils.getEnvOrSystemProperty("DJL_CACHE_DIR") == null
          && Utils.getEnvOrSystemProperty("ENGINE_CACHE_DIR") == null
          && !(home.isAbsolute() && Files.isWritable(home))) {
        throw new FileSystemException(
            home.toString(), null, "it is the home folder and cannot be written");
      }
      return Utils.getEngineCacheDir("pytorch").toAbsolutePath();
    }

    private static URL resource(String name) {
      URL found = Torch.class.getClassLoader().getResource(name);
      if (found == null) {
        throw new EngineException(name + " is missing from the class path");
      }
      return found;
    }

    private static void setIfAbsent(String property, String value) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    }
  }

  static Engine engine() {
    try {
      return Started.ENGINE;
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException(
          "PyTorch does not start on this machine (%s): name a folder of your own in DJL_CACHE_DIR (600 MB free), on Linux x86-64 or macOS arm64."
              .formatted(rootCause(e)),
          e);
    }
  }

  /** A new root manager; its owner closes it, and with it every array made from it. */
  static NDManager newManager() {
    engine();
    return NDManager.newBaseManager(Device.cpu(), NAME);
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof FileSystemException refused && refused.getReason() != null) {
      return refused.getFile() + ": " + refused.getReason();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
