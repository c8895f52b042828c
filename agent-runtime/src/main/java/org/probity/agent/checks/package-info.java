/**
 * What can be known before anything is spent: one list of named checks ({@link
 * org.probity.agent.checks.CheckName}), of which each command looks at those that concern it and
 * {@code probity doctor} at all.
 *
 * <p>A check looks, and changes nothing: it sends no transaction and leaves no file.
 */
@NullMarked
package org.probity.agent.checks;

import org.jspecify.annotations.NullMarked;
