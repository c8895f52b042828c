package org.probity.zk;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** The prover's reading of the {@link Forms}: their coefficient vectors, in a workspace. */
final class FormVectors implements Forms {
  private final Layout layout;
  private final Workspace work;
  private final Map<Slice.Vector, ResidentVector> forms = new EnumMap<>(Slice.Vector.class);
  private final Map<Factor, ResidentVector> factors = new HashMap<>();

  /** L_A in the mask block, which goes to the workspace when it is whole. */
  private final FieldVector masks;

  FormVectors(Layout layout, Workspace work) {
    this.layout = layout;
    this.work = work;
    for (var vector : Slice.Vector.values()) {
      forms.put(vector, work.zeros(1 << layout.variables(vector)));
    }
    masks = FieldVector.ofFr(layout.masks.count());
  }

  @Override
  public void add(Slice slice, Factor left, Factor right, Fr by) {
    var form = get(slice.vector());
    if (left instanceof Factor.Index(int index, _)) {
      work.addScaled(form, slice.at() + (index << right.variables()), vector(right), by);
    } else if (right.equals(Factor.ONE)) {
      work.addScaled(form, slice.at(), vector(left), by);
    } else {
      work.addOuter(form, slice.at(), vector(left), vector(right), by);
    }
  }

  @Override
  public void mask(int index, Fr by) {
    masks.set(index, masks.fr(index).plus(by));
  }

  /** Each form, now whole, with its vector; in the order of {@link Slice.Vector}. */
  List<LinearSumcheck.Term> times(ResidentVector... vectors) {
    work.put(get(Slice.Vector.AUX), 1 << layout.logMaskOffset, masks);
    return Arrays.stream(Slice.Vector.values())
        .map(vector -> new LinearSumcheck.Term(get(vector), vectors[vector.ordinal()]))
        .toList();
  }

  private ResidentVector get(Slice.Vector vector) {
    return Objects.requireNonNull(forms.get(vector));
  }

  private ResidentVector vector(Factor factor) {
    return factors.computeIfAbsent(factor, this::made);
  }

  private ResidentVector made(Factor factor) {
    return switch (factor) {
      case Factor.Kernel(List<Fr> point) -> work.eq(point);
      case Factor.Index(int index, int variables) -> {
        var unit = new long[1 << variables];
        unit[index] = 1;
        yield work.integers(unit);
      }
      case Factor.Integers(long[] values, int variables) ->
          work.integers(Arrays.copyOf(values, 1 << variables));
    };
  }
}
