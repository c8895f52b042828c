package org.probity.sim.report;

/** A table under its title; where it is wider than the screen, it scrolls in a box of its own. */
final class TableCard {

  private final String id;
  private final String title;
  private String note = "";
  private String style = "";

  TableCard(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /** A sentence under the title. */
  TableCard note(String sentence) {
    note = sentence;
    return this;
  }

  /** Its cells are {@link HeatCell}s. */
  TableCard heat() {
    style = " class=\"heat\"";
    return this;
  }

  /**
   * The card.
   *
   * @param head the cells of the first row; none if empty
   * @param rows the other rows
   */
  String html(String head, String rows) {
    return """
    <section class="card" id="%s">
    <div class="cap"><h2>%s</h2>%s</div>
    <div %s><table%s>%s<tbody>%s</tbody></table></div>
    </section>
    """
        .formatted(
            id,
            Html.text(title),
            note.isEmpty() ? "" : "<p>%s</p>".formatted(Html.text(note)),
            Html.scrolling(title),
            style,
            head.isEmpty() ? "" : "<thead><tr>%s</tr></thead>".formatted(head),
            rows);
  }

  /** The head of a column whose cells explain themselves to the eye: heard, not seen. */
  static String unseen(String words) {
    return "<th><span class=\"unseen\">%s</span></th>".formatted(Html.text(words));
  }
}
