/**
 * A local chain with a market and a vault, and an agent that acts on it before the user's eyes.
 *
 * <p>Entry types: {@link org.probity.demo.Demo}, {@link org.probity.demo.DemoWorld}.
 */
@NullMarked
package org.probity.demo;

import org.jspecify.annotations.NullMarked;
