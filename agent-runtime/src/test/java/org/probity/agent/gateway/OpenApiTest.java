package org.probity.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.agent.watch.Alert;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;

/** The description of the API says what the API is. */
final class OpenApiTest {

  private final JsonNode description;

  OpenApiTest() {
    description = OpenApi.of(RunningApi.endpoints());
  }

  @Test
  void pathsAndMethodsAreThoseOfTheRoutes() {
    Set<String> described = new TreeSet<>();
    description
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .fieldNames()
                .forEachRemaining(method ->
                    described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    assertThat(described)
        .isEqualTo(
            routes().stream()
                .map(route -> route.method() + " " + route.path())
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void thoseThatNeedNoTokenSaySo() {
    for (Endpoint route : routes()) {
      JsonNode operation =
          description
              .path("paths")
              .path(route.path())
              .path(route.method().toLowerCase(Locale.ROOT));
      assertThat(operation.has("security")).as(route.path()).isEqualTo(route.open());
      assertThat(operation.path("responses").has("401"))
          .as(route.path())
          .isNotEqualTo(route.open());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Agent,Agent",
    "NewAgent,NewAgent",
    "Pace,Pace",
    "Reason,Reason",
    "Decision,Decision",
    "HeadAnswer,Head",
    "HealthAnswer,Health",
    "AlertAnswer,Alert",
    "SilentAgent,SilentAgent",
    "ReadyAnswer,Ready"
  })
  void bodiesHaveTheFieldsThatAreDescribed(String record, String schema)
      throws ClassNotFoundException {
    Set<String> described = new TreeSet<>();
    description
        .path("components")
        .path("schemas")
        .path(schema)
        .path("properties")
        .fieldNames()
        .forEachRemaining(described::add);
    Class<?> type =
        record.equals("Pace") ? Pace.class : Class.forName(ApiJson.class.getName() + "$" + record);
    assertThat(described)
        .isEqualTo(
            Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void namesAndBoundsAreThoseOfTheCode() {
    assertThat(description.at("/components/schemas/Alert/properties/alert/enum"))
        .extracting(JsonNode::textValue)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Alert.Kind.values()).map(Alert.Kind::title).toList());
    Pattern id =
        Pattern.compile(
            description.at("/components/schemas/NewAgent/properties/id/pattern").textValue());
    for (String text :
        List.of("a", "a..b", ".a", "..", ".", "", "a b", "x".repeat(101), "\u00e9")) {
      assertThat(id.matcher(text).find())
          .as(text)
          .isEqualTo(AgentSpec.isId(text) && !text.matches("[.]+"));
    }
    for (String path : List.of("", "~1proof.json", "~1proof.bin")) {
      JsonNode sequence =
          description.at(
              "/paths/~1v1~1agents~1{id}~1decisions~1{sequence}%s/get/parameters/1/schema"
                  .formatted(path));
      assertThat(sequence.path("minimum").longValue()).isOne();
      assertThat(sequence.path("maximum").longValue()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void everyWholeNumberThatIsAskedForHasItsBounds() {
    List<JsonNode> asked = new ArrayList<>(description.findValues("parameters"));
    for (String body : List.of("NewAgent", "Pace", "Reason")) {
      asked.add(description.at("/components/schemas/" + body));
    }
    int bounds = 0;
    for (JsonNode part : asked) {
      for (JsonNode type : part.findParents("type")) {
        if (type.path("type").asText().equals("integer")) {
          assertThat(type.path("minimum").isIntegralNumber()).as(type.toString()).isTrue();
          assertThat(type.path("maximum").isIntegralNumber()).as(type.toString()).isTrue();
          bounds++;
        }
      }
    }
    assertThat(bounds).isGreaterThanOrEqualTo(5);
  }

  @Test
  void whateverIsNotDoneIsDescribedAsAProblem() {
    description
        .path("paths")
        .forEach(path ->
            path.forEach(operation ->
                operation
                    .path("responses")
                    .properties()
                    .forEach(response -> {
                      boolean problem = Integer.parseInt(response.getKey()) >= 400;
                      assertThat(response.getValue().path("content").has(Problem.TYPE))
                          .isEqualTo(problem);
                    })));
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    for (String reference : description.findValuesAsText("$ref")) {
      assertThat(description.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
  }

  private static List<Endpoint> routes() {
    return RunningApi.endpoints();
  }
}
