package org.probity.agent.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;

/**
 * A place in a list, as a list hands it out to be given back. Opaque, and of that list alone: what
 * was changed or belongs to another one is refused instead of leading somewhere.
 */
final class Cursor {

  private Cursor() {}

  /**
   * @param list names the list with all that its order depends on
   */
  static String of(String list, String place) {
    byte[] text = place.getBytes(StandardCharsets.UTF_8);
    byte[] bytes =
        ByteBuffer.allocate(Integer.BYTES + text.length)
            .putInt(check(list, text))
            .put(text)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * @throws Problem if {@code cursor} is none of {@code list}
   */
  static String place(String list, String cursor) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor));
      if (bytes.remaining() >= Integer.BYTES) {
        int check = bytes.getInt();
        byte[] text = new byte[bytes.remaining()];
        bytes.get(text);
        if (check == check(list, text)) {
          return new String(text, StandardCharsets.UTF_8);
        }
      }
    } catch (IllegalArgumentException e) {
      // Told below: it is no base64.
    }
    throw new Problem(
        400,
        "The parameter \"after\" is \"%s\", which is no cursor of this list and order: give what its \"next\" was."
            .formatted(Problem.shown(cursor)));
  }

  private static int check(String list, byte[] place) {
    CRC32 sum = new CRC32();
    sum.update(list.getBytes(StandardCharsets.UTF_8));
    sum.update(0);
    sum.update(place);
    return (int) sum.getValue();
  }
}
