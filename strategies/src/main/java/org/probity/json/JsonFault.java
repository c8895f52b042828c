package org.probity.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * Why text is no JSON, told by what would have to be allowed to make it one: no word of the text
 * itself, which may be private, and none of the parser's.
 */
final class JsonFault {

  /** It is read again for each guess. */
  private static final int LARGEST_TRIED = 1 << 24;

  private JsonFault() {}

  /** The end of "weights.json …". */
  static String of(byte[] bytes, JsonProcessingException e) {
    if (bytes.length > LARGEST_TRIED) {
      return "is not well-formed JSON";
    }
    if (!isUnicode(bytes)) {
      return "is not UTF-8 text: save it as UTF-8";
    }
    if (e instanceof JsonEOFException || e.getOriginalMessage().contains("end-of-input")) {
      return "ends in the middle: it is cut off";
    }
    if (isReadWith(
        bytes, mapper -> mapper.disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS))) {
      return "has something after its end";
    }
    if (isReadWith(
        bytes, mapper -> mapper.disable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY))) {
      return "has a field twice";
    }
    if (isReadWith(bytes, mapper -> mapper.enable(JsonReadFeature.ALLOW_TRAILING_COMMA))) {
      return "has a comma before a closing bracket";
    }
    if (isReadWith(
        bytes,
        mapper ->
            mapper.enable(
                JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_YAML_COMMENTS))) {
      return "has comments, which JSON does not know";
    }
    if (isReadWith(bytes, mapper -> mapper.enable(JsonReadFeature.ALLOW_SINGLE_QUOTES))) {
      return "has single quotation marks, as Python prints: write it with json.dump";
    }
    return "is not well-formed JSON";
  }

  /** UTF-16 and UTF-32 are read too: they have zeros among the first bytes, or a mark. */
  private static boolean isUnicode(byte[] bytes) {
    for (int i = 0; i < Math.min(4, bytes.length); i++) {
      if (bytes[i] == 0 || bytes[i] == (byte) 0xfe) {
        return true;
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static boolean isReadWith(byte[] bytes, UnaryOperator<JsonMapper.Builder> change) {
    try {
      change.apply(StrictJson.MAPPER.rebuild()).build().readTree(bytes);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
