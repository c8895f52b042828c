/**
 * Commands on models, reference strings and proofs.
 *
 * <p>Entry types: {@link org.probity.cli.proving.ModelCommand}, {@link
 * org.probity.cli.proving.ProveCommand}.
 */
@NullMarked
package org.probity.cli.proving;

import org.jspecify.annotations.NullMarked;
