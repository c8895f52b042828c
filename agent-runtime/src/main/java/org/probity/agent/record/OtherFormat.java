package org.probity.agent.record;

/** A line is of a format that this release does not read; the message says so and what to do. */
public final class OtherFormat extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  OtherFormat(int version) {
    super(
        version < RecordCodec.VERSION
            ? "it has format %s, of a release before vaults of several assets, and this one reads formats 3 to %s: begin a new journal, and keep the old one for the release that wrote it"
                .formatted(version, RecordCodec.VERSION)
            : "it has format %s, and this release reads none after %s: use a newer one"
                .formatted(version, RecordCodec.VERSION));
  }
}
