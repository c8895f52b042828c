package org.probity.zk;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.probity.zk.field.Fr;

/** The verifier's reading of the {@link Forms}: their values at the point of sumcheck 3. */
final class FormValues implements Forms {
  private final Layout layout;
  private final List<Fr> r;
  private final Map<Slice.Vector, Fr> values = new EnumMap<>(Slice.Vector.class);

  FormValues(Layout layout, List<Fr> r) {
    this.layout = layout;
    this.r = r;
  }

  @Override
  public void add(Slice slice, Factor left, Factor right, Fr by) {
    var point = r.subList(0, layout.variables(slice.vector()));
    int low = right.variables();
    int high = slice.variables();
    Fr value =
        at(right, point.subList(0, low))
            .times(at(left, point.subList(low, high)))
            .times(EqKernel.at(point.subList(high, point.size()), slice.place()));
    values.merge(slice.vector(), by.times(value), Fr::plus);
  }

  @Override
  public void mask(int index, Fr by) {
    var point = r.subList(0, layout.variables(Slice.Vector.AUX));
    Fr kernel = EqKernel.at(point, (1L << layout.logMaskOffset) + index);
    values.merge(Slice.Vector.AUX, by.times(kernel), Fr::plus);
  }

  /** The form on a vector, at r. */
  Fr get(Slice.Vector vector) {
    return values.getOrDefault(vector, Fr.ZERO);
  }

  private static Fr at(Factor factor, List<Fr> point) {
    return switch (factor) {
      case Factor.Kernel(List<Fr> p) -> EqKernel.of(p, point);
      case Factor.Index(int index, _) -> EqKernel.at(point, index);
      case Factor.Integers(long[] values, _) -> EqKernel.extension(values, point);
    };
  }
}
