package org.probity.intent.audit;

import java.util.List;
import java.util.OptionalLong;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.audit.Finding.Weight;

/**
 * What an audit came to.
 *
 * @param from the first block that was read
 * @param head the last block that was read
 * @param proven executed decisions of the policy's model, inside the policy
 * @param unchecked decisions of which something could not be recomputed
 * @param wrong decisions that contradict the vault's rules
 * @param holds decisions that came to no step and were claimed, not executed
 * @param trades decisions that traded
 * @param archived decisions whose features an archive node computed too
 * @param worst of all findings beside those of single decisions
 * @param findings beside those of single decisions
 * @param doubtful decisions that are not proven
 * @param policies each that was in force, in order
 * @param happenings what owners and the roles of a governor did besides, in order
 * @param skipped moments for which nothing was executed and no hold was claimed
 * @param points of the charts, thinned out evenly
 */
public record AuditResult(
    long chainId,
    Address vault,
    long from,
    Head head,
    long proven,
    long unchecked,
    long wrong,
    Holds holds,
    long trades,
    long archived,
    Weight worst,
    Kept<Finding> findings,
    Kept<Judged> doubtful,
    Kept<PolicyChange> policies,
    Kept<Happening> happenings,
    Skips skipped,
    Lateness lateness,
    List<Point> points,
    Pace pace) {

  public AuditResult {
    points = List.copyOf(points);
  }

  /**
   * A policy came into force.
   *
   * @param changes against the one before, each "what: before -> after"; none of the first
   * @param backTo the block in which the same policy came into force before, if it did
   */
  public record PolicyChange(
      long block,
      long time,
      Bytes32 transaction,
      Bytes32 hash,
      Bytes32 model,
      List<String> changes,
      OptionalLong backTo) {
    public PolicyChange {
      changes = List.copyOf(changes);
    }
  }

  /**
   * Holds that were claimed by their digests.
   *
   * @param claimed and not shown
   * @param shown by a file: the model decided so, and it came to no step
   * @param unchecked in a file, but not to be recomputed
   * @param wrong in a file, and no hold of the model's
   */
  public record Holds(long claimed, long shown, long unchecked, long wrong) {

    /** Nothing was claimed. */
    public static final Holds NONE = new Holds(0, 0, 0, 0);
  }

  /** Something that the owner did, or somebody in a governor's role. */
  public record Happening(long block, long time, Bytes32 transaction, String words) {}

  /**
   * Moments without an execution, one after the other.
   *
   * @param first of them
   * @param last of them
   * @param claimed for how many of them a hold was claimed
   * @param paused whether the vault was paused for a part of the time
   */
  public record Skip(long first, long last, long count, long claimed, boolean paused) {}

  /**
   * All moments without an execution.
   *
   * @param moments those without a claim
   */
  public record Skips(long moments, Kept<Skip> stretches) {}

  /**
   * How long after their moments decisions were executed, in seconds.
   *
   * @param mostOfClaims how long after its moment a hold was claimed, at most
   */
  public record Lateness(long most, double mean, long mostOfClaims) {}

  /**
   * One decision in a chart.
   *
   * @param turnoverBps how much of the turnover's allowance was used after it
   * @param dayLossBps how much of the day's allowance for losses was used after it
   */
  public record Point(long time, long lateSeconds, double turnoverBps, double dayLossBps) {}

  /** Where the time went, in seconds. */
  public record Pace(
      double reading, double features, double proofs, long requests, long logs, long blocks) {}

  /** Whether everything that the vault ever did was decided by its models inside its policies. */
  public Weight weight() {
    Weight own =
        wrong + holds.wrong > 0
            ? Weight.WRONG
            : unchecked + holds.unchecked > 0 ? Weight.UNCHECKED : Weight.NOTED;
    return own.compareTo(worst) > 0 ? own : worst;
  }

  /** How many decisions were executed. */
  public long decisions() {
    return proven + unchecked + wrong;
  }

  /** The last line: executions and holds that were shown, holds that were not, and the rest. */
  public String sentence() {
    long against = wrong + holds.wrong;
    return "%s proven, %s claimed, %s unchecked%s"
        .formatted(
            proven + holds.shown,
            holds.claimed,
            unchecked + holds.unchecked,
            against == 0 ? "" : ", %s wrong".formatted(against));
  }
}
