package org.probity.agent.settings;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.probity.ground.Printable;
import org.probity.settings.BadSetting;

/**
 * The address of a PostgreSQL database, of which only what is known is passed on: the driver has
 * parameters that load classes by name, write files or hold secrets.
 */
final class PostgresUrl {

  private static final String KEY = "probity.journal.url";

  private static final Pattern FORM =
      Pattern.compile("jdbc:postgresql:(?://[A-Za-z0-9.,:_\\[\\]-]*/)?[A-Za-z0-9._%-]*(\\?.*)?");

  private static final Set<String> PARAMETERS =
      new TreeSet<>(
          Set.of(
              "ApplicationName",
              "connectTimeout",
              "currentSchema",
              "hostRecheckSeconds",
              "loadBalanceHosts",
              "loginTimeout",
              "socketTimeout",
              "ssl",
              "sslcert",
              "sslkey",
              "sslmode",
              "sslrootcert",
              "targetServerType",
              "tcpKeepAlive",
              "user"));

  private PostgresUrl() {}

  /**
   * Refuses an address with anything else than hosts, a database and known parameters; what it
   * holds is not shown, as it may be a password.
   *
   * @throws BadSetting that names the parameter
   */
  static void require(String url) {
    Matcher form = FORM.matcher(url);
    if (!form.matches()) {
      throw new BadSetting(
          "The setting %s is no address of a PostgreSQL database: it must be jdbc:postgresql://host:port/database, with user and password in probity.journal.user and probity.journal.password-file."
              .formatted(KEY));
    }
    String parameters = form.group(1);
    if (parameters == null) {
      return;
    }
    for (String parameter : parameters.substring(1).split("&", -1)) {
      String name = parameter.split("=", 2)[0];
      if (name.toLowerCase(Locale.ROOT).contains("password")) {
        throw new BadSetting(
            "The setting %s holds a password: put it into a file, name that in probity.journal.password-file, and take it out of the address."
                .formatted(KEY));
      }
      if (!PARAMETERS.contains(name)) {
        throw new BadSetting(
            "The setting %s has the parameter \"%s\", which is not admitted: use only %s."
                .formatted(KEY, Printable.line(name, 40), String.join(", ", PARAMETERS)));
      }
    }
  }
}
