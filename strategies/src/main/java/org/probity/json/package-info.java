/**
 * JSON files of this program, read without trusting who wrote them. Entry: {@link
 * org.probity.json.StrictJson}.
 */
@NullMarked
package org.probity.json;

import org.jspecify.annotations.NullMarked;
