/**
 * A study's jobs on several nodes.
 *
 * <p>{@link org.probity.agent.study.StudyCluster} coordinates: it holds the queue of jobs, works
 * itself, and hands runs to each {@link org.probity.agent.study.StudyWorker} that asks, once it has
 * shown that it has the same code, model and history. A worker that dies gives its runs back by the
 * cluster's death watch. Settings and summaries travel; weights and histories never do, for there
 * is no message that could hold them.
 */
@NullMarked
package org.probity.agent.study;

import org.jspecify.annotations.NullMarked;
