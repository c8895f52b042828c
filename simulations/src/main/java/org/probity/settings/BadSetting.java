package org.probity.settings;

import java.util.Optional;
import org.probity.ground.Printable;

/**
 * A configuration, or a value in it, that cannot be used. The message is one sentence for its
 * reader: the setting, what was found, what is admitted.
 */
public final class BadSetting extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BadSetting(String sentence) {
    super(Printable.line(sentence));
  }

  public BadSetting(String sentence, Throwable cause) {
    super(Printable.line(sentence), cause);
  }

  /** {@code key} has a value outside what is admitted. */
  public static BadSetting value(String key, Object found, String admitted) {
    return new BadSetting(
        "The setting %s is \"%s\": it must be %s.".formatted(key, found, admitted));
  }

  /**
   * {@code key} has an address outside what is admitted, of which only scheme and host are shown:
   * the rest often is a password or a provider's key.
   */
  public static BadSetting address(String key, String found, String admitted) {
    return value(key, publicPart(found), admitted);
  }

  /** An address without user, path and query. */
  public static String publicPart(String address) {
    int begin = address.indexOf("//");
    begin = begin < 0 ? 0 : begin + 2;
    int end = begin;
    while (end < address.length() && "/?#;".indexOf(address.charAt(end)) < 0) {
      end++;
    }
    int user = address.lastIndexOf('@');
    // A password may have a slash in it.
    String host = user >= end ? "…" : address.substring(Math.max(begin, user + 1), end);
    return address.substring(0, begin) + host + (end < address.length() ? "/…" : "");
  }

  /** The value of {@code key}, which must be there. */
  public static <T> T required(Optional<T> value, String key, String admitted) {
    return value.orElseThrow(() -> missing(key, admitted));
  }

  /** {@code key} has no value and no default. */
  public static BadSetting missing(String key, String admitted) {
    return new BadSetting("The setting %s is missing: it must be %s.".formatted(key, admitted));
  }
}
