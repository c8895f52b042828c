package org.probity.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.agent.HoldFigures;
import org.probity.agent.LoanFigures;
import org.probity.agent.Token;
import org.probity.agent.VaultTokens;
import org.probity.agent.node.TinyModel;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.settings.OperationSettings;
import org.probity.chain.Address;
import org.probity.chain.EndpointFault;
import org.probity.chain.EndpointStatus;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.ground.Bytes32;
import org.probity.intent.AssetDelta;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Notice.Stage;
import org.probity.intent.conduct.Step;
import org.slf4j.LoggerFactory;

final class NodeWatchTest {

  private static final Address ACCOUNT = new Address("0x" + "22".repeat(20));
  private static final Path GRAFANA = Path.of("src/main/grafana");
  private static final BigInteger ETHER = BigInteger.TEN.pow(18);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.ofEpochSecond(1_700_000_000));
  private final Around around = new Around();
  private final VaultTokens tokens =
      new VaultTokens(_ ->
          List.of(new Token(TinyModel.NUMERAIRE, "USD", 1), new Token(TinyModel.ASSET, "WETH", 2)));
  private final NodeWatch watch =
      new NodeWatch(
          new OperationSettings.Alerts(
              Duration.ofMinutes(2), Duration.ofMinutes(5), Duration.ofSeconds(5), ETHER),
          List.of(ACCOUNT),
          tokens,
          now::get);
  private final AgentListener agents = watch.agents(AgentListener.NONE);
  private final HeadSource.Listener heads = watch.heads(_ -> {});

  NodeWatchTest() {
    watch.beginByHand(around);
  }

  @Test
  void everyMetricOfTheDashboardAndOfTheAlertRulesIsInTheScrape() throws IOException {
    heads.onHead(head(1));
    decide(1);
    watch.surveyNow(around);
    Set<String> known =
        watch
            .scrape()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("[{ ]", 2)[0])
            .collect(Collectors.toCollection(TreeSet::new));

    String dashboard = Files.readString(GRAFANA.resolve("probity.json"));
    JsonNode root = new ObjectMapper().readTree(dashboard);
    assertThat(root.path("panels")).hasSizeGreaterThan(15);
    assertThat(root.path("panels").findValuesAsText("expr")).hasSizeGreaterThan(20);

    assertThat(known).containsAll(metrics(String.join("\n", root.findValuesAsText("expr"))));
    String rules = Files.readString(GRAFANA.resolve("probity-alerts.yml"));
    assertThat(known).containsAll(metrics(expressions(rules)));
    for (Alert.Kind kind : Alert.Kind.values()) {
      assertThat(rules).contains("- alert: " + kind.title());
    }
  }

  @Test
  void everyFigureOfOursIsOnTheDashboard() throws IOException {
    heads.onHead(head(1));
    decide(1);
    watch.surveyNow(around);
    String dashboard = Files.readString(GRAFANA.resolve("probity.json"));
    Set<String> shown = metrics(dashboard);
    Set<String> ours =
        watch
            .scrape()
            .lines()
            .filter(line -> line.startsWith("probity_"))
            .map(line -> line.split("[{ ]", 2)[0])
            .filter(name -> !name.startsWith("probity_stage_seconds"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(shown).containsAll(ours);
  }

  @Test
  void whatAVaultHoldsIsShownInWholeTokensOnceItsTokensAreKnown() {
    decide(1);
    String vault = "vault=\"%s\"}".formatted(TinyModel.VAULT);
    assertThat(watch.scrape())
        .contains("probity_vault_equity{unit=\"USD\"," + vault + " 2.0")
        .contains("probity_vault_turnover_left{unit=\"USD\"," + vault + " 1.0")
        .contains("probity_vault_day_loss{unit=\"USD\"," + vault + " 0.0")
        .contains("probity_vault_month_loss{unit=\"USD\"," + vault + " 0.0")
        .contains(
            "probity_vault_holding{asset=\"USD\",token=\"%s\",%s 1.0"
                .formatted(TinyModel.NUMERAIRE, vault))
        .contains(
            "probity_vault_holding{asset=\"WETH\",token=\"%s\",%s 0.1"
                .formatted(TinyModel.ASSET, vault));
  }

  /** An agent decides, and the watch looks until it knows the vault's tokens. */
  private void decide(long head) {
    Proposal proposal =
        TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120)
            .propose(TinyModel.head(head));
    agents.on("a", new Notice.Decided(proposal, TinyModel.HOLD));
    watch.look();
    while (tokens.of(TinyModel.VAULT).isEmpty()) {
      Thread.onSpinWait();
    }
    watch.look();
  }

  @Test
  void eventsAreCountedByStageAndCause() {
    agents.on("a", new Notice.Timed(head(1), Stage.HEAD_TO_DECISION, Duration.ofMillis(40)));
    agents.on("a", new Notice.Failed(head(1), Step.PROVING, "no prover", 1, Duration.ofSeconds(1)));
    heads.onHead(head(1));
    heads.onReverted(head(1));
    watch.look();
    assertThat(watch.scrape())
        .contains("probity_stage_seconds_count{stage=\"head_to_decision\"} 1")
        .contains("probity_stage_seconds_bucket{stage=\"head_to_decision\",le=\"0.025\"} 0")
        .contains("probity_stage_seconds_bucket{stage=\"head_to_decision\",le=\"0.05\"} 1")
        .contains("probity_failures_total{cause=\"proving\"} 1.0")
        .contains("probity_heads_total 1.0")
        .contains("probity_heads_reverted_total 1.0")
        .contains(
            "probity_endpoint_faults_total{cause=\"rate_limited\",endpoint=\"http://node\"} 3.0")
        .contains("probity_proofs_waiting 7.0");
  }

  @Test
  void aHeadThatDoesNotComeIsAnAlertUntilOneComes() {
    heads.onHead(head(0));
    watch.look();
    assertThat(alerts()).isEmpty();
    pass(Duration.ofSeconds(121));
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.STALLED_HEAD);
    Instant since = watch.health().alerts().getFirst().since();
    pass(Duration.ofSeconds(10));
    watch.look();
    assertThat(watch.health().alerts().getFirst().since()).isEqualTo(since);
    heads.onHead(head(131));
    watch.look();
    assertThat(alerts()).isEmpty();
  }

  @Test
  void momentsMissedInARowAreAnAlertUntilOneIsExecutedOrHolds() {
    Proposal proposal =
        TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120).propose(head(1));
    Notice missed = new Notice.Missed(head(1), "the price is too far away");
    List<Notice> healing =
        List.of(
            new Notice.Decided(proposal, TinyModel.HOLD),
            new Notice.Executed(
                proposal, new Settlement.Executed(TinyModel.receipt(1, true), List.of())));
    for (Notice heals : healing) {
      agents.on("a", missed);
      agents.on("b", missed);
      watch.look();
      assertThat(alerts()).isEmpty();
      agents.on("a", new Notice.Decided(proposal, new Prospect.NotNow("the price")));
      agents.on("a", missed);
      watch.look();
      assertThat(watch.health().alerts())
          .singleElement()
          .satisfies(alert -> {
            assertThat(alert.kind()).isEqualTo(Alert.Kind.MOMENTS_MISSED);
            assertThat(alert.subject()).isEqualTo("a");
            assertThat(alert.detail())
                .startsWith("Agent a could not act at 2 moments in a row")
                .contains("the price is too far away");
          });
      agents.on("a", heals);
      agents.on("b", heals);
      watch.look();
      assertThat(alerts()).isEmpty();
    }
    assertThat(watch.scrape()).contains("probity_moments_missed_total 6.0");
  }

  @Test
  void whereTradesWentIsCountedWhereTheyHadAChoice() {
    Proposal proposal =
        TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120).propose(head(1));
    List<AssetDelta> deltas =
        List.of(
            new AssetDelta(TinyModel.NUMERAIRE, BigInteger.TEN.negate()),
            new AssetDelta(TinyModel.ASSET, BigInteger.TWO));
    VenueQuote.Answer fills =
        new VenueQuote.Fills(deltas, BigInteger.ONE, BigInteger.TEN, 1, BigInteger.ZERO);
    for (List<VenueQuote> quotes :
        List.<List<VenueQuote>>of(
            List.of(),
            List.of(new VenueQuote(List.of(3), fills), new VenueQuote(List.of(0), fills)),
            List.of(new VenueQuote(List.of(0), new VenueQuote.Unanswered("it will not"))))) {
      agents.on(
          "a",
          new Notice.Executed(
              proposal, new Settlement.Executed(TinyModel.receipt(1, true), deltas, quotes)));
    }
    assertThat(watch.scrape())
        .contains(
            "probity_venues_chosen_total{venue=\"3\"} 1.0",
            "probity_venues_chosen_total{venue=\"route\"} 1.0",
            "probity_venues_unquoted_total 1.0");
  }

  @Test
  void checkpointsThatAreAskedForAreCountedWithTheirCost() {
    around.loans =
        new LoanFigures(12, BigInteger.valueOf(5_000), Map.of(TinyModel.VAULT, "No node answers."));
    assertThat(watch.scrape())
        .contains(
            "probity_loans_pokes_total 12.0",
            "probity_loans_pokes_gas_spent_wei_total 5000.0",
            "probity_loans_pokes_failing 1.0");
  }

  @Test
  void holdsThatCannotBeClaimedAreAnAlertUntilTheyAre() {
    watch.look();
    assertThat(alerts()).isEmpty();
    around.holds = new HoldFigures(300, 7, Map.of(TinyModel.VAULT, "Holds cannot be claimed."));
    watch.look();
    assertThat(watch.health().alerts())
        .singleElement()
        .satisfies(alert -> {
          assertThat(alert.kind()).isEqualTo(Alert.Kind.HOLDS_UNCLAIMED);
          assertThat(alert.subject()).isEqualTo(TinyModel.VAULT.toString());
          assertThat(alert.detail()).isEqualTo("Holds cannot be claimed.");
        });
    assertThat(watch.scrape())
        .contains("probity_holds_claimed_total 300.0", "probity_holds_waiting 7.0");
    around.holds = HoldFigures.NONE;
    watch.look();
    assertThat(alerts()).isEmpty();
  }

  @Test
  void aChainMayHaveAClockOfItsOwn() {
    now.set(Instant.ofEpochSecond(1_800_000_000));
    heads.onHead(head(1));
    watch.look();
    assertThat(watch.health().good()).isTrue();
    assertThat(watch.scrape())
        .contains("probity_head_age_seconds 0.0")
        .contains("probity_head_behind_seconds 9.9999999E7");
    pass(Duration.ofSeconds(121));
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.STALLED_HEAD);
    assertThat(watch.health().ready()).isFalse();
    assertThat(watch.health().why()).containsExactly("no head has come for 121 s");
  }

  @Test
  void aWatchThatDoesNotLookAnyMoreIsNotReady() {
    heads.onHead(head(1));
    watch.look();
    assertThat(watch.health().ready()).isTrue();
    pass(Duration.ofSeconds(31));
    assertThat(watch.health().why()).containsExactly("its watch does not look around any more");
  }

  @Test
  void anAgentThatCannotBeEquippedIsAnAlertUntilItIsOrIsElsewhere() {
    heads.onHead(head(0));
    Notice lack =
        new Notice.Failed(null, Step.OUTFITTING, "no key here", 1, Duration.ofSeconds(30));
    agents.on("a", lack);
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.NOT_EQUIPPED);
    assertThat(watch.health().alerts().getFirst().detail()).contains("Agent a", "no key here");
    agents.on("a", new Notice.Taken(head(1)));
    watch.look();
    assertThat(alerts()).isEmpty();
    agents.on("a", lack);
    pass(Duration.ofSeconds(61));
    watch.look();
    assertThat(alerts()).isEmpty();
  }

  @Test
  void aFaultIsLoggedWhenItBeginsAndWhenItIsOver() {
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    Logger events = (Logger) LoggerFactory.getLogger("org.probity.agent.events");
    ch.qos.logback.classic.Level before = events.getLevel();
    events.setLevel(ch.qos.logback.classic.Level.WARN);
    logged.start();
    events.addAppender(logged);
    try {
      for (int i = 0; i < 100; i++) {
        heads.onFault("http://node", EndpointFault.STALE, (3 + i) + " blocks behind");
        pass(Duration.ofSeconds(1));
        watch.look();
      }
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly("3 blocks behind");
      pass(Duration.ofSeconds(91));
      watch.look();
      watch.look();
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly("3 blocks behind", "over");
    } finally {
      events.detachAppender(logged);
      events.setLevel(before);
    }
  }

  @Test
  void anAccountThatMayRunOutIsAnAlertUntilItIsFunded() {
    heads.onHead(head(0));
    around.balance = ETHER.subtract(BigInteger.ONE);
    watch.surveyNow(around);
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.BALANCE_LOW);
    assertThat(watch.health().alerts().getFirst().detail())
        .contains(ACCOUNT.toString(), "0.999999999999999999");
    around.balance = ETHER;
    watch.surveyNow(around);
    watch.look();
    assertThat(alerts()).isEmpty();
  }

  @Test
  void aJournalThatHangsIsAnAlertAndTheNodeIsNotReady() throws InterruptedException {
    heads.onHead(head(0));
    CountDownLatch answer = new CountDownLatch(1);
    around.journal = answer;
    watch.look();
    pass(Duration.ofSeconds(6));
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.JOURNAL_BEHIND);
    assertThat(watch.health().ready()).isFalse();
    answer.countDown();
    around.answered.await();
  }

  @Test
  void aJournalThatDoesNotHoldOrIsNotTheNewestIsAnAlert() {
    heads.onHead(head(0));
    agents.on("a", new Notice.Stopped("Its journal does not hold."));
    agents.on("b", new Notice.Ahead(head(0), ACCOUNT, BigInteger.TEN, BigInteger.TWO));
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.JOURNAL_DOUBTFUL, Alert.Kind.JOURNAL_DOUBTFUL);
    assertThat(watch.health().alerts().getLast().detail())
        .contains("has executed 10 intents, and the agent's journal knows of 2");
  }

  @Test
  void aFailedLookStopsNoOther() {
    heads.onHead(head(0));
    around.endpointsFail = true;
    pass(Duration.ofMinutes(3));
    watch.look();
    assertThat(alerts()).containsExactly(Alert.Kind.STALLED_HEAD);
  }

  // ---- what the tests are made of ----

  private List<Alert.Kind> alerts() {
    return watch.health().alerts().stream().map(Alert::kind).toList();
  }

  /** Time passes, once a journal that answers at all has answered. */
  private void pass(Duration time) {
    while (around.journal.getCount() == 0 && watch.asksJournal()) {
      Thread.onSpinWait();
    }
    now.updateAndGet(instant -> instant.plus(time));
  }

  private static Head head(long seconds) {
    return new Head(
        seconds,
        Bytes32.of(seconds),
        Bytes32.of(seconds - 1),
        1_700_000_000 + seconds,
        BigInteger.ONE);
  }

  private static String expressions(String rules) {
    return rules
        .lines()
        .filter(line -> line.strip().startsWith("expr:"))
        .collect(Collectors.joining("\n"));
  }

  private static Set<String> metrics(String text) {
    return Pattern.compile("\\b(?:probity|jvm|process)_[a-z0-9_]+\\b")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static final class Around implements Surroundings {
    volatile BigInteger balance = ETHER;
    volatile CountDownLatch journal = new CountDownLatch(0);
    final CountDownLatch answered = new CountDownLatch(1);
    volatile boolean endpointsFail;
    volatile HoldFigures holds = HoldFigures.NONE;
    volatile LoanFigures loans = LoanFigures.NONE;

    @Override
    public boolean runsAgents() {
      return true;
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public void askJournal() {
      try {
        journal.await();
        answered.countDown();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public BigInteger balance(Address account) {
      return balance;
    }

    @Override
    public List<EndpointStatus> endpoints() {
      if (endpointsFail) {
        throw new IllegalStateException("no endpoints today");
      }
      return List.of(
          new EndpointStatus(
              "http://node",
              false,
              true,
              OptionalLong.of(5),
              0,
              12,
              Map.of(EndpointFault.RATE_LIMITED, 3L),
              Optional.empty()));
    }

    @Override
    public CompletionStage<List<AgentStatus>> agents() {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public ProofQueue.Figures proofs() {
      return new ProofQueue.Figures(7, 1, 0);
    }

    @Override
    public int proverFallbacks() {
      return 0;
    }

    @Override
    public HoldFigures holds() {
      return holds;
    }

    @Override
    public LoanFigures loans() {
      return loans;
    }
  }
}
