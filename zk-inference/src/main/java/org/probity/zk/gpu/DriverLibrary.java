package org.probity.zk.gpu;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import jcuda.JCudaVersion;
import org.probity.ground.NativeLibraries;
import org.probity.ground.OwnFolder;

/**
 * The library between Java and NVIDIA's driver. JCuda writes it into the folder for everybody's
 * temporary files, under a name that all can foresee, and loads what it finds there instead: so it
 * is laid out and compared in a folder of this user's before, and JCuda is shown that folder while
 * it looks.
 */
final class DriverLibrary {

  private static final String TEMPORARY = "java.io.tmpdir";
  private static final String VERSION = JCudaVersion.get();
  private static final String NAME = "libJCudaDriver-" + VERSION + "-linux-x86_64.so";

  private static boolean loaded;

  private DriverLibrary() {}

  /**
   * Loads it, once. Where the jars have none for this machine, JCuda is left to say so.
   *
   * @throws IOException if it has no place that is this user's alone
   * @throws LinkageError if it cannot be loaded
   */
  static synchronized void load() throws IOException {
    if (loaded) {
      return;
    }
    URL library = DriverLibrary.class.getClassLoader().getResource("lib/" + NAME);
    Path own = OwnFolder.cache("jcuda-" + VERSION);
    Path folder = library == null ? own : NativeLibraries.lay(own, Map.of(NAME, library));
    String before = System.getProperty(TEMPORARY);
    System.setProperty(TEMPORARY, folder.toString());
    try {
      Class.forName("jcuda.driver.JCudaDriver", true, DriverLibrary.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new NoClassDefFoundError(e.getMessage());
    } finally {
      System.setProperty(TEMPORARY, before);
    }
    loaded = true;
  }
}
