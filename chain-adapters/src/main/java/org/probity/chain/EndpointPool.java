package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;

/**
 * Several endpoints of one chain behind one {@link Rpc}: a question goes to the best one, and to
 * the next if that fails. Every endpoint is asked for its chain id and its block 0 before anything
 * else, and again after each failure, since what comes back may be another node.
 *
 * <p>What fails over is what does no harm twice: reads, and a signed transaction, which its hash
 * makes the same wherever it goes. A read that is pinned to a block goes only to a node that has
 * reached it; if none has, it waits a little and then fails rather than be answered from another
 * state.
 */
final class EndpointPool implements Rpc {

  private static final int ROUNDS = 5;

  /** How long a node that is late is asked again: about what a head is worth waiting for. */
  private static final Duration LATE = Duration.ofSeconds(4);

  private static final Duration SOON = Duration.ofMillis(100);

  /** A block so far behind the newest is not late: it is gone. */
  private static final int OLD = 64;

  /** Attempts at one endpoint, where there is no other. */
  private static final int ATTEMPTS = 4;

  private final Endpoints settings;
  private final List<RankedEndpoint> nodes;
  private final Map<URI, RankedEndpoint> sockets = new ConcurrentSkipListMap<>();
  private final Set<String> names = new HashSet<>();
  private final List<FaultListener> listeners = new CopyOnWriteArrayList<>();
  private volatile long chainId;
  private volatile @Nullable Bytes32 genesis;
  private volatile long tip = -1;
  private volatile @Nullable RankedEndpoint announcing;

  interface FaultListener {
    void onFault(String endpoint, EndpointFault fault, String detail);
  }

  private EndpointPool(Endpoints settings) {
    this.settings = settings;
    this.genesis = settings.genesis().orElse(null);
    int attempts = settings.rpc().size() == 1 ? ATTEMPTS : 1;
    List<RankedEndpoint> asked = new ArrayList<>();
    for (URI address : settings.rpc()) {
      Rpc rpc = connection(address, settings, attempts);
      asked.add(new RankedEndpoint(name(address), asked.size(), rpc, settings.backoff()));
    }
    this.nodes = List.copyOf(asked);
    withSockets(settings.webSockets());
  }

  /** Adds WebSockets that announce heads, unless they are known. */
  EndpointPool withSockets(List<URI> addresses) {
    synchronized (names) {
      for (URI address : addresses) {
        requireScheme(address, Set.of("ws", "wss"));
        if (!sockets.containsKey(address)) {
          sockets.put(
              address, new RankedEndpoint(name(address), sockets.size(), null, settings.backoff()));
        }
      }
    }
    return this;
  }

  /**
   * The endpoints of chain {@code chainId}, at least one of which answers and serves it.
   *
   * @param chainId -1 to take the chain of the first that answers
   */
  static EndpointPool connect(Endpoints settings, long chainId) {
    EndpointPool pool = new EndpointPool(settings);
    pool.chainId = chainId;
    try {
      pool.first();
      return pool;
    } catch (ChainException e) {
      pool.close();
      throw e;
    }
  }

  /** Proves one endpoint; the others are proven when they are first asked. */
  private void first() {
    ChainException last = null;
    for (RankedEndpoint node : nodes) {
      try {
        prove(node);
        return;
      } catch (ChainException e) {
        blame(node, e);
        // That a node lies says more than that another one is down.
        last = last instanceof WrongChain ? last : e;
      }
    }
    throw last == null ? new IllegalStateException("no endpoints") : last;
  }

  private static Rpc connection(URI address, Endpoints settings, int attempts) {
    requireScheme(address, Set.of("http", "https", "ws", "wss"));
    return address.getScheme().startsWith("http")
        ? new HttpRpc(address, settings.patience(), attempts, settings.backoff())
        : new SocketRpc(address, settings.patience(), _ -> {}, _ -> {});
  }

  private static void requireScheme(URI address, Set<String> schemes) {
    if (address.getScheme() == null || address.getHost() == null) {
      throw new IllegalArgumentException(
          "Not the address of a node: '%s'; it should look like http://127.0.0.1:8545"
              .formatted(Bytes.abbreviate(address.toString())));
    }
    if (!schemes.contains(address.getScheme())) {
      throw new IllegalArgumentException(
          schemes.contains("http")
              ? "A node cannot be reached by '%s': use http, https, ws or wss"
                  .formatted(address.getScheme())
              : "Heads are not announced by '%s': use ws or wss".formatted(address.getScheme()));
    }
  }

  private String name(URI address) {
    String shown = Rpc.shown(address);
    String name = shown;
    for (int number = 2; !names.add(name); number++) {
      name = shown + " #" + number;
    }
    return name;
  }

  // ---- Asking ----

  @Override
  public List<Answer> askAll(List<Question> questions) {
    if (questions.isEmpty()) {
      return List.of();
    }
    if (questions.stream().allMatch(Question::repeatable)) {
      return new Read(questions).answers();
    }
    return handOver(questions);
  }

  /**
   * What must not be repeated goes to one endpoint, except for a signed transaction: if an endpoint
   * may have taken it without saying so, a later one's refusal proves nothing.
   */
  private List<Answer> handOver(List<Question> questions) {
    boolean transaction =
        questions.stream().allMatch(q -> q.method().equals("eth_sendRawTransaction"));
    RpcUnreachable unsure = null;
    ChainException failure = null;
    for (RankedEndpoint node : ranked()) {
      if (node.excluded()) {
        continue;
      }
      try {
        prove(node);
      } catch (RpcUnreachable | WrongChain e) {
        blame(node, e);
        failure = failure == null ? e : failure;
        continue;
      }
      try {
        List<Answer> answers = node.ask(questions);
        requireNoLimit(node, answers);
        boolean refused = answers.stream().anyMatch(Refusal.class::isInstance);
        if (refused && unsure != null) {
          throw unsure;
        }
        return answers;
      } catch (RpcUnreachable e) {
        if (e == unsure) {
          throw e;
        }
        blame(node, e);
        if (!transaction) {
          throw e;
        }
        failure = e;
        unsure = e.fault() == EndpointFault.RATE_LIMITED ? unsure : e;
      }
    }
    if (unsure != null) {
      throw unsure;
    }
    throw failure == null ? allShut() : failure;
  }

  /**
   * One read on its way from endpoint to endpoint.
   *
   * <p>A node that has not got a block yet is late, not broken: behind one address there may be
   * several nodes, of which the next to answer has it. So the read is asked again within a fraction
   * of a second, as long as a head is worth waiting for.
   */
  private final class Read {
    private final List<Question> questions;
    private final long height;
    private final List<Question> asked;
    private final long until = System.nanoTime() + LATE.toNanos();
    private @Nullable ChainException failure;
    private @Nullable List<Answer> lacking;
    private boolean behind;

    Read(List<Question> questions) {
      this.questions = questions;
      this.height = questions.stream().flatMapToLong(q -> q.height().stream()).max().orElse(-1);
      this.asked = new ArrayList<>(questions);
      if (tip >= 0 && questions.stream().anyMatch(Question::ofNewest)) {
        // In the same request, so that it is the same node that tells how far it is.
        asked.add(new Question("eth_blockNumber", List.of()));
      }
    }

    List<Answer> answers() {
      for (int round = 1; ; round++) {
        failure = null;
        lacking = null;
        behind = false;
        Optional<List<Answer>> answers = round();
        if (answers.isPresent()) {
          return answers.get();
        }
        Optional<Duration> pause = pause(round);
        if (pause.isEmpty()) {
          return giveUp();
        }
        HttpRpc.sleep(pause.get());
      }
    }

    private Optional<List<Answer>> round() {
      for (RankedEndpoint node : ranked()) {
        if (!node.excluded()) {
          Optional<List<Answer>> answers = ask(node);
          if (answers.isPresent()) {
            return answers;
          }
        }
      }
      return Optional.empty();
    }

    private Optional<List<Answer>> ask(RankedEndpoint node) {
      try {
        prove(node);
        if (several() && height > node.head() && height > number(node)) {
          behind = true;
          return Optional.empty();
        }
        List<Answer> all = node.ask(asked);
        requireNoLimit(node, all);
        List<Answer> answers = all.subList(0, questions.size());
        boolean lacks = lacksBlock(answers);
        if (lacks || isLate(answers) || isBehindTip(all)) {
          lacking = answers;
          return Optional.empty();
        }
        return Optional.of(lookFurther(node, answers));
      } catch (RpcUnreachable | WrongChain e) {
        blame(node, e);
        failure = failure instanceof WrongChain ? failure : e;
        return Optional.empty();
      }
    }

    /** Whether a block is missing that another node may have; many show no pending one. */
    private boolean lacksBlock(List<Answer> answers) {
      for (int i = 0; i < answers.size(); i++) {
        if (answers.get(i) instanceof Refusal refusal
            && refusal.lacksBlock()
            && !questions.get(i).ofPending()) {
          return true;
        }
      }
      return false;
    }

    /** Whether what was asked of the newest block was answered by a node that has it not yet. */
    private boolean isBehindTip(List<Answer> all) {
      return all.size() > questions.size()
          && all.getLast() instanceof Result(JsonNode number)
          && RpcForm.count(number) < tip;
    }

    /** Whether there is nothing at a height that the chain has reached already. */
    private boolean isLate(List<Answer> answers) {
      for (int i = 0; i < answers.size(); i++) {
        OptionalLong at = questions.get(i).lookedUp();
        if (at.isPresent() && at.getAsLong() <= tip && isNull(answers.get(i))) {
          return true;
        }
      }
      return false;
    }

    /** What this node has not got, one that is further may have. */
    private List<Answer> lookFurther(RankedEndpoint node, List<Answer> answers) {
      List<Answer> complete = new ArrayList<>(answers);
      for (int i = 0; i < complete.size(); i++) {
        if (!questions.get(i).looksUp() || !isNull(complete.get(i))) {
          continue;
        }
        for (RankedEndpoint other : ranked()) {
          if (other == node || other.resting() || other.head() <= node.head()) {
            continue;
          }
          try {
            prove(other);
            complete.set(i, other.ask(List.of(questions.get(i))).getFirst());
          } catch (RpcUnreachable | WrongChain e) {
            blame(other, e);
          }
          if (!isNull(complete.get(i))) {
            break;
          }
        }
      }
      return complete;
    }

    /** How long to wait before another round; empty if it would change nothing. */
    private Optional<Duration> pause(int round) {
      if (behind || lacking != null) {
        // What the newest heads are made of is not gone: a node may have it a moment later.
        boolean pruned =
            tip < 0
                && !behind
                && lacking != null
                && refusals(lacking).stream()
                    .allMatch(r -> r.means(ProviderHabit.Meaning.STATE_PRUNED))
                && !refusals(lacking).isEmpty();
        boolean old = height >= 0 && height < tip - OLD;
        Duration pause = SOON.multipliedBy(Math.min(4, 1L << (round - 1)));
        boolean inTime = System.nanoTime() + pause.toNanos() < until;
        return inTime && !pruned && !old ? Optional.of(pause) : Optional.empty();
      }
      boolean allLimited = nodes.stream().allMatch(RankedEndpoint::excluded);
      if (!allLimited || round >= ROUNDS) {
        return Optional.empty();
      }
      return nodes.stream()
          .map(RankedEndpoint::shutFor)
          .min(Comparator.naturalOrder())
          .filter(time -> time.compareTo(settings.patience()) <= 0);
    }

    private List<Answer> giveUp() {
      if (lacking != null) {
        return lacking; // the node's own words for the block that it has not got
      }
      if (behind) {
        throw new RpcUnreachable(
            EndpointFault.STALE,
            "No endpoint of chain %d has reached block %d yet: wait, or add an RPC address that keeps up"
                .formatted(chainId, height));
      }
      throw failure == null ? allShut() : failure;
    }
  }

  private static List<Refusal> refusals(List<Answer> answers) {
    return answers.stream().filter(Refusal.class::isInstance).map(Refusal.class::cast).toList();
  }

  private static void requireNoLimit(RankedEndpoint node, List<Answer> answers) {
    for (Refusal refusal : refusals(answers)) {
      if (refusal.means(ProviderHabit.Meaning.RATE_LIMIT)) {
        throw new RpcUnreachable(
            "The node at %s takes no more requests for now (%s): ask less often, or use another RPC address as well"
                .formatted(node.name(), refusal.message()),
            ProviderHabit.retryInSeconds(refusal.message()).map(Duration::ofSeconds));
      }
    }
  }

  private static boolean isNull(Answer answer) {
    return answer instanceof Result(JsonNode value) && value.isNull();
  }

  private boolean several() {
    return nodes.size() > 1;
  }

  private RpcUnreachable allShut() {
    StringBuilder reasons = new StringBuilder();
    nodes.forEach(node ->
        node.shutReason()
            .ifPresent(why -> reasons.append(reasons.isEmpty() ? "" : "; ").append(why)));
    return new RpcUnreachable(
        "No endpoint of chain %d can be asked now: %s".formatted(chainId, reasons));
  }

  // ---- Judging ----

  /**
   * Asks an endpoint what chain it serves, unless it has told since it last failed.
   *
   * @throws WrongChain if it is another
   */
  void prove(RankedEndpoint node) {
    if (node.proven()) {
      return;
    }
    long served =
        one(node, "eth_chainId")
            .map(RpcForm::count)
            .orElseThrow(() ->
                new RpcUnreachable(
                    EndpointFault.BAD_ANSWER,
                    "The node at %s tells no chain id".formatted(node.name())));
    if (chainId < 0) {
      chainId = served;
    }
    if (served != chainId) {
      throw new WrongChain(node.name(), chainId, served);
    }
    Optional<Bytes32> first = genesis(node);
    if (first.isPresent()) {
      requireGenesis(node.name(), first.get());
    }
    node.prove();
  }

  /** For a WebSocket's connection, which is proven like any other. */
  void prove(String name, Rpc connection) {
    long served = RpcForm.count(connection.ask("eth_chainId"));
    if (served != chainId) {
      throw new WrongChain(name, chainId, served);
    }
    JsonNode block;
    try {
      block = connection.ask("eth_getBlockByNumber", "0x0", false);
    } catch (RpcRefused e) {
      return;
    }
    if (block.hasNonNull("hash")) {
      requireGenesis(name, Bytes32.fromHex(block.path("hash").asText()));
    }
  }

  private synchronized void requireGenesis(String name, Bytes32 first) {
    Bytes32 expected = genesis;
    if (expected == null) {
      genesis = first;
    } else if (!expected.equals(first)) {
      throw new WrongChain(name, expected, first);
    }
  }

  /** Empty where a node keeps no block 0, or tells it to nobody. */
  private Optional<Bytes32> genesis(RankedEndpoint node) {
    try {
      return one(node, "eth_getBlockByNumber", "0x0", false)
          .filter(block -> block.hasNonNull("hash"))
          .map(block -> Bytes32.fromHex(block.path("hash").asText()));
    } catch (RpcUnreachable e) {
      if (e.fault() == EndpointFault.BAD_ANSWER) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private long number(RankedEndpoint node) {
    long number = one(node, "eth_blockNumber").map(RpcForm::count).orElse(-1L);
    node.hasHead(number);
    return number;
  }

  private static Optional<JsonNode> one(RankedEndpoint node, String method, Object... parameters) {
    Answer answer = node.ask(List.of(new Question(method, List.of(parameters)))).getFirst();
    requireNoLimit(node, List.of(answer));
    return answer instanceof Result(JsonNode value) ? Optional.of(value) : Optional.empty();
  }

  /** Notes that an endpoint failed with {@code cause}. An interrupted caller is nobody's fault. */
  void blame(RankedEndpoint node, ChainException cause) {
    if (Thread.currentThread().isInterrupted()) {
      throw cause;
    }
    switch (cause) {
      case RpcUnreachable e ->
          blame(node, e.fault(), String.valueOf(e.getMessage()), e.retryAfter());
      case WrongChain e -> blame(node, e.fault(), String.valueOf(e.getMessage()), Optional.empty());
      case RpcRefused _, CallReverted _ -> {}
    }
  }

  void blame(RankedEndpoint node, EndpointFault fault, String detail) {
    blame(node, fault, detail, Optional.empty());
  }

  private void blame(
      RankedEndpoint node, EndpointFault fault, String detail, Optional<Duration> askedFor) {
    node.failed(fault, detail, askedFor);
    listeners.forEach(listener -> listener.onFault(node.name(), fault, detail));
  }

  // ---- For those who watch heads ----

  /** All that can be asked, the best first. */
  List<RankedEndpoint> ranked() {
    return ranked(nodes);
  }

  /** All WebSockets, the best first. */
  List<RankedEndpoint> rankedSockets() {
    return ranked(List.copyOf(sockets.values()));
  }

  private List<RankedEndpoint> ranked(List<RankedEndpoint> endpoints) {
    if (endpoints.size() < 2) {
      return endpoints;
    }
    int stale = settings.backoff().staleBlocks();
    record Ranked(RankedEndpoint endpoint, long rank) {}
    // Ranked once, since ranks change with time.
    return endpoints.stream()
        .map(endpoint -> new Ranked(endpoint, endpoint.rank(tip, stale)))
        .sorted(
            Comparator.comparingLong(Ranked::rank)
                .thenComparingInt(ranked -> ranked.endpoint().preference()))
        .map(Ranked::endpoint)
        .toList();
  }

  URI socketAddress(RankedEndpoint socket) {
    return sockets.entrySet().stream()
        .filter(entry -> entry.getValue() == socket)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  /** The newest block that {@code node} has. */
  Head newest(RankedEndpoint node) {
    prove(node);
    Head head =
        headsOf(node, List.of(new Question("eth_getBlockByNumber", List.of("latest", false))))
            .stream()
            .findFirst()
            .orElseThrow(() ->
                new RpcUnreachable(
                    EndpointFault.BAD_ANSWER,
                    "The node at %s tells no newest block".formatted(node.name())));
    node.hasHead(head.number());
    return head;
  }

  /**
   * The heads that {@code node} has between two heights, both included. If it has told of higher
   * ones, and these are missing, another node may have answered at the same address: it is asked
   * again soon.
   */
  List<Head> heads(RankedEndpoint node, long first, long last) {
    if (first > last) {
      return List.of();
    }
    List<Question> questions =
        LongStream.rangeClosed(first, last)
            .mapToObj(number -> List.of(BlockTag.at(number).rpcForm(), false))
            .map(parameters -> new Question("eth_getBlockByNumber", parameters))
            .toList();
    List<Head> heads = headsOf(node, questions);
    for (int again = 0;
        again < 3 && heads.size() < questions.size() && last <= node.head();
        again++) {
      HttpRpc.sleep(SOON.multipliedBy(1L << again));
      heads = headsOf(node, questions);
    }
    return heads;
  }

  private static List<Head> headsOf(RankedEndpoint node, List<Question> questions) {
    List<Answer> answers = node.ask(questions);
    requireNoLimit(node, answers);
    return answers.stream().flatMap(answer -> RpcForm.head(answer.orThrow()).stream()).toList();
  }

  /** A head was delivered: what endpoints are behind of. */
  void delivered(long number) {
    tip = number;
  }

  /** Asks again what chain an endpoint serves. */
  void proveAgain(RankedEndpoint node) {
    node.doubt();
    prove(node);
  }

  void announcing(@Nullable RankedEndpoint socket) {
    announcing = socket;
  }

  int staleBlocks() {
    return settings.backoff().staleBlocks();
  }

  Endpoints.Backoff backoff() {
    return settings.backoff();
  }

  void listen(FaultListener listener) {
    listeners.add(listener);
  }

  void unlisten(FaultListener listener) {
    listeners.remove(listener);
  }

  List<EndpointStatus> status() {
    RankedEndpoint chosen = ranked().getFirst();
    List<EndpointStatus> all = new ArrayList<>();
    nodes.forEach(node -> all.add(node.status(node == chosen, tip)));
    rankedSockets().forEach(socket -> all.add(socket.status(socket == announcing, tip)));
    return List.copyOf(all);
  }

  long chainId() {
    return chainId;
  }

  @Override
  public String shownEndpoint() {
    return String.join(", ", nodes.stream().map(RankedEndpoint::name).toList());
  }

  @Override
  public void close() {
    nodes.forEach(RankedEndpoint::close);
  }
}
