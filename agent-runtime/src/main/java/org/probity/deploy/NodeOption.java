package org.probity.deploy;

import java.net.URI;
import picocli.CommandLine.Option;

/** The node of a command that needs one. */
public final class NodeOption {

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      required = true,
      converter = RpcAddress.class,
      description = "JSON-RPC of a node of the chain.")
  private URI rpc = URI.create("");

  public URI rpc() {
    return rpc;
  }
}
