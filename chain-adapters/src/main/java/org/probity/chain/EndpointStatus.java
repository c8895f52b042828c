package org.probity.chain;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How one endpoint does, for metrics and for people.
 *
 * @param endpoint its address without user, path and query; with a number behind it where another
 *     endpoint looks the same
 * @param announces whether it is a WebSocket that announces heads, rather than one that is asked
 * @param chosen whether it is the one that is asked first at the moment, or that announces
 * @param head height of the newest head that it is known to have
 * @param lag how many blocks it is behind the newest head that was delivered; 0 if unknown
 * @param requests how many requests it has been sent, a batch counting once
 * @param faults how often each fault occurred; absent where never
 * @param shutOut why it is left alone at the moment, as a sentence
 */
public record EndpointStatus(
    String endpoint,
    boolean announces,
    boolean chosen,
    OptionalLong head,
    long lag,
    long requests,
    Map<EndpointFault, Long> faults,
    Optional<String> shutOut) {

  public EndpointStatus {
    Map<EndpointFault, Long> copy = new EnumMap<>(EndpointFault.class);
    copy.putAll(faults);
    faults = Collections.unmodifiableMap(copy);
  }
}
