package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.chain.TransactionJournal.Abandoned;
import org.probity.chain.TransactionJournal.Attempt;
import org.probity.chain.TransactionJournal.Cause;
import org.probity.chain.TransactionJournal.Entry;
import org.probity.chain.TransactionJournal.Final;
import org.probity.chain.TransactionJournal.Included;
import org.probity.chain.TransactionJournal.Intended;
import org.probity.chain.TransactionJournal.Kind;
import org.probity.chain.TransactionJournal.Occupied;
import org.probity.chain.TransactionJournal.Open;
import org.probity.chain.TransactionJournal.Place;
import org.probity.chain.TransactionJournal.Refused;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

@TestKind.Acceptance
class TransactionJournalTest {

  private static final Address SENDER = new Address("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");
  private static EmbeddedPostgres postgres;
  private static int databases;

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  static DataSource h2() {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:journal" + ++databases + ";DB_CLOSE_DELAY=-1");
    return source;
  }

  private static DataSource postgres() {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE journal" + ++databases);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    return postgres.getDatabase("postgres", "journal" + databases);
  }

  static Stream<Named<TransactionJournal>> journals() {
    return Stream.of(
        Named.of("in memory", TransactionJournal.inMemory()),
        Named.of("H2", new JdbcTransactionJournal(h2())),
        Named.of("PostgreSQL", new JdbcTransactionJournal(postgres())));
  }

  private static Bytes32 hash(int number) {
    return Bytes.of(new byte[] {(byte) number}).keccak();
  }

  private static Attempt attempt(int number) {
    // Fees beyond 64 bits, as no column may cut them.
    return new Attempt(hash(number), BigInteger.TWO.pow(200), BigInteger.valueOf(number), null);
  }

  private static Intended intended(String key, long nonce) {
    return new Intended(
        new Place(31_337, SENDER, nonce),
        key,
        Kind.CALL,
        SENDER,
        BigInteger.TEN.pow(30),
        hash(9),
        50_000);
  }

  @ParameterizedTest
  @MethodSource("journals")
  void whatIsWrittenIsReadBack(TransactionJournal journal) {
    Entry entry = journal.intend(intended("one", 7), attempt(1));
    assertThat(journal.entry(entry.id())).contains(entry);
    assertThat(entry.state()).isEqualTo(new Open());
    Attempt cancel =
        new Attempt(hash(2), BigInteger.TWO.pow(201), BigInteger.ZERO, Cause.REORGED_OUT);
    journal.attempt(entry.id(), cancel);
    assertThat(journal.find(31_337, SENDER, "one").orElseThrow().attempts())
        .containsExactly(attempt(1), cancel);
    List<TransactionJournal.State> states =
        List.of(
            new Included(12, hash(3), hash(1), true),
            new Open(),
            new Included(13, hash(4), hash(1), false),
            new Final(13, hash(4), hash(1), false),
            new Abandoned(Cause.FOREIGN, "a detail"),
            new Refused("no funds"));
    for (TransactionJournal.State state : states) {
      journal.settle(entry.id(), state);
      assertThat(journal.entry(entry.id()).orElseThrow().state()).isEqualTo(state);
    }
    Intended deployment =
        new Intended(
            new Place(31_337, SENDER, 8), "two", Kind.FILLER, null, BigInteger.ZERO, hash(9), 1);
    Entry other = journal.intend(deployment, attempt(5));
    assertThat(journal.entry(other.id()).orElseThrow().intended()).isEqualTo(deployment);
  }

  @ParameterizedTest
  @MethodSource("journals")
  void noKeyAndNoNonceIsGivenAwayTwice(TransactionJournal journal) {
    Entry entry = journal.intend(intended("one", 7), attempt(1));
    assertThatThrownBy(() -> journal.intend(intended("one", 8), attempt(2)))
        .isInstanceOf(Occupied.class)
        .hasMessageContaining("is another process sending with the same key?");
    assertThatThrownBy(() -> journal.intend(intended("two", 7), attempt(2)))
        .isInstanceOf(Occupied.class);
    journal.settle(entry.id(), new Final(1, hash(3), hash(1), true));
    assertThatThrownBy(() -> journal.intend(intended("two", 7), attempt(2)))
        .isInstanceOf(Occupied.class);
    assertThat(journal.unsettled(31_337, SENDER)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("journals")
  void whatIsAbandonedFreesItsNonceAndWhatIsRefusedItsKeyToo(TransactionJournal journal) {
    Entry abandoned = journal.intend(intended("one", 7), attempt(1));
    journal.settle(abandoned.id(), new Abandoned(Cause.DROPPED, "x"));
    assertThatThrownBy(() -> journal.intend(intended("one", 8), attempt(2)))
        .isInstanceOf(Occupied.class);
    Entry refused = journal.intend(intended("two", 7), attempt(2));
    journal.settle(refused.id(), new Refused("no funds"));
    assertThat(journal.find(31_337, SENDER, "two")).isEqualTo(Optional.empty());
    Entry again = journal.intend(intended("two", 7), attempt(3));
    assertThat(journal.find(31_337, SENDER, "two")).contains(again);
  }

  @ParameterizedTest
  @MethodSource("journals")
  void unsettledEntriesComeByNonceAndOfOneSenderAndChain(TransactionJournal journal) {
    Entry later = journal.intend(intended("later", 9), attempt(1));
    Entry sooner = journal.intend(intended("sooner", 8), attempt(2));
    journal.settle(sooner.id(), new Included(1, hash(3), hash(2), true));
    assertThat(journal.unsettled(31_337, SENDER))
        .extracting(Entry::id)
        .containsExactly(sooner.id(), later.id());
    assertThat(journal.unsettled(1, SENDER)).isEmpty();
    assertThat(journal.unsettled(31_337, Address.ZERO)).isEmpty();
  }

  @Test
  void aJournalIsThereAfterItsProcess() {
    DataSource database = h2();
    Entry entry = new JdbcTransactionJournal(database).intend(intended("one", 7), attempt(1));
    assertThat(new JdbcTransactionJournal(database).entry(entry.id())).contains(entry);
  }

  @Test
  void aJournalOfALaterVersionIsLeftAlone() throws SQLException {
    DataSource database = h2();
    new JdbcTransactionJournal(database);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO probity_transaction_schema (version) VALUES (99)");
    }
    assertThatThrownBy(() -> new JdbcTransactionJournal(database))
        .hasMessageContaining("has version 99, this program writes version 1: use the newer");
  }
}
