/**
 * What people see: lines and progress on a terminal, tables, charts, sentences about failures, and
 * the files and passwords that commands ask for. Knows no room but the ground.
 *
 * <p>Entry types: {@link org.probity.terminal.Screen}, {@link org.probity.terminal.Complaint}.
 */
@NullMarked
package org.probity.terminal;

import org.jspecify.annotations.NullMarked;
