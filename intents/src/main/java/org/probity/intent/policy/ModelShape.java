package org.probity.intent.policy;

/**
 * What a policy needs to know of a model; {@code KeyStore.shapeOf}.
 *
 * @param inputs how many features it reads
 * @param linear whether its outputs are numbers; otherwise its one output is a class
 * @param outputs how many numbers, or classes
 */
public record ModelShape(int inputs, boolean linear, int outputs) {}
