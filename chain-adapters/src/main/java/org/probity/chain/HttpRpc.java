package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;

/**
 * JSON-RPC over HTTP. An overloaded or restarting node is asked again a few times, if there is no
 * other to ask instead, and only what does no harm twice. A node that says when to come back is
 * left alone until then.
 */
final class HttpRpc implements Rpc {

  private static final MediaType TYPE = MediaType.get("application/json");
  private static final Duration CONNECT = Duration.ofSeconds(5);
  // 520 to 524 are those of a well-known proxy in front of many nodes.
  private static final Set<Integer> TRANSIENT = Set.of(429, 502, 503, 504, 520, 521, 522, 523, 524);
  private static final Set<Integer> TIME_IS_OVER = Set.of(504, 524);
  private static final int TOO_MANY_REQUESTS = 429;

  /** Some give these to requests that they would take if they were smaller, or no batches. */
  private static final Set<Integer> TOO_MUCH = Set.of(400, 405, 413, 415, 422, 500, 501, 504, 524);

  private final URI endpoint;
  private final Duration patience;
  private final int attempts;
  private final Endpoints.Backoff backoff;
  private final OkHttpClient http;
  private final Request request;

  /** How many requests this node takes in one batch, as far as is known. */
  private volatile int batch = Integer.MAX_VALUE;

  /**
   * @param patience how long to wait for an answer
   * @param attempts how often to ask at most
   */
  HttpRpc(URI endpoint, Duration patience, int attempts, Endpoints.Backoff backoff) {
    this.endpoint = endpoint;
    this.patience = patience;
    this.attempts = attempts;
    this.backoff = backoff;
    this.http =
        new OkHttpClient.Builder()
            .connectTimeout(CONNECT)
            .readTimeout(patience)
            // Of the whole exchange, so that an answer that drips in ends as well.
            .callTimeout(patience)
            .followRedirects(false)
            .followSslRedirects(false)
            .build();
    this.request = Rpc.request(endpoint);
  }

  @Override
  public List<Answer> askAll(List<Question> questions) {
    return questions.isEmpty() ? List.of() : inBatches(questions, batch);
  }

  private List<Answer> inBatches(List<Question> questions, int most) {
    List<Answer> answers = new ArrayList<>(questions.size());
    for (int from = 0; from < questions.size(); from += most) {
      int until = Math.min(questions.size(), from + most);
      answers.addAll(asBatch(questions.subList(from, until)));
    }
    return answers;
  }

  /** As one batch if the node takes it, and as smaller ones or single requests if it does not. */
  private List<Answer> asBatch(List<Question> questions) {
    int most = batch;
    if (questions.size() > most) {
      return inBatches(questions, most);
    }
    int smaller;
    try {
      return once(questions);
    } catch (BatchRefused e) {
      smaller = e.most();
    } catch (RpcUnreachable e) {
      boolean split = questions.size() > 1 && e.lessMayHelp() && repeatable(questions);
      if (!split || e.fault() == EndpointFault.TIMEOUT) {
        throw e;
      }
      smaller = questions.size() / 2;
    }
    List<Answer> answers = inBatches(questions, smaller);
    // Remembered only now: the node answers when it is asked for less.
    batch = Math.min(batch, smaller);
    return answers;
  }

  /** Says that the node takes no batch of this size. */
  private static final class BatchRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int most;

    BatchRefused(int most) {
      super(null, null, false, false);
      this.most = most;
    }

    int most() {
      return most;
    }
  }

  private static boolean repeatable(List<Question> questions) {
    return questions.stream().allMatch(Question::repeatable);
  }

  private List<Answer> once(List<Question> questions) {
    Request post =
        request
            .newBuilder()
            .post(RequestBody.create(Rpc.write(Rpc.batch(questions, 1)), TYPE))
            .build();
    boolean logs = questions.stream().anyMatch(q -> q.method().equals("eth_getLogs"));
    for (int attempt = 1; ; attempt++) {
      Reply reply = exchange(post, logs);
      if (reply.status() == 200) {
        return answers(questions, reply.body());
      }
      boolean again =
          TRANSIENT.contains(reply.status())
              && repeatable(questions)
              && attempt < attempts
              // The same range of logs takes as long again.
              && !(logs && TIME_IS_OVER.contains(reply.status()));
      if (!again) {
        // Some nodes send JSON-RPC errors with a status of 400 or 500.
        return refusals(questions, reply);
      }
      Duration asked = reply.retryAfter().orElse(Duration.ZERO);
      if (asked.compareTo(patience) > 0) {
        throw limited(reply);
      }
      Duration own = backoff.pause(attempt);
      sleep(own.compareTo(asked) > 0 ? own : asked);
    }
  }

  private record Reply(int status, byte[] body, Optional<Duration> retryAfter) {}

  /**
   * @param logs whether the answer has as many log entries as the question asks for, so that too
   *     long an answer is no lie
   */
  private Reply exchange(Request post, boolean logs) {
    try (Response response = http.newCall(post).execute()) {
      if (response.isRedirect()) {
        throw redirected(response);
      }
      return new Reply(response.code(), content(response.body(), logs), retryAfter(response));
    } catch (InterruptedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new RpcUnreachable("Interrupted while waiting for " + shownEndpoint(), e);
      }
      throw RpcUnreachable.timeout(shownEndpoint(), patience, e);
    } catch (ConnectException | UnknownHostException e) {
      throw new RpcUnreachable(
          "No node answers at %s: start it there, or correct the RPC address"
              .formatted(shownEndpoint()),
          e);
    } catch (IOException e) {
      throw new RpcUnreachable(
              "The connection to the node at %s broke: %s"
                  .formatted(shownEndpoint(), Printable.line(String.valueOf(e.getMessage()), 120)),
              e)
          .ofTooMuch();
    }
  }

  /** The body, unpacked, as far as an answer may be long. */
  private byte[] content(@Nullable ResponseBody body, boolean logs) throws IOException {
    if (body == null) {
      return new byte[0];
    }
    BufferedSource source = body.source();
    if (source.request(RpcForm.MOST_BYTES + 1L)) {
      throw RpcForm.tooLong(
              logs ? EndpointFault.BAD_ANSWER : EndpointFault.OUT_OF_BOUNDS, shownEndpoint())
          .ofTooMuch();
    }
    return source.readByteArray();
  }

  private RpcUnreachable redirected(Response response) {
    HttpUrl target = response.request().url().resolve(response.header("Location", ""));
    return new RpcUnreachable(
        EndpointFault.OUT_OF_BOUNDS,
        "The node at %s sends its callers on to %s (HTTP status %d), which is not followed: name the address that answers itself"
            .formatted(
                shownEndpoint(),
                target == null ? "another address" : Rpc.shown(target.uri()),
                response.code()));
  }

  /** RFC 9110, section 10.2.3: seconds, or a date, which is read by the node's own clock. */
  private static Optional<Duration> retryAfter(Response response) {
    String value = response.header("Retry-After");
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Duration.ofSeconds(Math.max(0, Long.parseLong(value.strip()))));
    } catch (NumberFormatException e) {
      Date until = response.headers().getDate("Retry-After");
      Date now = response.headers().getDate("Date");
      return until == null || now == null
          ? Optional.empty()
          : Optional.of(Duration.ofMillis(Math.max(0, until.getTime() - now.getTime())));
    }
  }

  private RpcUnreachable limited(Reply reply) {
    String until =
        reply
            .retryAfter()
            .map(time -> "; it asks to be left alone for %d s".formatted(time.toSeconds()))
            .orElse("");
    return new RpcUnreachable(
        "The node at %s takes no more requests for now (HTTP status %d)%s: ask less often, or use another RPC address as well"
            .formatted(shownEndpoint(), reply.status(), until),
        reply.retryAfter());
  }

  private List<Answer> refusals(List<Question> questions, Reply reply) {
    if (reply.status() == TOO_MANY_REQUESTS) {
      throw limited(reply);
    }
    try {
      return answers(questions, reply.body());
    } catch (RpcUnreachable e) {
      if (e.fault() == EndpointFault.OUT_OF_BOUNDS) {
        throw e;
      }
      RpcUnreachable failure =
          new RpcUnreachable(
              TIME_IS_OVER.contains(reply.status())
                  ? EndpointFault.TIMEOUT
                  : EndpointFault.BAD_ANSWER,
              "The node at %s answered with HTTP status %d: check the RPC address and its access key"
                  .formatted(shownEndpoint(), reply.status()),
              e);
      throw TOO_MUCH.contains(reply.status()) ? failure.ofTooMuch() : failure;
    }
  }

  private List<Answer> answers(List<Question> questions, byte[] body) {
    return match(questions, RpcForm.read(body, shownEndpoint()));
  }

  private List<Answer> match(List<Question> questions, JsonNode response) {
    JsonNode one = response.isArray() && response.size() == 1 ? response.get(0) : response;
    if (questions.size() > 1 && one.isObject() && one.hasNonNull("error")) {
      return refusedWhole(questions, one);
    }
    if (questions.size() == 1 && response.isObject()) {
      if (!response.has("error") && !response.has("result")) {
        throw RpcForm.notJsonRpc(shownEndpoint(), null);
      }
      return List.of(answer(questions.getFirst(), response));
    }
    Map<Long, JsonNode> byId = new HashMap<>();
    response.forEach(each -> byId.put(each.path("id").asLong(), each));
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      JsonNode each = byId.get(1L + i);
      if (each == null) {
        // Some answer only as many as they are willing to.
        RpcUnreachable failure = RpcForm.notJsonRpc(shownEndpoint(), null);
        throw questions.size() > 1 ? failure.ofTooMuch() : failure;
      }
      answers.add(answer(questions.get(i), each));
    }
    requireBatchTaken(answers);
    return answers;
  }

  /** One error for a whole batch: a limit of some kind, or something wrong with one of them. */
  private List<Answer> refusedWhole(List<Question> questions, JsonNode response) {
    List<Answer> answers = questions.stream().map(question -> answer(question, response)).toList();
    requireBatchTaken(answers);
    Refusal refusal = (Refusal) answers.getFirst();
    if (refusal.means(ProviderHabit.Meaning.RATE_LIMIT) || !repeatable(questions)) {
      return answers;
    }
    throw new BatchRefused(Math.max(1, questions.size() / 2));
  }

  private static void requireBatchTaken(List<Answer> answers) {
    for (Answer answer : answers) {
      if (answers.size() > 1 && answer instanceof Refusal refusal) {
        if (refusal.means(ProviderHabit.Meaning.BATCH_REFUSED)) {
          throw new BatchRefused(1);
        }
        if (refusal.means(ProviderHabit.Meaning.BATCH_TOO_LARGE)) {
          int half = answers.size() / 2;
          throw new BatchRefused(
              Math.min(
                  answers.size() - 1, ProviderHabit.batchSize(refusal.message()).orElse(half)));
        }
      }
    }
  }

  private Answer answer(Question question, JsonNode response) {
    return RpcForm.answer(question, response, shownEndpoint());
  }

  /** Waits, or gives the question up where the thread is interrupted. */
  static void sleep(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RpcUnreachable("Interrupted while waiting to ask again", e);
    }
  }

  @Override
  public String shownEndpoint() {
    return Rpc.shown(endpoint);
  }

  @Override
  public void close() {
    http.connectionPool().evictAll();
  }
}
