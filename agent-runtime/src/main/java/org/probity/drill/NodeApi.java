package org.probity.drill;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** What nodes of a drill answer over HTTP to whoever has their token. */
final class NodeApi {

  private static final Duration ANSWER = Duration.ofSeconds(60);

  private NodeApi() {}

  /**
   * @param tokenFile used, as by the node itself, if the environment has no token
   */
  static HttpResponse<String> send(
      String address, Path tokenFile, UnaryOperator<HttpRequest.Builder> with)
      throws IOException, InterruptedException {
    String given = System.getenv("PROBITY_HTTP_TOKEN");
    String token = given == null || given.isBlank() ? Files.readString(tokenFile) : given;
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          with.apply(
                  HttpRequest.newBuilder(URI.create(address))
                      .timeout(ANSWER)
                      .header("Authorization", "Bearer " + token.strip()))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
