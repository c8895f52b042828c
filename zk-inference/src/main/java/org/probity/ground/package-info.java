/**
 * What every room needs and no room owns: reading files that somebody else may have made, writing
 * files whole or not at all, and showing text that somebody else wrote.
 *
 * <p>Entries: {@link org.probity.ground.PlainFile}, {@link org.probity.ground.WholeFile} and {@link
 * org.probity.ground.Printable}. The package knows nothing else of this project.
 */
@NullMarked
package org.probity.ground;

import org.jspecify.annotations.NullMarked;
