package org.probity.agent.journal;

/**
 * Where the rows of a journal come from for those who check it: its own database, or a file that
 * somebody hands over. From either the same rows come, in the same order.
 */
sealed interface JournalSource permits JournalRows, JournalFile {

  long count();

  /** Has every agent's rows read, the agents in the order of their ids, the rows in their own. */
  void read(Reader reader);

  /** Takes what is read. */
  @FunctionalInterface
  interface Reader {

    /**
     * The rows of {@code agent} follow.
     *
     * @return whether they are wanted
     */
    default boolean begin(String agent) {
      return true;
    }

    void row(Row row);

    /** All rows of the agent came. */
    default void end() {}
  }

  /**
   * A row.
   *
   * @param deleted whether it is marked so that agents skip it; nothing here ever marks one
   * @param serializer what its payload is said to be written by
   */
  record Row(
      String agent, long sequence, String kind, byte[] payload, boolean deleted, int serializer) {}
}
