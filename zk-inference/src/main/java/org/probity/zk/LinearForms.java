package org.probity.zk;

import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The verifier's side of section 8 of docs/protocol.md: the linear claims on the committed vectors,
 * batched with powers of η, as four linear forms {@code L_B, L_A, L_W, L_Y} evaluated at r and the
 * value e that they must have together. Each method is one claim of the page, with its number.
 *
 * <p>A form over a huge vector costs a few products: every one is made of kernels eq and powers of
 * two, whose multilinear extensions have closed forms.
 */
final class LinearForms {
  private final Layout layout;
  private final Challenges c;
  private final ProofMessages proof;
  private final int[] features;
  private final int[] decision;

  /** r over the variables of B's neurons, and of its bits. */
  private final List<Fr> neuron;

  private final List<Fr> bit;

  private Fr power = Fr.ONE;
  private Fr bits = Fr.ZERO;
  private Fr aux = Fr.ZERO;
  private Fr model = Fr.ZERO;
  private Fr chosen = Fr.ZERO;
  private Fr value = Fr.ZERO;

  private LinearForms(
      Layout layout, Challenges c, ProofMessages proof, int[] features, int[] decision) {
    this.layout = layout;
    this.c = c;
    this.proof = proof;
    this.features = features;
    this.decision = decision;
    bit = c.r().subList(0, Layout.LOG_BITS);
    neuron = c.r().subList(Layout.LOG_BITS, layout.bitVariables());
  }

  /**
   * All claims.
   *
   * @param productEnd f_end, the last claim of sumcheck 1
   * @param bitEnd q_end, the last claim of sumcheck 2
   */
  static LinearForms of(
      Layout layout,
      Challenges challenges,
      ProofMessages proof,
      int[] features,
      int[] decision,
      Fr productEnd,
      Fr bitEnd) {
    var forms = new LinearForms(layout, challenges, proof, features, decision);
    forms.startOfProducts();
    if (layout.layers > 1) {
      forms.endOfProducts(productEnd);
      for (int l = 2; l <= layout.layers; l++) {
        forms.foldedWeights(l);
      }
      for (int l = 2; l <= layout.layers; l++) {
        forms.foldedInputs(l);
      }
    }
    forms.startOfBits();
    forms.endOfBits(bitEnd);
    forms.foldedBits();
    forms.foldedSigns();
    forms.foldedMagnitudes();
    if (!layout.argmax()) {
      forms.outputs();
    }
    return forms;
  }

  /** L_B(r). */
  Fr bits() {
    return bits;
  }

  /** L_A(r). */
  Fr aux() {
    return aux;
  }

  /** L_W(r). */
  Fr model() {
    return model;
  }

  /** L_Y(r), zero for a LINEAR readout. */
  Fr chosen() {
    return chosen;
  }

  /** e. */
  Fr value() {
    return value;
  }

  // 1. Every layer's pre-activations are its weights times its inputs, plus biases.
  private void startOfProducts() {
    Fr right = proof.productSum();
    Fr powers = shiftedBits(0, 31);
    for (int l = 1; l <= layout.layers; l++) {
      Fr gamma = c.gamma().power(java.math.BigInteger.valueOf(l));
      var rho = rho(l);
      bits = bits.plus(power.times(gamma).times(neuronSlot(l, rho)).times(powers));
      Fr bias = biasSlot(l);
      if (layout.isArgmaxHead(l)) {
        int y = decision[0];
        model = model.plus(power.times(gamma).times(bias));
        chosen = chosen.minus(power.times(gamma).times(chosenBias(y)));
        right = right.minus(gamma.times(EqKernel.below(rho, y)));
      } else {
        model = model.minus(power.times(gamma).times(bias));
        right = right.plus(gamma.times(Fr.of(1L << 31)));
      }
    }
    Fr x = EqKernel.extension(features, c.r().subList(0, layout.logWidth[0]));
    weights(1, c.gamma().times(x).negate());
    if (layout.layers > 1) {
      int n = layout.innerVariables;
      mask(layout.g1Masks, Fr.of(1L << n));
      for (int i = 1; i <= 2 * (n - 1) + Layout.LAST_DEGREE; i++) {
        mask(layout.g1Masks + i, Fr.of(1L << (n - 1)));
      }
    }
    claim(right);
  }

  // 2. The masked product at the end of sumcheck 1.
  private void endOfProducts(Fr productEnd) {
    Fr right = productEnd;
    for (int l = 2; l <= layout.layers; l++) {
      Fr product = proof.weightHats().get(l - 2).times(proof.inputHats().get(l - 2));
      right = right.minus(c.gamma().power(java.math.BigInteger.valueOf(l)).times(product));
    }
    univariates(layout.g1Masks, c.s(), Fr.ONE);
    claim(right);
  }

  // 3. ŵ_l, masked by u_l.
  private void foldedWeights(int l) {
    var s = c.s().subList(0, layout.logWidth[l - 1]);
    Fr column = EqKernel.of(s, c.r().subList(0, s.size()));
    weights(l, zeroExtension(l).times(column));
    mask(layout.uMasks + l - 2, vanishing(c.s()));
    claim(proof.weightHats().get(l - 2));
  }

  // 4. â_l, masked by v_l.
  private void foldedInputs(int l) {
    var s = c.s().subList(0, layout.logWidth[l - 1]);
    var r = c.r().subList(0, layout.logNeurons);
    activations(zeroExtension(l).times(slot(s, r, layout.neurons[l - 1])));
    mask(layout.vMasks + l - 2, vanishing(c.s()));
    claim(proof.inputHats().get(l - 2));
  }

  // 5. The sum of g2 that sumcheck 2 starts from.
  private void startOfBits() {
    mask(layout.g2Masks, Fr.ONE);
    int at = layout.g2Masks + 1;
    int rounds = layout.bitVariables();
    for (int t = 1; t <= rounds; t++) {
      for (int e = 1; e <= Layout.degree(t, rounds); e++) {
        mask(at++, c.tau().get(t - 1));
      }
    }
    claim(proof.bitSum());
  }

  // 6. Bits are bits, and activations products, at the end of sumcheck 2.
  private void endOfBits(Fr bitEnd) {
    activations(c.delta().times(EqKernel.of(c.xi(), c.r().subList(0, layout.logNeurons))));
    univariates(layout.g2Masks, c.x(), Fr.ONE.negate());
    Fr b = proof.bitHat();
    Fr product = proof.signHat().times(proof.magnitudeHat());
    claim(b.square().minus(b).plus(c.delta().times(product)).minus(bitEnd));
  }

  // 7. B̂, masked by w_B.
  private void foldedBits() {
    bits = bits.plus(power.times(EqKernel.of(c.xi(), neuron)).times(EqKernel.of(c.chi(), bit)));
    mask(layout.wMasks, vanishing(c.x()));
    claim(proof.bitHat());
  }

  // 8. Ŝ, masked by w_S.
  private void foldedSigns() {
    bits = bits.plus(power.times(EqKernel.of(c.xi(), neuron)).times(EqKernel.at(bit, 31)));
    mask(layout.wMasks + 1, vanishing(c.x()));
    claim(proof.signHat());
  }

  // 9. T̂, masked by w_T: each hidden layer with its own shift, everything else with the first's.
  private void foldedMagnitudes() {
    Fr rest = EqKernel.of(c.xi(), neuron);
    Fr sum = Fr.ZERO;
    for (int l = 1; l < layout.layers; l++) {
      int n = layout.logWidth[l];
      Fr inside = EqKernel.of(c.xi().subList(0, n), neuron.subList(0, n));
      Fr outside = EqKernel.at(c.xi().subList(n, c.xi().size()), layout.neurons[l] >>> n);
      Fr slot =
          inside
              .times(outside)
              .times(EqKernel.at(neuron.subList(n, neuron.size()), layout.neurons[l] >>> n));
      sum = sum.plus(slot.times(shiftedBits(layout.shift(l), 30)));
      rest = rest.minus(slot);
    }
    sum = sum.plus(rest.times(shiftedBits(layout.shift(1), 30)));
    bits = bits.plus(power.times(sum));
    mask(layout.wMasks + 2, vanishing(c.x()));
    claim(proof.magnitudeHat());
  }

  // 10. The outputs of a LINEAR readout are the upper bits of its pre-activations.
  private void outputs() {
    int last = layout.layers;
    int shift = layout.outputShift();
    Fr upper = shiftedBits(shift, 31);
    bits = bits.plus(power.times(neuronSlot(last, rho(last))).times(upper));
    claim(EqKernel.extension(decision, rho(last)).plus(Fr.of(1L << (31 - shift))));
  }

  /** Ends a claim: its right side joins e, and the next power of η begins. */
  private void claim(Fr right) {
    value = value.plus(power.times(right));
    power = power.times(c.eta());
  }

  private List<Fr> rho(int l) {
    return c.rho().subList(0, layout.logWidth[l]);
  }

  /** The coordinates of ρ^l that are not the model row's. */
  private List<Fr> rhoInRow(int l) {
    return c.rho().subList(layout.logRows, layout.logWidth[l]);
  }

  /** {@code Σ_k eq(p,k)·[offset + k]} at the point: a kernel laid into an aligned slot. */
  private static Fr slot(List<Fr> p, List<Fr> point, long offset) {
    int n = p.size();
    Fr place = EqKernel.at(point.subList(n, point.size()), offset >>> n);
    return EqKernel.of(p, point.subList(0, n)).times(place);
  }

  private Fr neuronSlot(int l, List<Fr> p) {
    return slot(p, neuron, layout.neurons[l]);
  }

  private Fr biasSlot(int l) {
    return slot(rhoInRow(l), row(), layout.biases[l]);
  }

  private Fr chosenBias(int y) {
    return EqKernel.at(row(), layout.biases[layout.layers] + (y >>> layout.logRows));
  }

  /** r over the variables of a model row. */
  private List<Fr> row() {
    return c.r().subList(0, layout.logRow);
  }

  /**
   * Adds {@code scale·W_l(κ, ·)}, the inputs' kernel being in the scale already. κ is eq(ρ^l, ·),
   * or, for an ARGMAX head, [i=y] minus that.
   */
  private void weights(int l, Fr scale) {
    int columns = layout.logWidth[l - 1];
    var rows = row().subList(columns, layout.logRow);
    long offset = layout.weights[l] >>> columns;
    Fr folded = power.times(scale).times(slot(rhoInRow(l), rows, offset));
    if (layout.isArgmaxHead(l)) {
      model = model.minus(folded);
      long y = offset + (decision[0] >>> layout.logRows);
      chosen = chosen.plus(power.times(scale).times(EqKernel.at(rows, y)));
    } else {
      model = model.plus(folded);
    }
  }

  /** Adds a form on the activations, which fill the start of the aux vector. */
  private void activations(Fr form) {
    var above = c.r().subList(layout.logNeurons, layout.auxVariables());
    aux = aux.plus(power.times(form).times(EqKernel.at(above, 0)));
  }

  /** Adds a multiple of one entry of the mask block. */
  private void mask(int entry, Fr scale) {
    var r = c.r().subList(0, layout.auxVariables());
    Fr kernel = EqKernel.at(r, (1L << layout.logMaskOffset) + entry);
    aux = aux.plus(power.times(scale).times(kernel));
  }

  /** Adds a multiple of a sum-of-univariates mask's value at a point. */
  private void univariates(int at, List<Fr> point, Fr scale) {
    mask(at++, scale);
    for (int t = 1; t <= point.size(); t++) {
      Fr monomial = scale;
      for (int e = 1; e <= Layout.degree(t, point.size()); e++) {
        monomial = monomial.times(point.get(t - 1));
        mask(at++, monomial);
      }
    }
  }

  /** {@code Σ_{i=from}^{to} 2^(i-from)·eq(r, i)} over the bit variables. */
  private Fr shiftedBits(int from, int to) {
    Fr sum = Fr.ZERO;
    for (int i = from; i <= to; i++) {
      sum = sum.plus(Fr.of(1L << (i - from)).times(EqKernel.at(bit, i)));
    }
    return sum;
  }

  /** z_l(s): layer l's inputs, zero-extended to the variables of sumcheck 1. */
  private Fr zeroExtension(int l) {
    return EqKernel.at(c.s().subList(layout.logWidth[l - 1], c.s().size()), 0);
  }

  /**
   * {@code X(1-X)} at a point's last coordinate, by which masks of that variable are multiplied.
   */
  private static Fr vanishing(List<Fr> point) {
    return point.getLast().times(Fr.ONE.minus(point.getLast()));
  }
}
