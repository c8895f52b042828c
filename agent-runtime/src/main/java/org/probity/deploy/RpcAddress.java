package org.probity.deploy;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads the address of a node. One that cannot be used is not quoted: what is wrong with it may be
 * next to a provider's key.
 */
public final class RpcAddress implements ITypeConverter<URI> {

  private static final Set<String> SCHEMES = Set.of("http", "https", "ws", "wss");

  @Override
  public URI convert(String text) {
    try {
      URI address = new URI(text.strip());
      String scheme = address.getScheme();
      if (scheme != null
          && SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))
          && address.getHost() != null) {
        return address;
      }
    } catch (URISyntaxException e) {
      // Told below: its own message quotes the address.
    }
    throw new TypeConversionException(
        "it must be the address of a node, such as http://127.0.0.1:8545 or https://host/key");
  }
}
