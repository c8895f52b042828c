/** A node's settings as its file has them, read and checked before anything starts. */
@NullMarked
package org.probity.agent.settings;

import org.jspecify.annotations.NullMarked;
