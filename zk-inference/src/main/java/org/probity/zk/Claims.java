package org.probity.zk;

import java.util.Arrays;
import java.util.List;
import org.probity.zk.Forms.Factor;
import org.probity.zk.field.Fr;

/**
 * What sumchecks 1 and 2 leave to be shown: linear claims on the committed vectors, batched with
 * powers of η (docs/protocol.md, section 8).
 *
 * <pre>  ⟨L_B,B⟩ + ⟨L_A,A⟩ + ⟨L_W,W'⟩ + ⟨L_Y,W^y⟩ = e</pre>
 *
 * <p>Stated once: the prover and the verifier differ in the {@link Forms} only that they pass. Each
 * method is one claim of the page, with its number.
 */
final class Claims {
  private static final int SIGN = Layout.BITS - 1;

  private final Layout layout;
  private final FeatureVector features;
  private final int[] decision;
  private final ProductSumcheck product;
  private final BitSumcheck bit;
  private final Fr eta;
  private final Forms into;

  private final List<Fr> gamma;
  private final List<Fr> s;
  private final List<Fr> x;

  /** {@code x = (χ, ξ)}: the bit variables, then the neuron's. */
  private final Factor chi;

  private final Factor xi;

  private Fr power = Fr.ONE;
  private Fr value = Fr.ZERO;

  private Claims(
      Layout layout,
      FeatureVector features,
      Decision decision,
      ProductSumcheck product,
      BitSumcheck bit,
      Fr eta,
      Forms into) {
    this.layout = layout;
    this.features = features;
    this.decision = decision.words();
    this.product = product;
    this.bit = bit;
    this.eta = eta;
    this.into = into;
    gamma = ProductSumcheck.powers(product.gamma(), layout.layers);
    s = product.run().point();
    x = bit.run().point();
    chi = new Factor.Kernel(x.subList(0, Layout.LOG_BITS));
    xi = new Factor.Kernel(neuron());
  }

  /**
   * States all claims.
   *
   * @param into takes the forms
   * @return e, the value that they have together
   */
  static Fr of(
      Layout layout,
      FeatureVector features,
      Decision decision,
      ProductSumcheck product,
      BitSumcheck bit,
      Fr eta,
      Forms into) {
    var claims = new Claims(layout, features, decision, product, bit, eta, into);
    claims.startOfProducts();
    if (layout.layers > 1) {
      claims.endOfProducts();
      for (int l = 2; l <= layout.layers; l++) {
        claims.foldedWeights(l);
      }
      for (int l = 2; l <= layout.layers; l++) {
        claims.foldedInputs(l);
      }
    }
    claims.startOfBits();
    claims.endOfBits();
    claims.foldedBits();
    claims.foldedSigns();
    claims.foldedMagnitudes();
    if (!layout.argmax()) {
      claims.outputs();
    }
    return claims.value;
  }

  // 1. Every layer's pre-activations are its weights times its inputs, plus biases.
  private void startOfProducts() {
    Fr right = product.run().sum();
    var whole = powers(0, SIGN);
    for (int l = 1; l <= layout.layers; l++) {
      Fr weight = gamma.get(l);
      add(layout.bits(l), new Factor.Kernel(rho(l)), whole, weight);
      rows(l, layout.biases(l), Factor.ONE, weight.negate());
      Fr offset =
          layout.isArgmaxHead(l) ? EqKernel.below(rho(l), decision[0]).negate() : Fr.of(1L << SIGN);
      right = right.plus(weight.times(offset));
    }
    var inputs = Arrays.stream(features.toArray()).asLongStream().toArray();
    rows(
        1,
        layout.weights(1),
        new Factor.Integers(inputs, layout.logWidth[0]),
        gamma.get(1).negate());
    if (layout.layers > 1) {
      Fr half = Fr.of(1L << (layout.innerVariables - 1));
      var g = layout.masks.g1();
      mask(g.start(), half.twice());
      for (int t = 1; t <= g.rounds(); t++) {
        univariate(g, t, half, Fr.ONE);
      }
    }
    claim(right);
  }

  // 2. The masked product at the end of sumcheck 1.
  private void endOfProducts() {
    Fr right = product.run().end();
    for (int l = 2; l <= layout.layers; l++) {
      Fr factors = product.weights().get(l - 2).times(product.inputs().get(l - 2));
      right = right.minus(gamma.get(l).times(factors));
    }
    value(layout.masks.g1(), s, Fr.ONE);
    claim(right);
  }

  // 3. ŵ_l, masked by u_l.
  private void foldedWeights(int l) {
    rows(l, layout.weights(l), columns(l), zeroExtension(l));
    mask(layout.masks.u(l), vanishing(s));
    claim(product.weights().get(l - 2));
  }

  // 4. â_l, masked by v_l.
  private void foldedInputs(int l) {
    add(layout.neurons(l - 1), columns(l), Factor.ONE, zeroExtension(l));
    mask(layout.masks.v(l), vanishing(s));
    claim(product.inputs().get(l - 2));
  }

  // 5. The sum of g2 that sumcheck 2 starts from.
  private void startOfBits() {
    var g = layout.masks.g2();
    mask(g.start(), Fr.ONE);
    for (int t = 1; t <= g.rounds(); t++) {
      univariate(g, t, bit.tau().get(t - 1), Fr.ONE);
    }
    claim(bit.run().sum());
  }

  // 6. Bits are bits, and activations products, at the end of sumcheck 2.
  private void endOfBits() {
    add(layout.neurons(), xi, Factor.ONE, bit.delta());
    value(layout.masks.g2(), x, Fr.ONE.negate());
    Fr b = bit.bit();
    Fr activation = bit.sign().times(bit.magnitude());
    claim(b.square().minus(b).plus(bit.delta().times(activation)).minus(bit.run().end()));
  }

  // 7. B̂, masked by w_B.
  private void foldedBits() {
    add(layout.bits(), xi, chi, Fr.ONE);
    mask(layout.masks.bit(), vanishing(x));
    claim(bit.bit());
  }

  // 8. Ŝ, masked by w_S.
  private void foldedSigns() {
    add(layout.bits(), xi, new Factor.Index(SIGN, Layout.LOG_BITS), Fr.ONE);
    mask(layout.masks.sign(), vanishing(x));
    claim(bit.sign());
  }

  // 9. T̂, masked by w_T: every neuron with the first layer's shift, then what is different in
  // hidden layers of another one.
  private void foldedMagnitudes() {
    var first = powers(layout.shift(1), SIGN - 1);
    add(layout.bits(), xi, first, Fr.ONE);
    for (int l = 2; l < layout.layers; l++) {
      if (layout.shift(l) != layout.shift(1)) {
        var own = powers(layout.shift(l), SIGN - 1).values();
        Arrays.setAll(own, i -> own[i] - first.values()[i]);
        int n = layout.logWidth[l];
        add(
            layout.bits(l),
            new Factor.Kernel(neuron().subList(0, n)),
            new Factor.Integers(own, Layout.LOG_BITS),
            EqKernel.at(neuron().subList(n, neuron().size()), layout.neurons(l).place()));
      }
    }
    mask(layout.masks.magnitude(), vanishing(x));
    claim(bit.magnitude());
  }

  // 10. The outputs of a LINEAR readout are the upper bits of its pre-activations.
  private void outputs() {
    int last = layout.layers;
    int shift = layout.outputShift();
    add(layout.bits(last), new Factor.Kernel(rho(last)), powers(shift, SIGN), Fr.ONE);
    var words = Arrays.stream(decision).asLongStream().toArray();
    claim(EqKernel.extension(words, rho(last)).plus(Fr.of(1L << (SIGN - shift))));
  }

  /** Ends a claim: its right side joins e, and the next power of η begins. */
  private void claim(Fr right) {
    value = value.plus(power.times(right));
    power = power.times(eta);
  }

  private void add(Slice slice, Factor left, Factor right, Fr by) {
    into.add(slice, left, right, power.times(by));
  }

  private void mask(int index, Fr by) {
    into.mask(index, power.times(by));
  }

  /**
   * Adds {@code by·Σ_i κ_l(i)·Σ_j right(j)·slice(i,j)} on the model. The row functional {@code κ_l}
   * is {@code eq(ρ^l,i)} or, for an ARGMAX head, {@code [i=y] - eq(ρ^l,i)}.
   */
  private void rows(int l, Slice slice, Factor right, Fr by) {
    var kernel = new Factor.Kernel(product.rho().subList(layout.logRows, layout.logWidth[l]));
    boolean head = layout.isArgmaxHead(l);
    add(slice, kernel, right, head ? by.negate() : by);
    if (head) {
      var row = new Factor.Index(decision[0] >> layout.logRows, kernel.variables());
      add(slice.in(Slice.Vector.CHOSEN), row, right, by);
    }
  }

  /** Adds a sum-of-univariates mask's value at a point. */
  private void value(MaskBlock.Univariates g, List<Fr> point, Fr by) {
    mask(g.start(), by);
    for (int t = 1; t <= g.rounds(); t++) {
      univariate(g, t, by.times(point.get(t - 1)), point.get(t - 1));
    }
  }

  /** Adds {@code by·Σ_e ratio^(e-1)·c_{t,e}}. */
  private void univariate(MaskBlock.Univariates g, int t, Fr by, Fr ratio) {
    Fr monomial = by;
    for (int e = 1; e <= g.degree(t); e++) {
      mask(g.index(t, e), monomial);
      monomial = monomial.times(ratio);
    }
  }

  /** {@code 2^(i-from)} for the bits from..to. */
  private static Factor.Integers powers(int from, int to) {
    var powers = new long[Layout.BITS];
    for (int i = from; i <= to; i++) {
      powers[i] = 1L << (i - from);
    }
    return new Factor.Integers(powers, Layout.LOG_BITS);
  }

  private List<Fr> rho(int l) {
    return product.rho().subList(0, layout.logWidth[l]);
  }

  private List<Fr> neuron() {
    return x.subList(Layout.LOG_BITS, x.size());
  }

  /** Layer l's inputs at the point of sumcheck 1. */
  private Factor columns(int l) {
    return new Factor.Kernel(s.subList(0, layout.logWidth[l - 1]));
  }

  /** z_l(s): layer l's inputs, zero-extended to the variables of sumcheck 1. */
  private Fr zeroExtension(int l) {
    return EqKernel.at(s.subList(layout.logWidth[l - 1], s.size()), 0);
  }

  /** {@code X(1-X)} at a point's last coordinate: what masks of that variable are multiplied by. */
  private static Fr vanishing(List<Fr> point) {
    return point.getLast().times(Fr.ONE.minus(point.getLast()));
  }
}
