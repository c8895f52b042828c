package org.probity.agent.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.settings.BadSetting;

/** What may stand in the address of a PostgreSQL journal. */
final class PostgresUrlTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db:5432/probity",
        "jdbc:postgresql://a:1,b:2/p?targetServerType=primary&sslmode=verify-full",
        "jdbc:postgresql://[::1]:5432/probity?user=u",
        "jdbc:postgresql:probity",
        "jdbc:postgresql://db/p?ssl=true&sslrootcert=/x/ca.pem&connectTimeout=5&ApplicationName=p"
      })
  void knownAddressesAreTaken(String url) {
    assertThatCode(() -> new JournalSettings.Postgres(url, "u", Optional.empty()))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://db/p?socketFactory=org.x.Y&socketFactoryArg=z, socketFactory",
    "jdbc:postgresql://db/p?ssl=true&sslfactory=org.x.Y, sslfactory",
    "jdbc:postgresql://db/p?loggerLevel=TRACE&loggerFile=/x/y, loggerLevel",
    "jdbc:postgresql://db/p?authenticationPluginClassName=org.x.Y, authenticationPluginClassName",
    "jdbc:postgresql://db/p?%73ocketFactory=x, \"%73ocketFactory\"",
    "jdbc:postgresql://db/p?SSLFACTORY=x, SSLFACTORY",
    "jdbc:postgresql://db/p?service=x, service",
    "jdbc:postgresql://db/p?, not admitted",
    "jdbc:postgresql://db/p?password=geheim, probity.journal.password-file",
    "jdbc:postgresql://db/p?sslpassword=geheim, probity.journal.password-file",
    "jdbc:postgresql://u:geheim@db/p, probity.journal.password-file",
    "jdbc:h2:mem:geheim;INIT=CALL 1, no address of a PostgreSQL database",
    "jdbc:postgresql://db/p;geheim, no address of a PostgreSQL database"
  })
  void othersAreNamedAndNoPasswordIsShown(String url, String named) {
    assertThatThrownBy(() -> new JournalSettings.Postgres(url, "u", Optional.empty()))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(named)
        .message()
        .doesNotContain("geheim");
  }
}
