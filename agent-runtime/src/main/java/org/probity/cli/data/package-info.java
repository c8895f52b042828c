/**
 * Commands on recorded markets: importing, checking and showing them.
 *
 * <p>Entry types: {@link org.probity.cli.data.DataCommand}.
 */
@NullMarked
package org.probity.cli.data;

import org.jspecify.annotations.NullMarked;
