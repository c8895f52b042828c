package org.probity.agent;

import org.probity.ground.Printable;

/**
 * A configuration value that cannot be used. The message is one sentence for the user: the key, the
 * value found, what is admitted.
 */
public final class BadSetting extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String key;

  BadSetting(String key, String sentence) {
    super(Printable.line(sentence));
    this.key = key;
  }

  /** {@code key} has a value outside what is admitted. */
  static BadSetting value(String key, Object found, String admitted) {
    return new BadSetting(
        key, "The setting %s is \"%s\": it must be %s.".formatted(key, found, admitted));
  }

  /**
   * {@code key} has an address outside what is admitted, of which only scheme and host are shown:
   * the rest often is a password or a provider's key.
   */
  static BadSetting address(String key, String found, String admitted) {
    return value(key, publicPart(found), admitted);
  }

  /** An address without user, path and query. */
  static String publicPart(String address) {
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

  /** {@code key} has no value and no default. */
  static BadSetting missing(String key, String admitted) {
    return new BadSetting(
        key, "The setting %s is missing: it must be %s.".formatted(key, admitted));
  }

  /** The full path of the setting, {@code probity.chain.id}. */
  public String key() {
    return key;
  }
}
