import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.web3j.codegen.SolidityFunctionWrapperGenerator;

/**
 * Writes one Java class for each {@code NAME.abi} (and {@code NAME.bin}) of a folder, where anything
 * changed since the last time. The build runs it from source, with the generator on its class path.
 *
 * <p>Usage: {@code GenerateWrappers ABI_FOLDER SOURCE_FOLDER PACKAGE}
 */
final class GenerateWrappers {
  private static final int ADDRESS_BITS = 160;

  public static void main(String[] arguments) throws Exception {
    Path abis = Path.of(arguments[0]);
    Path sources = Path.of(arguments[1]);
    String packageName = arguments[2];
    List<Path> contracts = list(abis, ".abi");
    if (contracts.isEmpty()) {
      throw new IllegalStateException(abis + " holds no contract: build/contracts has to run first");
    }
    Path stamp = sources.resolve(".stamp");
    String digest = digest(abis, packageName);
    if (Files.exists(stamp) && Files.readString(stamp).equals(digest)) {
      return;
    }
    delete(sources);
    quieten();
    for (Path abi : contracts) {
      String name = abi.getFileName().toString().replace(".abi", "");
      new SolidityFunctionWrapperGenerator(
              abis.resolve(name + ".bin").toFile(),
              abi.toFile(),
              sources.toFile(),
              name,
              packageName,
              true,
              false,
              ADDRESS_BITS)
          .generate();
      silence(sources.resolve(packageName.replace('.', '/')).resolve(name + ".java"));
    }
    Files.writeString(stamp, digest);
  }

  /** The generator tells of every overloaded function and of every file; nothing of it is ours to mend. */
  private static void quieten() {
    ((Logger) LoggerFactory.getLogger("org.web3j.codegen")).setLevel(Level.ERROR);
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
  }

  /** The generator suppresses only a part of what the compiler finds in its code. */
  private static void silence(Path wrapper) throws IOException {
    String text = Files.readString(wrapper);
    Files.writeString(
        wrapper,
        text.replaceFirst(
            "@SuppressWarnings\\(\"rawtypes\"\\)",
            "@SuppressWarnings({\"rawtypes\", \"unchecked\", \"deprecation\"})"));
  }

  private static List<Path> list(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private static String digest(Path folder, String packageName)
      throws IOException, NoSuchAlgorithmException {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    sha.update(packageName.getBytes(StandardCharsets.UTF_8));
    for (Path file : list(folder, "")) {
      sha.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      sha.update(Files.readAllBytes(file));
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
