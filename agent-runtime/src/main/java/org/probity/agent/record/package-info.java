/**
 * What an agent writes down, and how: a line and what lines add up to, their bytes, which are read
 * forever, and their JSON.
 *
 * <p>{@link org.probity.agent.record.RecordCodec} has the lines, {@link
 * org.probity.agent.record.BinaryFormat} what they and messages between nodes are made of. Nothing
 * here knows where lines are kept.
 */
@NullMarked
package org.probity.agent.record;

import org.jspecify.annotations.NullMarked;
