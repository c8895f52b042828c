/**
 * Where agents' lines are kept, and who may write there: a database that commits in groups, its
 * rows as others read them, and the check that nothing was changed.
 *
 * <p>{@link org.probity.agent.journal.Journal} reads and checks a journal, {@link
 * org.probity.agent.journal.JournalStore} is the one of a running node. Nothing here knows an
 * agent's actor or a cluster.
 */
@NullMarked
package org.probity.agent.journal;

import org.jspecify.annotations.NullMarked;
