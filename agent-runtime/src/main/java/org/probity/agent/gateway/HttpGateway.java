package org.probity.agent.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.PathSpec;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import org.probity.agent.Agents;
import org.probity.agent.settings.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;

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
  private final EventStreams streams = new EventStreams();
  private volatile @Nullable PathMappings<Map<String, Endpoint>> endpoints;

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
    this.server = HttpServer.open(host, settings.port(), tls, this::answer, ended);
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
   * What a node serves.
   *
   * @param reference digest of the structured reference string that proofs are made under
   * @param models digests of the keys of this node's models
   * @param pace of agents that are created without one
   * @param check throws, with a sentence, what an agent that is to be created is known to lack
   */
  public record Served(
      Agents agents,
      NodeWatch watch,
      Bytes32 reference,
      List<Bytes32> models,
      Pace pace,
      Consumer<AgentSpec> check) {

    public Served {
      models = List.copyOf(models);
    }
  }

  /** Answers for {@code node} from now on. */
  public void serve(Served node) {
    PathMappings<Map<String, Endpoint>> all = new PathMappings<>();
    for (Endpoint endpoint : new ApiRoutes(node, streams).all()) {
      PathSpec path = new UriTemplatePathSpec(endpoint.path());
      Map<String, Endpoint> methods = all.get(path);
      if (methods == null) {
        methods = new TreeMap<>();
        all.put(path, methods);
      }
      methods.put(endpoint.method(), endpoint);
    }
    endpoints = all;
  }

  /** Where it listens: scheme, host and port. */
  public String address() {
    String shown = host.getHostAddress();
    return "%s://%s:%s"
        .formatted(
            scheme, shown.contains(":") ? "[" + shown + "]" : shown, String.valueOf(server.port()));
  }

  int connections() {
    return server.connections();
  }

  // ---- a request ----

  private Answer answer(HttpServer.Asked asked) {
    Request head = asked.head();
    requireOurs(head);
    if (head.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0
        && head.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
      throw new Problem(400, "HTTP/1.0 has no chunks: give a Content-Length.");
    }
    PathMappings<Map<String, Endpoint>> all = endpoints;
    if (all == null) {
      throw new Problem(503, "The node is starting.");
    }
    List<String> shown = head.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
    if (shown.size() > 1) {
      throw new Problem(400, "The request has more than one Authorization header: send one.");
    }
    boolean trusted = token.shownIn(shown.isEmpty() ? null : shown.getFirst());
    if (trusted) {
      asked.trust();
    }
    // The path is taken as it was sent: an agent of an old journal may be called "..". Those that
    // can be read in two ways are refused by Jetty, but for this one.
    if (head.getHttpURI().getParam() != null) {
      throw new Problem(
          400, "Parts of a path have no parameters here: leave out what follows \";\".");
    }
    String path = head.getHttpURI().getPath();
    MatchedResource<Map<String, Endpoint>> there = path == null ? null : all.getMatched(path);
    if (!trusted
        && (there == null || there.getResource().values().stream().noneMatch(Endpoint::open))) {
      throw new Problem(
          401,
          "Show the token of probity.http.token-file: Authorization: Bearer …",
          Map.of("WWW-Authenticate", "Bearer realm=\"probity\""));
    }
    Endpoint endpoint = chosen(head, there);
    Map<String, String> query = query(head);
    requireKnown(endpoint, query);
    Map<String, String> variables = new HashMap<>();
    if (there != null && there.getPathSpec() instanceof UriTemplatePathSpec spec) {
      spec.getPathParams(path).forEach((name, text) -> variables.put(name, decoded(text)));
    }
    List<String> resumed = head.getHeaders().getValuesList(Parameter.LAST_EVENT.name());
    Endpoint.Request request =
        new Endpoint.Request(variables, query, String.join(",", resumed), asked.body(), trusted);
    return answered(endpoint, request);
  }

  /**
   * On loopback a request is for a name of this machine, or it is that of a page whose name was
   * made to lead here (DNS rebinding).
   */
  private void requireOurs(Request head) {
    String name = head.getHttpURI().getHost();
    if (!host.isLoopbackAddress()
        || name == null && head.getHeaders().get(HttpHeader.HOST) == null) {
      return;
    }
    String asked = name == null ? "" : name.toLowerCase(Locale.ROOT);
    if (!asked.equals("localhost")
        && !asked.equals(hostSetting.toLowerCase(Locale.ROOT))
        && !isLoopback(asked)) {
      throw new Problem(
          421,
          "This node is not \"%s\": ask it by its own address, %s."
              .formatted(Problem.shown(asked), address()));
    }
  }

  private static boolean isLoopback(String name) {
    try {
      return InetAddress.ofLiteral(name).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Endpoint chosen(
      Request head, @Nullable MatchedResource<Map<String, Endpoint>> there) {
    String method = head.getMethod();
    boolean whole = "*".equals(head.getHttpURI().getPath()) || method.equals("CONNECT");
    if (there == null && !whole) {
      throw new Problem(404, "There is nothing here: GET /v1/openapi.json lists all there is.");
    }
    Endpoint endpoint = there == null ? null : there.getResource().get(method);
    if (endpoint == null) {
      String allowed =
          there == null ? ALL_METHODS : String.join(", ", there.getResource().keySet());
      throw new Problem(
          405,
          "%s is not done here, but %s.".formatted(Problem.shown(method), allowed),
          Map.of("Allow", allowed));
    }
    return endpoint;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw badlyEncoded();
    }
  }

  private static Problem badlyEncoded() {
    return new Problem(
        400, "The address is encoded wrongly: a % is followed by two hex digits, of UTF-8.");
  }

  private static Map<String, String> query(Request head) {
    Map<String, String> query = new LinkedHashMap<>();
    try {
      for (Fields.Field field : Request.extractQueryParameters(head, StandardCharsets.UTF_8)) {
        if (field.hasMultipleValues()) {
          throw new Problem(
              400,
              "The parameter \"%s\" comes twice: give it once."
                  .formatted(Problem.shown(field.getName())));
        }
        query.put(field.getName(), field.getValue());
      }
    } catch (IllegalArgumentException | HttpException.RuntimeException e) {
      throw badlyEncoded();
    }
    return query;
  }

  /** A parameter that nothing reads looks as if it were obeyed. */
  private static void requireKnown(Endpoint endpoint, Map<String, String> query) {
    for (String parameter : query.keySet()) {
      if (endpoint.path().startsWith("/v1/")
          && endpoint.parameters().stream()
              .noneMatch(
                  known -> known.place().equals("query") && known.name().equals(parameter))) {
        throw new Problem(
            400,
            "There is no parameter \"%s\" here: GET /v1/openapi.json lists all there are."
                .formatted(Problem.shown(parameter)));
      }
    }
  }

  private static Answer answered(Endpoint endpoint, Endpoint.Request request) {
    try {
      return endpoint
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
    streams.close();
    server.close();
  }
}
