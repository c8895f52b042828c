package org.probity.zk.ceremony;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A {@code .ptau} file taken apart, to be put together otherwise. */
record PtauBytes(List<Section> sections) {
  record Section(int id, byte[] content) {}

  /** Bytes before the first section, and before a section's content. */
  static final int HEAD = 12;

  static PtauBytes parse(byte[] file) {
    var in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(HEAD);
    var sections = new ArrayList<Section>();
    while (in.hasRemaining()) {
      int id = in.getInt();
      var content = new byte[(int) in.getLong()];
      in.get(content);
      sections.add(new Section(id, content));
    }
    return new PtauBytes(sections);
  }

  byte[] write() {
    int size = HEAD + sections.stream().mapToInt(s -> HEAD + s.content().length).sum();
    var out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put("ptau".getBytes(StandardCharsets.US_ASCII));
    out.putInt(1).putInt(sections.size());
    for (var section : sections) {
      out.putInt(section.id()).putLong(section.content().length).put(section.content());
    }
    return out.array();
  }

  byte[] content(int id) {
    return sections.stream().filter(s -> s.id() == id).findFirst().orElseThrow().content();
  }

  /** Where a section's content begins in the file. */
  int offset(int id) {
    int at = HEAD;
    for (var section : sections) {
      at += HEAD;
      if (section.id() == id) {
        return at;
      }
      at += section.content().length;
    }
    throw new AssertionError("no section " + id);
  }

  /** The file with another content of a section. */
  PtauBytes with(int id, byte[] content) {
    return mapped(s -> s.id() == id ? new Section(id, content) : s);
  }

  /** The file with bytes of a section overwritten. */
  PtauBytes with(int id, int at, byte[] bytes) {
    var content = content(id).clone();
    System.arraycopy(bytes, 0, content, at, bytes.length);
    return with(id, content);
  }

  /** The file with its list of sections changed. */
  PtauBytes changed(Consumer<List<Section>> change) {
    var copy = new ArrayList<>(sections);
    change.accept(copy);
    return new PtauBytes(copy);
  }

  private PtauBytes mapped(UnaryOperator<Section> change) {
    return new PtauBytes(sections.stream().map(change).toList());
  }
}
