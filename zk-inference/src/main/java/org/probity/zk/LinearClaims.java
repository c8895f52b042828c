package org.probity.zk;

import java.util.List;
import java.util.Map;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * What sumchecks 1 and 2 leave to be shown, the prover's side: one batch of linear claims on the
 * committed vectors (docs/protocol.md, section 8), as the coefficient vectors of its four forms.
 *
 * <pre>  ⟨L_B,B⟩ + ⟨L_A,A⟩ + ⟨L_W,W'⟩ + ⟨L_Y,W^y⟩ = e</pre>
 *
 * @param bits L_B
 * @param aux L_A
 * @param model L_W
 * @param chosen L_Y
 * @param value e
 */
record LinearClaims(
    ResidentVector bits,
    ResidentVector aux,
    ResidentVector model,
    ResidentVector chosen,
    Fr value) {

  /** Builds the forms from everything that was drawn and sent before η. */
  static LinearClaims of(
      Layout layout,
      FeatureVector features,
      Decision decision,
      List<Fr> rho,
      Fr gamma,
      ProductSumcheck product,
      List<Fr> tau,
      Fr delta,
      BitSumcheck bit,
      Fr eta,
      Workspace work) {
    return new Builder(layout, features, decision, rho, gamma, product, tau, delta, bit, eta, work)
        .build();
  }

  /** The claims in their order; each takes the next power of η. */
  private static final class Builder {
    private final Layout layout;
    private final FeatureVector features;
    private final Decision decision;
    private final List<Fr> rho;
    private final List<Fr> gamma;
    private final ProductSumcheck product;
    private final List<Fr> tau;
    private final Fr delta;
    private final BitSumcheck bit;
    private final Fr eta;
    private final Workspace work;

    private final ResidentVector bits;
    private final ResidentVector aux;
    private final ResidentVector model;
    private final ResidentVector chosen;

    /** L_A in the mask block, which goes to the workspace when it is whole. */
    private final FieldVector maskForm;

    private Fr value = Fr.ZERO;
    private Fr scale = Fr.ONE;

    Builder(
        Layout layout,
        FeatureVector features,
        Decision decision,
        List<Fr> rho,
        Fr gamma,
        ProductSumcheck product,
        List<Fr> tau,
        Fr delta,
        BitSumcheck bit,
        Fr eta,
        Workspace work) {
      this.layout = layout;
      this.features = features;
      this.decision = decision;
      this.rho = rho;
      this.gamma = ProductSumcheck.powers(gamma, layout.layers);
      this.product = product;
      this.tau = tau;
      this.delta = delta;
      this.bit = bit;
      this.eta = eta;
      this.work = work;
      bits = work.zeros(1 << layout.bitVariables());
      aux = work.zeros(1 << layout.auxVariables());
      model = work.zeros(1 << layout.logRow);
      chosen = work.zeros(layout.argmax() ? 1 << layout.logRow : 1);
      maskForm = FieldVector.ofFr(layout.maskCount);
    }

    LinearClaims build() {
      startOfProducts();
      if (layout.layers > 1) {
        endOfProducts();
        for (int l = 2; l <= layout.layers; l++) {
          weightsOf(l);
        }
        for (int l = 2; l <= layout.layers; l++) {
          activationsOf(l);
        }
      }
      startOfBits();
      endOfBits();
      maskedEvaluations();
      if (!layout.argmax()) {
        outputs();
      }
      work.put(aux, 1 << layout.logMaskOffset, maskForm);
      return new LinearClaims(bits, aux, model, chosen, value);
    }

    private void claim(Fr right) {
      value = value.plus(scale.times(right));
      scale = scale.times(eta);
    }

    /** Claim 1. */
    private void startOfProducts() {
      Fr right = product.start();
      for (int l = 1; l <= layout.layers; l++) {
        Fr weight = scale.times(gamma.get(l));
        var point = rho.subList(0, layout.logWidth[l]);
        addPowers(l, 0, weight);
        boolean head = layout.isArgmaxHead(l);
        var rows = work.eq(point.subList(layout.logRows, point.size()));
        Fr sign = head ? weight : weight.negate();
        work.addScaled(model, (int) layout.biases[l], rows, sign);
        if (l == 1) {
          work.addOuter(model, (int) layout.weights[1], rows, inputs(), sign);
        }
        if (head) {
          int row = chosenClass() >> layout.logRows;
          work.addSparse(chosen, Map.of((int) layout.biases[l] + row, Fr.ONE), weight.negate());
          if (l == 1) {
            int at = (int) layout.weights[1] + (row << layout.logWidth[0]);
            work.addScaled(chosen, at, inputs(), weight.negate());
          }
          right = right.minus(gamma.get(l).times(EqKernel.below(point, chosenClass())));
        } else {
          right = right.plus(gamma.get(l).times(Fr.of(1L << 31)));
        }
      }
      if (layout.layers > 1) {
        int n = layout.innerVariables;
        var g = new UnivariateMask(new Fr[0], layout.g1Masks, n);
        addMask(g.start(), scale.times(ProductSumcheck.power(2, n)));
        Fr half = scale.times(ProductSumcheck.power(2, n - 1));
        for (int t = 1; t <= n; t++) {
          for (int e = 1; e <= Layout.degree(t, n); e++) {
            addMask(g.index(t, e), half);
          }
        }
      }
      claim(right);
    }

    /** The features, zero-extended. */
    private ResidentVector inputs() {
      var words = new long[1 << layout.logWidth[0]];
      for (int j = 0; j < features.size(); j++) {
        words[j] = features.get(j);
      }
      return work.integers(words);
    }

    /** {@code weight·Σ_k eq(ρ^l,k)·Σ_{i≥shift} 2^{i-shift}·B(O_l+k,i)}. */
    private void addPowers(int l, int shift, Fr weight) {
      var powers = new long[Layout.BITS];
      for (int i = shift; i < Layout.BITS; i++) {
        powers[i] = 1L << (i - shift);
      }
      work.addOuter(
          bits,
          Layout.BITS * (int) layout.neurons[l],
          work.eq(rho.subList(0, layout.logWidth[l])),
          work.integers(powers),
          weight);
    }

    /** Claim 2. */
    private void endOfProducts() {
      var point = product.point();
      evaluateMask(new UnivariateMask(new Fr[0], layout.g1Masks, point.size()), point, scale);
      Fr right = product.end();
      for (int l = 2; l <= layout.layers; l++) {
        right =
            right.minus(
                gamma
                    .get(l)
                    .times(product.weights().get(l - 2))
                    .times(product.activations().get(l - 2)));
      }
      claim(right);
    }

    /** Claim 3. */
    private void weightsOf(int l) {
      int width = layout.logWidth[l - 1];
      var columns = work.eq(product.point().subList(0, width));
      Fr weight = scale.times(beyond(width));
      boolean head = layout.isArgmaxHead(l);
      var rows = work.eq(rho.subList(layout.logRows, layout.logWidth[l]));
      work.addOuter(model, (int) layout.weights[l], rows, columns, head ? weight.negate() : weight);
      if (head) {
        int row = chosenClass() >> layout.logRows;
        work.addScaled(chosen, (int) layout.weights[l] + (row << width), columns, weight);
      }
      addMask(layout.uMasks + l - 2, scale.times(vanishing(product.point().getLast())));
      claim(product.weights().get(l - 2));
    }

    /** Claim 4. */
    private void activationsOf(int l) {
      int width = layout.logWidth[l - 1];
      var columns = work.eq(product.point().subList(0, width));
      work.addScaled(aux, (int) layout.neurons[l - 1], columns, scale.times(beyond(width)));
      addMask(layout.vMasks + l - 2, scale.times(vanishing(product.point().getLast())));
      claim(product.activations().get(l - 2));
    }

    /** Claim 5. */
    private void startOfBits() {
      var g = new UnivariateMask(new Fr[0], layout.g2Masks, layout.bitVariables());
      addMask(g.start(), scale);
      for (int t = 1; t <= g.rounds(); t++) {
        for (int e = 1; e <= Layout.degree(t, g.rounds()); e++) {
          addMask(g.index(t, e), scale.times(tau.get(t - 1)));
        }
      }
      claim(bit.start());
    }

    /** Claim 6. */
    private void endOfBits() {
      var neurons = work.eq(neuronPoint());
      work.addScaled(aux, 0, neurons, scale.times(delta));
      var g = new UnivariateMask(new Fr[0], layout.g2Masks, layout.bitVariables());
      evaluateMask(g, bit.point(), scale.negate());
      claim(
          bit.bit()
              .square()
              .minus(bit.bit())
              .plus(delta.times(bit.sign()).times(bit.magnitude()))
              .minus(bit.end()));
    }

    /** Claims 7, 8 and 9: they share the kernel of the neuron variables. */
    private void maskedEvaluations() {
      Fr vanishing = vanishing(bit.point().getLast());
      Fr bitScale = scale;
      addMask(layout.wMasks, scale.times(vanishing));
      claim(bit.bit());
      Fr signScale = scale;
      addMask(layout.wMasks + 1, scale.times(vanishing));
      claim(bit.sign());
      Fr magnitudeScale = scale;
      addMask(layout.wMasks + 2, scale.times(vanishing));
      claim(bit.magnitude());

      var bitPoint = bit.point().subList(0, Layout.LOG_BITS);
      var shifts = layout.shifts();
      var neurons = work.eq(neuronPoint());
      // Neurons of one shift stand together: a slot each, and what is unused between them.
      int to;
      for (int from = 0; from < shifts.length; from = to) {
        int shift = shifts[from];
        to = from + 1;
        while (to < shifts.length && shifts[to] == shift) {
          to++;
        }
        var form = FieldVector.ofFr(Layout.BITS);
        for (int i = 0; i < Layout.BITS; i++) {
          Fr coefficient = bitScale.times(EqKernel.at(bitPoint, i));
          if (i == 31) {
            coefficient = coefficient.plus(signScale);
          } else if (i >= shift) {
            coefficient = coefficient.plus(magnitudeScale.times(Fr.of(1L << (i - shift))));
          }
          form.set(i, coefficient);
        }
        var kernel = work.zeros(Layout.BITS);
        work.put(kernel, 0, form);
        work.addOuter(bits, Layout.BITS * from, work.slice(neurons, from, to), kernel, Fr.ONE);
      }
    }

    /** Claim 10. */
    private void outputs() {
      int l = layout.layers;
      int shift = layout.outputShift();
      addPowers(l, shift, scale);
      var point = rho.subList(0, layout.logWidth[l]);
      Fr right = Fr.of(1L << (31 - shift));
      var words = decision.words();
      for (int k = 0; k < words.length; k++) {
        right = right.plus(EqKernel.at(point, k).times(Fr.of(words[k])));
      }
      claim(right);
    }

    private void evaluateMask(UnivariateMask g, List<Fr> point, Fr weight) {
      addMask(g.start(), weight);
      for (int t = 1; t <= g.rounds(); t++) {
        Fr power = weight;
        for (int e = 1; e <= Layout.degree(t, g.rounds()); e++) {
          power = power.times(point.get(t - 1));
          addMask(g.index(t, e), power);
        }
      }
    }

    /** {@code Π_{t > width} (1 - s_t)}: a shorter vector, zero-extended to all inner variables. */
    private Fr beyond(int width) {
      Fr factor = Fr.ONE;
      for (Fr s : product.point().subList(width, product.point().size())) {
        factor = factor.times(Fr.ONE.minus(s));
      }
      return factor;
    }

    private List<Fr> neuronPoint() {
      return bit.point().subList(Layout.LOG_BITS, bit.point().size());
    }

    private int chosenClass() {
      return decision.words()[0];
    }

    private static Fr vanishing(Fr x) {
      return x.times(Fr.ONE.minus(x));
    }

    private void addMask(int index, Fr value) {
      maskForm.set(index, maskForm.fr(index).plus(value));
    }
  }
}
