package org.probity.agent.watch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The alerts that stand; each is logged when it is raised and when it is over. */
final class AlertBoard {

  private static final Logger LOG = LoggerFactory.getLogger("org.probity.agent.alerts");

  /** What is wrong at the moment. */
  record Finding(Alert.Kind kind, String subject, String detail) {}

  private record Subject(Alert.Kind kind, String name) {}

  private final Map<Subject, Alert> raised = new HashMap<>();

  /** Replaces what stood by what is wrong now. */
  synchronized void update(List<Finding> findings, Instant now) {
    Set<Subject> seen = new HashSet<>();
    for (Finding finding : findings) {
      Subject subject = new Subject(finding.kind(), finding.subject());
      if (!seen.add(subject)) {
        continue;
      }
      Alert before = raised.get(subject);
      Alert alert =
          new Alert(
              finding.kind(),
              finding.subject(),
              before == null ? now : before.since(),
              finding.detail());
      raised.put(subject, alert);
      if (before == null) {
        log(alert, "raised");
      }
    }
    raised
        .entrySet()
        .removeIf(entry -> {
          boolean over = !seen.contains(entry.getKey());
          if (over) {
            log(entry.getValue(), "over");
          }
          return over;
        });
  }

  private static void log(Alert alert, String change) {
    LOG.atWarn()
        .addKeyValue("alert", alert.kind().title())
        .addKeyValue("change", change)
        .addKeyValue("subject", alert.subject())
        .addKeyValue("since", alert.since())
        .log(alert.detail());
  }

  synchronized List<Alert> standing() {
    List<Alert> alerts = new ArrayList<>(raised.values());
    alerts.sort(Comparator.comparing(Alert::kind).thenComparing(Alert::subject));
    return alerts;
  }

  synchronized long count(Alert.Kind kind) {
    return raised.keySet().stream().filter(subject -> subject.kind() == kind).count();
  }
}
