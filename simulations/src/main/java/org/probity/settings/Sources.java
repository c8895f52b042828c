package org.probity.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.probity.ground.PlainFile;

/**
 * A configuration file and those that it includes, read with the bounds that hold for all of them.
 */
final class Sources {

  private static final long MOST_BYTES = 1 << 20;

  /** The parser joins the words of a line with work and garbage that grow with their square. */
  private static final int LONGEST_LINE = 1 << 14;

  private static final int MOST_INCLUDES = 64;
  private static final int DEEPEST_INCLUDE = 8;

  private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private int included;

  Config read(Path file) {
    return read(file, 0);
  }

  private Config read(Path file, int depth) {
    String text = text(file);
    Nesting.check(text, file);
    if (text.lines().anyMatch(line -> line.length() > LONGEST_LINE)) {
      throw new BadSetting(
          "The configuration file %s has a line of more than %s characters: break it up."
              .formatted(file, LONGEST_LINE));
    }
    return ConfigFactory.parseString(
        text,
        ConfigParseOptions.defaults()
            .setSyntax(ConfigSyntax.CONF)
            .setOriginDescription(file.toString())
            .setIncluder(new Included(file, depth + 1)));
  }

  private static String text(Path file) {
    try {
      return PlainFile.text(file, MOST_BYTES);
    } catch (NoSuchFileException e) {
      throw new BadSetting("There is no configuration file %s: check the path.".formatted(file), e);
    } catch (FileSystemException e) {
      throw new BadSetting(
          "The configuration file %s cannot be used: %s."
              .formatted(file, e.getReason() == null ? "access is denied" : e.getReason()),
          e);
    } catch (IOException e) {
      throw new BadSetting(
          "The configuration file %s cannot be read: %s.".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * What stands in the place of an {@code include}: a file beside {@code includer}, or an error.
   */
  private final class Included
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    private final Path includer;
    private final int depth;

    private Included(Path includer, int depth) {
      this.includer = includer;
      this.depth = depth;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      if (ADDRESS.matcher(what).matches()) {
        throw refused(what);
      }
      if (depth > DEEPEST_INCLUDE || ++included > MOST_INCLUDES) {
        throw new BadSetting(
            "The configuration %s includes more than %d files, or itself: write its settings out."
                .formatted(includer, depth > DEEPEST_INCLUDE ? DEEPEST_INCLUDE : MOST_INCLUDES));
      }
      try {
        return read(existing(includer.resolveSibling(what).normalize()), depth).root();
      } catch (InvalidPathException e) {
        throw refused(what);
      }
    }

    /** A name may leave out its ending. */
    private Path existing(Path named) {
      Path name = named.getFileName();
      if (Files.exists(named) || name == null) {
        return named;
      }
      for (String ending : List.of(".conf", ".json")) {
        Path whole = named.resolveSibling(name + ending);
        if (Files.exists(whole)) {
          return whole;
        }
      }
      throw new BadSetting(
          "The configuration %s includes %s, which is not there: check the path, which starts from the including file's folder."
              .formatted(includer, named));
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      return include(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
      throw refused("url(…)");
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
      throw refused("classpath(…)");
    }

    private BadSetting refused(String what) {
      return new BadSetting(
          "The configuration %s includes %s: only files can be included; copy it to a file beside this one."
              .formatted(includer, what));
    }

    /** Nothing else is ever asked. */
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }
  }
}
