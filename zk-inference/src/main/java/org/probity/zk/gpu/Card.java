package org.probity.zk.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.PointVector;

/**
 * One card at work: what is resident on it, and the proofs in flight. More proofs than may be in
 * flight wait for one to land.
 */
final class Card implements AutoCloseable {
  private final BoundedDevice device;
  private final Residency residency;
  private final int concurrency;
  private final long chunk;
  private final Semaphore places;
  private final Deque<Flight> landed = new ArrayDeque<>();
  private boolean closed;

  /**
   * A card with nothing on it.
   *
   * @param memory bytes of the card's memory to use, half of them at most for what is resident
   * @param concurrency proofs in flight, at most
   * @param chunk bytes that a proof's memory grows by, at least
   */
  Card(Device device, long memory, int concurrency, long chunk) {
    this.device = new BoundedDevice(device, memory);
    this.residency = new Residency(this.device, memory / 2);
    this.concurrency = concurrency;
    this.chunk = chunk;
    this.places = new Semaphore(concurrency);
    this.device.onPressure(this::reclaim);
  }

  BoundedDevice device() {
    return device;
  }

  int concurrency() {
    return concurrency;
  }

  Residency residency() {
    return residency;
  }

  /** Puts tables and rows on the card, and opens a workspace for one proof. */
  Workspace open(PointVector bases, int size, IntegerRows rows) {
    places.acquireUninterruptibly();
    Flight flight = null;
    Residency.Resident<Bases> table = null;
    try {
      flight = takeOff();
      table = residency.bases(bases, size, flight.kernels());
      var model = residency.rows(rows, flight.kernels());
      return new CudaWorkspace(this, flight, table, model);
    } catch (RuntimeException | Error e) {
      var all = new ArrayList<AutoCloseable>();
      if (flight != null) {
        all.add(flight);
      }
      if (table != null) {
        all.add(table::release);
      }
      all.add(places::release);
      Closing.all(all, e);
      throw e;
    }
  }

  /** Computes a table before it is needed. */
  void prepare(PointVector bases, int size) {
    open(bases, size, new IntegerRows(List.of(new int[1]))).close();
  }

  private Flight takeOff() {
    synchronized (landed) {
      if (closed) {
        throw new DeviceException("the card has been given back");
      }
      if (!landed.isEmpty()) {
        return landed.pop();
      }
    }
    return new Flight(device, chunk);
  }

  /** Ends a proof's use of the card: what it had is overwritten, whatever state it is in. */
  void land(Flight flight, Residency.Resident<Bases> table, Residency.Resident<Rows> model) {
    Closing.all(List.of(() -> land(flight), table::release, model::release, places::release));
  }

  private void land(Flight flight) {
    try {
      flight.clear();
    } catch (RuntimeException e) {
      // The stream has failed. Memory is still overwritten where the device can, and given back.
      drop(flight);
      return;
    }
    synchronized (landed) {
      if (!closed) {
        landed.push(flight);
        return;
      }
    }
    drop(flight);
  }

  private static void drop(Flight flight) {
    try {
      flight.close();
    } catch (RuntimeException e) {
      // The failure that led here says more.
    }
  }

  /** Gives back what no proof uses. */
  private void reclaim() {
    Deque<Flight> idle;
    synchronized (landed) {
      idle = new ArrayDeque<>(landed);
      landed.clear();
    }
    idle.forEach(Card::drop);
    residency.clear();
  }

  @Override
  public void close() {
    synchronized (landed) {
      if (closed) {
        return;
      }
      closed = true;
    }
    // Those in flight land first.
    places.acquireUninterruptibly(concurrency);
    try {
      reclaim();
    } finally {
      places.release(concurrency);
      device.close();
    }
  }
}
