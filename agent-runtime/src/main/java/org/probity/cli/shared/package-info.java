/**
 * Options and lines that several commands have in common.
 *
 * <p>Entry types: {@link org.probity.cli.shared.BackendOption}, {@link
 * org.probity.cli.shared.CheckLines}.
 */
@NullMarked
package org.probity.cli.shared;

import org.jspecify.annotations.NullMarked;
