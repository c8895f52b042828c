package org.probity.agent.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentSpec;
import org.probity.agent.Agents;
import org.probity.agent.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;

/**
 * The HTTP API of a node. On loopback by default; it listens elsewhere with TLS only, and answers
 * those who show the token.
 *
 * <p>It listens before its node has agents ({@link #listen}), so that whatever is wrong with its
 * settings is said before anything is decided or sent, and says that the node is starting until it
 * is given what it serves ({@link #serve}).
 */
public final class HttpGateway implements AutoCloseable {

  private static final String TOKEN_VARIABLE = "PROBITY_HTTP_TOKEN";
  private static final long WORK_SECONDS = 40;
  private static final String ALL_METHODS = "GET, POST";

  private final BearerToken token;
  private final String scheme;
  private final InetAddress host;
  private final String hostSetting;
  private final HttpServer server;
  private volatile @Nullable List<ApiRoutes.Route> routes;

  private HttpGateway(
      OperationSettings.Http settings,
      InetAddress host,
      Optional<SSLContext> tls,
      BearerToken token,
      Consumer<String> ended)
      throws IOException {
    this.token = token;
    this.scheme = tls.isPresent() ? "https" : "http";
    this.host = host;
    this.hostSetting = settings.host();
    this.server = HttpServer.open(host, settings.port(), tls, this::admit, ended);
  }

  /**
   * Listens, and answers that the node is starting.
   *
   * @param ended told in a sentence if the API ends without being closed, from one of its threads:
   *     a node that cannot be reached any more must not go on unseen
   * @throws IllegalArgumentException with a sentence if the settings are unsafe or cannot be used
   */
  public static HttpGateway listen(OperationSettings.Http settings, Consumer<String> ended) {
    InetAddress host = resolve(settings.host());
    Optional<SSLContext> tls = settings.tls().map(files -> TlsFile.context(files, Instant.now()));
    if (!host.isLoopbackAddress() && tls.isEmpty()) {
      throw new IllegalArgumentException(
          "The API would listen on %s without encryption: set probity.http.tls, or listen on 127.0.0.1."
              .formatted(settings.host()));
    }
    BearerToken token =
        BearerToken.from(System.getenv(TOKEN_VARIABLE), settings.tokenFile(), new SecureRandom());
    try {
      return new HttpGateway(settings, host, tls, token, ended);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "The API cannot listen on %s, port %s (%s): choose another probity.http.port, or 0 for any free one."
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "The setting probity.http.host is \"%s\", which is no address of this machine."
              .formatted(host),
          e);
    }
  }

  /**
   * Answers for {@code agents} from now on.
   *
   * @param reference digest of the structured reference string that proofs are made under
   * @param models digests of the keys of this node's models
   * @param pace of agents that are created without one
   * @param check throws, with a sentence, what an agent that is to be created is known to lack
   */
  public void serve(
      Agents agents,
      NodeWatch watch,
      Bytes32 reference,
      List<Bytes32> models,
      Pace pace,
      Consumer<AgentSpec> check) {
    routes = new ApiRoutes(agents, watch, reference, models, pace, check).all();
  }

  /** Where it listens: scheme, host and port. */
  public String address() {
    String shown = host.getHostAddress();
    return "%s://%s:%s"
        .formatted(
            scheme, shown.contains(":") ? "[" + shown + "]" : shown, String.valueOf(server.port()));
  }

  /** How many clients are connected at the moment. */
  int connections() {
    return server.connections();
  }

  // ---- a request ----

  private HttpServer.Call admit(RequestHead head) {
    requireOurs(head);
    List<ApiRoutes.Route> all = routes;
    if (all == null) {
      throw new Problem(503, "The node is starting.");
    }
    List<String> shown = head.all("authorization");
    if (shown.size() > 1) {
      throw new Problem(400, "The request has more than one Authorization header: send one.");
    }
    boolean trusted = token.shownIn(shown.isEmpty() ? null : shown.getFirst());
    List<String> path = head.segments();
    List<ApiRoutes.Route> there =
        all.stream().filter(route -> route.match(path).isPresent()).toList();
    if (!trusted && there.stream().noneMatch(ApiRoutes.Route::open)) {
      throw new Problem(
          401,
          "Show the token of probity.http.token-file: Authorization: Bearer …",
          Map.of("WWW-Authenticate", "Bearer realm=\"probity\""));
    }
    ApiRoutes.Route route = chosen(head, there);
    Map<String, String> query = head.query();
    requireKnown(route, query);
    Map<String, String> variables = route.match(path).orElseThrow();
    return new HttpServer.Call() {
      @Override
      public boolean trusted() {
        return trusted;
      }

      @Override
      public ApiRoutes.Answer answer(byte[] body) {
        return answered(route, new ApiRoutes.Request(variables, query, body, trusted));
      }
    };
  }

  /**
   * On loopback a request is for a name of this machine, or it is that of a page whose name was
   * made to lead here (DNS rebinding).
   */
  private void requireOurs(RequestHead head) {
    Optional<String> authority = head.authority();
    if (!host.isLoopbackAddress() || authority.isEmpty()) {
      return;
    }
    String name = authority.get().replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
    if (!name.equals("localhost")
        && !name.equals(hostSetting.toLowerCase(Locale.ROOT))
        && !isLoopback(name)) {
      throw new Problem(
          421,
          "This node is not \"%s\": ask it by its own address, %s."
              .formatted(Problem.shown(authority.get()), address()));
    }
  }

  private static boolean isLoopback(String name) {
    try {
      return InetAddress.ofLiteral(name).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static ApiRoutes.Route chosen(RequestHead head, List<ApiRoutes.Route> there) {
    boolean whole = head.target().equals("*") || head.method().equals("CONNECT");
    if (there.isEmpty() && !whole) {
      throw new Problem(404, "There is nothing here: GET /v1/openapi.json lists all there is.");
    }
    return there.stream()
        .filter(route -> route.method().equals(head.method()))
        .findFirst()
        .orElseThrow(() -> {
          String allowed =
              there.isEmpty()
                  ? ALL_METHODS
                  : there.stream().map(ApiRoutes.Route::method).collect(Collectors.joining(", "));
          return new Problem(
              405,
              "%s is not done here, but %s.".formatted(Problem.shown(head.method()), allowed),
              Map.of("Allow", allowed));
        });
  }

  /** A parameter that nothing reads looks as if it were obeyed. */
  private static void requireKnown(ApiRoutes.Route route, Map<String, String> query) {
    for (String parameter : query.keySet()) {
      if (route.path().startsWith("/v1/") && !route.parameters().contains(parameter)) {
        throw new Problem(
            400,
            "There is no parameter \"%s\" here: GET /v1/openapi.json lists all there are."
                .formatted(Problem.shown(parameter)));
      }
    }
  }

  private static ApiRoutes.Answer answered(ApiRoutes.Route route, ApiRoutes.Request request) {
    try {
      return route
          .handler()
          .handle(request)
          .toCompletableFuture()
          .get(WORK_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "The node is ending.");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error fatal) {
        throw fatal;
      }
      throw Problem.of(e);
    } catch (TimeoutException | RuntimeException e) {
      throw Problem.of(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
