package org.probity.agent.journal;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentRefused;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.chain.Address;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.settings.BadSetting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who acts for which vault. A vault has one agent: two of them would both journal what either
 * executes, and each would take the other's nonce.
 *
 * <p>The journal is the memory: an agent's first line names its vault, and the agent with the
 * oldest one acts. A new agent for a vault that has one is refused. Of two that an older journal
 * holds, both can be read, paused and retired, but the younger is not equipped until the other is
 * retired: which of them is meant, only a person knows.
 */
public final class VaultSeats {

  private static final Logger LOG = LoggerFactory.getLogger(VaultSeats.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofMillis(50);

  /** Keeps our locks apart from those of whoever shares the database. */
  private static final long LOCKS = 0x70726f6269747931L;

  private record Seat(String agent, Address vault, Instant since) {
    static final Comparator<Seat> OLDEST =
        Comparator.comparing(Seat::since).thenComparing(Seat::agent);
  }

  private final JournalRows rows;
  private final DataSource source;
  private final InstantSource clock;

  /** Each creation on a shared database holds a connection, and the journal needs some too. */
  private final Semaphore creations = new Semaphore(2);

  private final Map<String, Seat> seats = new HashMap<>();
  private final Set<String> retired = new HashSet<>();
  private boolean complete;
  private @Nullable Boolean shared;

  VaultSeats(JournalTable table, DataSource source, InstantSource clock) {
    this.rows = new JournalRows(table);
    this.source = source;
    this.clock = clock;
  }

  /**
   * Creates an agent if nobody acts for its vault; one that exists is asked at once. No other
   * creation for that vault, on any node of the journal, comes in between.
   *
   * @param creation returns once the agent's first line is durable
   * @throws AgentRefused if another agent acts for the vault, or the id is of dots alone
   */
  public <T> T take(AgentSpec spec, Supplier<T> creation) {
    if (isKnown(spec.id())) {
      return creation.get();
    }
    try {
      AgentSpec.requireReachable(spec.id());
    } catch (IllegalArgumentException e) {
      throw new AgentRefused(e.getMessage() + ".");
    }
    return isShared() ? alone(spec.vault(), () -> seat(spec, creation)) : seat(spec, creation);
  }

  /**
   * Refuses to equip an agent whose vault had another one before.
   *
   * @throws BadSetting with the name of the other
   */
  public void requireFirst(AgentSpec spec) {
    Optional<String> other = before(spec);
    if (other.isPresent()) {
      throw new BadSetting(
          "Agent %s acts for vault %s already, and a vault has one agent: retire one of the two."
              .formatted(other.get(), spec.vault()));
    }
  }

  private <T> T seat(AgentSpec spec, Supplier<T> creation) {
    reserve(spec);
    try {
      return creation.get();
    } catch (RuntimeException e) {
      // It may have been created all the same: the journal knows.
      forget();
      throw e;
    }
  }

  private synchronized void reserve(AgentSpec spec) {
    if (!complete || isShared()) {
      read();
    }
    Optional<Seat> holder = holder(spec.vault(), spec.id());
    if (holder.isPresent()) {
      throw new AgentRefused(
          "Agent %s acts for vault %s already, and a vault has one agent: retire it first, or use it."
              .formatted(holder.get().agent(), spec.vault()));
    }
    seats.put(spec.id(), new Seat(spec.id(), spec.vault(), clock.instant()));
  }

  private synchronized void forget() {
    seats.clear();
    complete = false;
  }

  private synchronized boolean isKnown(String agent) {
    // Nobody else writes to an embedded journal, once it has been read.
    boolean all = complete && !isShared();
    return seats.containsKey(agent) || (!all && rows.knows(agent));
  }

  private synchronized Optional<String> before(AgentSpec spec) {
    if (!complete || !seats.containsKey(spec.id())) {
      read();
    }
    Seat own = seats.get(spec.id());
    return holder(spec.vault(), spec.id())
        .filter(other -> own == null || Seat.OLDEST.compare(other, own) < 0)
        .map(Seat::agent);
  }

  /** The oldest agent of {@code vault}, besides {@code agent}, that is not retired. */
  private Optional<Seat> holder(Address vault, String agent) {
    return seats.values().stream()
        .filter(seat -> seat.vault().equals(vault) && !seat.agent().equals(agent))
        .filter(seat -> !isRetired(seat.agent()))
        .min(Seat.OLDEST);
  }

  private boolean isRetired(String agent) {
    if (!retired.contains(agent) && rows.isRetired(agent)) {
      retired.add(agent);
    }
    return retired.contains(agent);
  }

  private void read() {
    for (JournalRows.Row row : rows.firsts()) {
      if (!seats.containsKey(row.agent())) {
        try {
          AgentRecord line = RecordCodec.decode(row.payload());
          if (line.event() instanceof Event.AgentCreated(AgentSpec spec)) {
            seats.put(row.agent(), new Seat(row.agent(), spec.vault(), line.at()));
          }
        } catch (RuntimeException e) {
          LOG.warn("The first line of agent {} cannot be read: {}", row.agent(), e.getMessage());
        }
      }
    }
    complete = true;
  }

  // ---- several nodes ----

  /** Whether other nodes may write to the same journal. */
  private synchronized boolean isShared() {
    if (shared == null) {
      try (Connection connection = source.getConnection()) {
        shared = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
      } catch (SQLException e) {
        throw unreachable(e);
      }
    }
    return shared;
  }

  /** A lock of the database's session: it is gone with the node that holds it. */
  private <T> T alone(Address vault, Supplier<T> work) {
    creations.acquireUninterruptibly();
    try (Connection connection = source.getConnection()) {
      long key = LOCKS ^ ByteBuffer.wrap(vault.bytes(), 12, Long.BYTES).getLong();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!ask(connection, "SELECT pg_try_advisory_lock(?)", key)) {
        if (System.nanoTime() > deadline) {
          throw new AgentRefused(
              "Another node is creating an agent for vault %s at this moment: ask again."
                  .formatted(vault));
        }
        Thread.sleep(AGAIN);
      }
      try {
        return work.get();
      } finally {
        ask(connection, "SELECT pg_advisory_unlock(?)", key);
      }
    } catch (SQLException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AgentRefused("The node is ending: ask another one.");
    } finally {
      creations.release();
    }
  }

  private static boolean ask(Connection connection, String question, long key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(question)) {
      statement.setLong(1, key);
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() && answer.getBoolean(1);
      }
    }
  }

  private static IllegalStateException unreachable(SQLException e) {
    return new IllegalStateException("The journal cannot be asked: " + e.getMessage(), e);
  }
}
