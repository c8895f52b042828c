package org.probity.agent.gateway;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.util.ByteString;
import org.probity.agent.AgentSettings;
import org.probity.agent.Agents;
import org.probity.agent.Ending;
import org.probity.agent.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.zk.Bytes32;

/**
 * The HTTP API of a node. It has an actor system of its own, of two threads, so that no flood of
 * requests slows agents down. On loopback by default; it listens elsewhere with TLS only, and
 * answers those who show the token.
 */
public final class HttpGateway implements AutoCloseable {

  private static final String TOKEN_VARIABLE = "PROBITY_HTTP_TOKEN";
  private static final int MOST_BYTES = 64 * 1024;
  private static final long BODY_MILLIS = 5_000;
  private static final long START_SECONDS = 30;

  private final ActorSystem system;
  private final Materializer materializer;
  private final List<ApiRoutes.Route> routes;
  private final BearerToken token;
  private final String scheme;
  private final String host;
  private InetSocketAddress address;
  private volatile boolean closed;

  private HttpGateway(
      ActorSystem system,
      List<ApiRoutes.Route> routes,
      BearerToken token,
      String scheme,
      InetAddress host) {
    this.system = system;
    this.materializer = SystemMaterializer.get(system).materializer();
    this.routes = routes;
    this.token = token;
    this.scheme = scheme;
    this.host = host.getHostAddress();
    this.address = new InetSocketAddress(host, 0);
  }

  /**
   * Listens.
   *
   * @param reference digest of the structured reference string that proofs are made under
   * @param models digests of the keys of this node's models
   * @param pace of agents that are created without one
   * @throws IllegalArgumentException with a sentence if the settings are unsafe or cannot be used
   */
  public static HttpGateway open(
      OperationSettings.Http settings,
      Agents agents,
      NodeWatch watch,
      Bytes32 reference,
      List<Bytes32> models,
      AgentSettings.Pace pace) {
    InetAddress host = resolve(settings.host());
    Optional<SSLContext> tls = settings.tls().map(HttpGateway::sslContext);
    if (!host.isLoopbackAddress() && tls.isEmpty()) {
      throw new IllegalArgumentException(
          "The API would listen on %s without encryption: set probity.http.tls, or listen on 127.0.0.1."
              .formatted(settings.host()));
    }
    BearerToken token =
        BearerToken.from(System.getenv(TOKEN_VARIABLE), settings.tokenFile(), new SecureRandom());
    HttpGateway gateway =
        new HttpGateway(
            ActorSystem.create("probity-http", ConfigFactory.load("probity-http")),
            new ApiRoutes(agents, watch, reference, models, pace).all(),
            token,
            tls.isPresent() ? "https" : "http",
            host);
    try {
      gateway.bind(settings.port(), tls);
      return gateway;
    } catch (RuntimeException e) {
      gateway.close();
      throw e;
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

  private static SSLContext sslContext(OperationSettings.Tls tls) {
    char[] password = new char[0];
    try (InputStream in = Files.newInputStream(tls.keyStore())) {
      password = firstLine(tls.passwordFile());
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The PKCS#12 file %s cannot be used: check it, and that probity.http.tls.password-file holds its password."
              .formatted(tls.keyStore()),
          e);
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  private static char[] firstLine(Path file) throws IOException {
    return Files.readString(file).lines().findFirst().orElse("").toCharArray();
  }

  private void bind(int port, Optional<SSLContext> tls) {
    ServerBuilder server = Http.get(system).newServerAt(host, port);
    ServerBuilder secured =
        tls.map(context -> server.enableHttps(ConnectionContext.httpsServer(context)))
            .orElse(server);
    try {
      ServerBinding binding =
          secured.bind(this::answer).toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
      address = binding.localAddress();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the API was starting", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalArgumentException(
          "The API cannot listen on %s, port %d: choose another probity.http.port, or 0 for any free one."
              .formatted(host, port),
          e);
    }
  }

  /** Where it listens: scheme, host and port. */
  public String address() {
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return "%s://%s:%d".formatted(scheme, shown, address.getPort());
  }

  // ---- a request ----

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    boolean trusted =
        token.shownIn(request.getHeader("Authorization").map(HttpHeader::value).orElse(null));
    return route(request, trusted)
        .exceptionally(failure -> {
          Ending.report(failure);
          return problem(Problem.of(failure));
        });
  }

  private CompletionStage<HttpResponse> route(HttpRequest request, boolean trusted) {
    String path = request.getUri().path();
    List<ApiRoutes.Route> there =
        routes.stream().filter(route -> route.match(path).isPresent()).toList();
    if (!trusted && there.stream().noneMatch(ApiRoutes.Route::open)) {
      request.discardEntityBytes(materializer);
      return done(
          problem(
                  new Problem(
                      401, "Show the token of probity.http.token-file: Authorization: Bearer …"))
              .addHeader(RawHeader.create("WWW-Authenticate", "Bearer realm=\"probity\"")));
    }
    if (there.isEmpty()) {
      request.discardEntityBytes(materializer);
      return done(
          problem(
              new Problem(404, "There is nothing here: GET /v1/openapi.json lists all there is.")));
    }
    String method = request.method().value();
    Optional<ApiRoutes.Route> chosen =
        there.stream().filter(route -> route.method().equals(method)).findFirst();
    if (chosen.isEmpty()) {
      request.discardEntityBytes(materializer);
      String allowed =
          there.stream().map(ApiRoutes.Route::method).collect(Collectors.joining(", "));
      return done(
          problem(new Problem(405, "%s is not done here, but %s.".formatted(method, allowed)))
              .addHeader(RawHeader.create("Allow", allowed)));
    }
    ApiRoutes.Route route = chosen.get();
    return body(request)
        .thenCompose(bytes ->
            route
                .handler()
                .handle(
                    new ApiRoutes.Request(
                        route.match(path).orElseThrow(), query(request), bytes, trusted)))
        .thenApply(HttpGateway::response);
  }

  private CompletionStage<byte[]> body(HttpRequest request) {
    if (request.entity().getContentLengthOption().orElse(0) > MOST_BYTES) {
      request.discardEntityBytes(materializer);
      return CompletableFuture.failedFuture(tooLong());
    }
    return request
        .entity()
        .withSizeLimit(MOST_BYTES)
        .toStrict(BODY_MILLIS, materializer)
        .thenApply(strict -> strict.getData().toArrayUnsafe())
        .exceptionallyCompose(failure ->
            CompletableFuture.failedFuture(
                failure instanceof TimeoutException
                    ? new Problem(408, "The body did not come in time.")
                    : sized(failure)));
  }

  private static Throwable sized(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof EntityStreamSizeException) {
        return tooLong();
      }
    }
    return failure;
  }

  private static Problem tooLong() {
    return new Problem(413, "The body is longer than %d bytes.".formatted(MOST_BYTES));
  }

  private static Map<String, String> query(HttpRequest request) {
    Map<String, String> parameters = new HashMap<>();
    request.getUri().query().toMap().forEach(parameters::put);
    return parameters;
  }

  private static HttpResponse problem(Problem problem) {
    return response(problem.answer(StatusCodes.get(problem.status()).reason()));
  }

  private static HttpResponse response(ApiRoutes.Answer answer) {
    HttpResponse response =
        HttpResponse.create()
            .withStatus(answer.status())
            .withEntity(
                HttpEntities.create(
                    ContentTypes.parse(answer.type()), ByteString.fromArrayUnsafe(answer.body())))
            .addHeader(RawHeader.create("Cache-Control", "no-store"))
            .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"));
    return answer.name() == null
        ? response
        : response.addHeader(
            RawHeader.create(
                "Content-Disposition", "attachment; filename=\"%s\"".formatted(answer.name())));
  }

  private static CompletionStage<HttpResponse> done(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }

  /** Completed if it ends before it is closed, as an error of the virtual machine makes it. */
  public CompletionStage<Void> ended() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    system
        .getWhenTerminated()
        .thenRun(() -> {
          if (!closed) {
            ended.complete(null);
          }
        });
    return ended;
  }

  @Override
  public void close() {
    closed = true;
    system.terminate();
    try {
      system.getWhenTerminated().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warning("The API did not end in time: {}", e.toString());
    }
  }
}
