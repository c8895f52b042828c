package org.probity.agent;

/**
 * A configuration value that cannot be used. The message is one sentence for the user: the key, the
 * value found, what is admitted.
 */
public final class BadSetting extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String key;

  BadSetting(String key, String sentence) {
    super(sentence);
    this.key = key;
  }

  /** {@code key} has a value outside what is admitted. */
  static BadSetting value(String key, Object found, String admitted) {
    return new BadSetting(
        key, "The setting %s is \"%s\": it must be %s.".formatted(key, found, admitted));
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
