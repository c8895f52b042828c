/**
 * Strategies that come with the program, trained on the spot: {@link
 * org.probity.strategy.example.ExampleStrategies}. They show how a strategy is made; the market
 * they learn from is made up, and nobody should expect them to earn money.
 */
@NullMarked
package org.probity.strategy.example;

import org.jspecify.annotations.NullMarked;
