package org.probity.agent.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.probity.agent.AgentRefused;
import org.probity.intent.conduct.AgentSpec;

/** A part of a path, a query or a head that an endpoint reads: its bounds, told and held. */
sealed interface Parameter {

  AgentId ID = new AgentId("id", "path", "The agent's id");
  Whole SEQUENCE =
      new Whole(
          "sequence", "path", "The decision's place in its agent's journal", 1, Long.MAX_VALUE, 0);
  Whole LIMIT = new Whole("limit", "query", "How many of them at most", 1, 1_000, 50);
  Choice ORDER =
      new Choice(
          "order", "query", "In which order; a cursor is of one", List.of("newest", "oldest"));
  Text AFTER =
      new Text(
          "after",
          "query",
          "The cursor \"next\" of the page before; the first one without it",
          "^[A-Za-z0-9_-]+$");
  Text LAST_EVENT =
      new Text(
          "Last-Event-ID",
          "header",
          "The id of the last event that was had: an agent's id, a colon, and the line's number. Without it, events begin with the next one",
          "^([A-Za-z0-9._-]{1,100}:(0|[1-9][0-9]{0,17}))?$");

  String name();

  /** Of OpenAPI: path, query or header. */
  String place();

  String description();

  /** Writes down which values it admits. */
  void describe(ObjectNode schema);

  record AgentId(String name, String place, String description) implements Parameter {
    @Override
    public void describe(ObjectNode schema) {
      schema.put("type", "string").put("pattern", "^[A-Za-z0-9._-]{1,100}$");
    }

    /**
     * @throws AgentRefused if no agent can have it
     */
    String of(Endpoint.Request request) {
      String id = request.variables().getOrDefault(name(), "");
      if (!AgentSpec.isId(id)) {
        throw AgentRefused.unknown(Problem.shown(id));
      }
      return id;
    }
  }

  /** A whole number, written in one way. */
  record Whole(String name, String place, String description, long least, long most, long usual)
      implements Parameter {
    @Override
    public void describe(ObjectNode schema) {
      schema.put("type", "integer").put("format", "int64").put("minimum", least);
      schema.put("maximum", most);
      if (usual > 0) {
        schema.put("default", usual);
      }
    }

    long of(Endpoint.Request request) {
      String text =
          place.equals("path") ? request.variables().get(name) : request.query().get(name);
      if (text == null) {
        return usual;
      }
      try {
        if (text.matches("[1-9][0-9]*")) {
          long value = Long.parseLong(text);
          if (value >= least && value <= most) {
            return value;
          }
        }
      } catch (NumberFormatException e) {
        // Told below: it is beyond 63 bits.
      }
      throw new Problem(
          400,
          "The parameter \"%s\" is \"%s\": it must be a whole number from %s to %s."
              .formatted(name, Problem.shown(text), least, most));
    }
  }

  /** One of some words, the first of them where none is given. */
  record Choice(String name, String place, String description, List<String> words)
      implements Parameter {
    @Override
    public void describe(ObjectNode schema) {
      schema.put("type", "string").put("default", words.getFirst());
      words.forEach(schema.putArray("enum")::add);
    }

    String of(Endpoint.Request request) {
      String text = request.query().getOrDefault(name, words.getFirst());
      if (!words.contains(text)) {
        throw new Problem(
            400,
            "The parameter \"%s\" is \"%s\": it must be %s."
                .formatted(name, Problem.shown(text), String.join(" or ", words)));
      }
      return text;
    }
  }

  /** A text that was handed out. */
  record Text(String name, String place, String description, String pattern) implements Parameter {
    @Override
    public void describe(ObjectNode schema) {
      schema.put("type", "string").put("pattern", pattern);
    }
  }
}
