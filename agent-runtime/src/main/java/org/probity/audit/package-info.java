/**
 * An audit for people and machines: what a terminal shows of one, and its line of JSON.
 *
 * <p>Entry type: {@link org.probity.audit.AuditAnswer}.
 */
@NullMarked
package org.probity.audit;

import org.jspecify.annotations.NullMarked;
