package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;

/**
 * A model of a chain that is reorganized at random, and of a node that loses answers, serves
 * several of its past, announces late, twice, out of order or not at all.
 */
class BranchTest {

  private static final int DEPTH = 12;

  /** Takes what is delivered, and holds the one rule that never has an exception. */
  private static final class Taker implements Branch.Listener {
    final List<Head> heads = new ArrayList<>();
    final List<Head> all = new ArrayList<>();
    int reverted;
    private boolean fresh = true;

    @Override
    public void reverted(Head head) {
      assertThat(heads.getLast()).as("reverts come newest first").isEqualTo(head);
      heads.removeLast();
      reverted++;
    }

    @Override
    public void delivered(Head head) {
      if (!heads.isEmpty()) {
        assertThat(head.parentHash()).isEqualTo(heads.getLast().hash());
        assertThat(head.number()).isEqualTo(heads.getLast().number() + 1);
      } else if (!fresh && !all.isEmpty()) {
        assertThat(head.number()).isLessThanOrEqualTo(all.getLast().number() + 1);
      }
      fresh = false;
      heads.add(head);
      all.add(head);
    }

    void anew() {
      heads.clear();
      fresh = true;
    }
  }

  /** The chain: any block ever made, and the ones that count now. */
  private static final class Model implements Branch.View {
    final List<Head> canonical = new ArrayList<>();
    private final Random random;
    private long salt;
    int faults;

    Model(Random random) {
      this.random = random;
      canonical.add(block(0, Bytes32.ZERO));
    }

    private Head block(long number, Bytes32 parent) {
      Bytes32 hash = Bytes32.of(word(++salt));
      return new Head(number, hash, parent, number * 12, BigInteger.ONE);
    }

    private static byte[] word(long value) {
      byte[] word = new byte[32];
      for (int i = 0; i < 8; i++) {
        word[31 - i] = (byte) (value >> (8 * i));
      }
      return word;
    }

    void mine(int count) {
      for (int i = 0; i < count; i++) {
        canonical.add(block(canonical.size(), canonical.getLast().hash()));
      }
    }

    void reorg(int depth, int length) {
      for (int i = 0; i < depth && canonical.size() > 1; i++) {
        canonical.removeLast();
      }
      mine(length);
    }

    private void stumble() {
      if (random.nextInt(100) < faults) {
        throw new RpcUnreachable("lost by a test");
      }
      if (random.nextInt(100) < faults) {
        // The chain moves between two reads.
        if (random.nextBoolean()) {
          mine(1);
        } else {
          reorg(1, 1);
        }
      }
    }

    @Override
    public Head newest() {
      stumble();
      // A node behind a load balancer may be late.
      int late = random.nextInt(100) < faults ? random.nextInt(3) : 0;
      return canonical.get(Math.max(0, canonical.size() - 1 - late));
    }

    @Override
    public List<Head> heads(long first, long last) {
      stumble();
      List<Head> served = new ArrayList<>();
      for (long number = first; number <= last && number < canonical.size(); number++) {
        served.add(canonical.get((int) number));
      }
      return served;
    }
  }

  private static Branch.Step follow(Branch branch, Model model) {
    try {
      return branch.follow(model);
    } catch (RpcUnreachable e) {
      return new Branch.Level();
    }
  }

  @Property(tries = 400)
  void whateverHappensTheDeliveredHeadsBecomeTheChain(
      @ForAll Random random, @ForAll @IntRange(max = 40) int faults) {
    Model model = new Model(random);
    model.mine(random.nextInt(30));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    List<Head> announcements = new ArrayList<>();
    model.faults = faults;
    for (int step = 0; step < 60; step++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> model.mine(1 + random.nextInt(3));
        case 2 -> {
          int depth = 1 + random.nextInt(4);
          // The new branch grows beyond the old one, sooner or later.
          model.reorg(depth, Math.max(1, depth + random.nextInt(4) - 1));
        }
        case 3 -> model.mine(random.nextInt(250) == 0 ? 230 : 1);
        default -> {}
      }
      announcements.add(model.canonical.getLast());
      if (random.nextInt(3) > 0) {
        // Late, again or out of order; extended only where it fits.
        branch.extend(announcements.get(random.nextInt(announcements.size())));
      }
      if (random.nextInt(3) > 0) {
        settleIfTooDeep(branch, taker, follow(branch, model));
      }
    }
    model.faults = 0;
    model.mine(1);
    for (int i = 0; i < 5; i++) {
      settleIfTooDeep(branch, taker, follow(branch, model));
    }
    assertThat(taker.heads.getLast()).isEqualTo(model.canonical.getLast());
    long first = taker.heads.getFirst().number();
    assertThat(taker.heads).isEqualTo(model.canonical.subList((int) first, model.canonical.size()));
  }

  /** Several reorgs between two looks add up to one that may be beyond the limit. */
  private static void settleIfTooDeep(Branch branch, Taker taker, Branch.Step step) {
    if (step instanceof Branch.TooDeep(Head newest)) {
      branch.reAnchor(newest, taker::anew);
    }
  }

  @Property(tries = 200)
  void withoutFaultsAReorgWithinTheLimitRevertsJustWhatItAbandons(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = DEPTH) int depth) {
    Model model = new Model(random);
    model.mine(DEPTH + random.nextInt(40));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    int watched = random.nextInt(60);
    follow(branch, model);
    for (int i = 0; i < watched; i++) {
      model.mine(1);
      follow(branch, model);
    }
    model.reorg(depth, depth + 1);
    assertThat(follow(branch, model)).isEqualTo(new Branch.Moved(Math.min(depth, watched + 1)));
    assertThat(taker.reverted).isEqualTo(Math.min(depth, watched + 1));
    assertThat(taker.heads.getLast()).isEqualTo(model.canonical.getLast());
  }

  @Test
  void aReorgBeyondTheLimitChangesNothingUntilItIsAnchoredAnew() {
    Model model = new Model(new Random(1));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    follow(branch, model);
    model.mine(40);
    follow(branch, model);
    model.reorg(DEPTH + 1, DEPTH + 3);
    Head newest = model.canonical.getLast();
    assertThat(follow(branch, model)).isEqualTo(new Branch.TooDeep(newest));
    assertThat(taker.reverted).isZero();
    branch.reAnchor(newest, taker::anew);
    assertThat(taker.reverted).isEqualTo(2 * (DEPTH + 1));
    assertThat(taker.heads).containsExactly(newest);
    model.mine(2);
    follow(branch, model);
    assertThat(taker.heads).hasSize(3);
  }

  @Test
  void aNodeThatIsBehindChangesNothing() {
    Model model = new Model(new Random(1));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    follow(branch, model);
    model.mine(9);
    follow(branch, model);
    Model late = new Model(new Random(1));
    late.canonical.addAll(model.canonical.subList(1, 6));
    late.canonical.set(0, model.canonical.getFirst());
    for (int i = 0; i < 3; i++) {
      assertThat(follow(branch, late)).isInstanceOf(Branch.Behind.class);
    }
    assertThat(taker.reverted).isZero();
  }

  @Test
  void aLowerBranchIsFollowedWhenItIsToldTwice() {
    Model model = new Model(new Random(1));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    follow(branch, model);
    model.mine(9);
    follow(branch, model);
    model.reorg(3, 1);
    assertThat(follow(branch, model)).isInstanceOf(Branch.Behind.class);
    assertThat(follow(branch, model)).isEqualTo(new Branch.Moved(3));
    assertThat(taker.heads).isEqualTo(model.canonical);
  }

  @Test
  void headsThatContradictEachOtherAreNotDelivered() {
    Model model = new Model(new Random(1));
    Taker taker = new Taker();
    Branch branch = new Branch(DEPTH, taker);
    follow(branch, model);
    model.mine(4);
    Head third = model.canonical.get(3);
    model.canonical.set(3, new Head(3, third.hash(), Bytes32.ZERO, 36, BigInteger.ONE));
    assertThat(follow(branch, model)).isInstanceOf(Branch.Contradictory.class);
    assertThat(taker.heads).hasSize(1);
  }
}
