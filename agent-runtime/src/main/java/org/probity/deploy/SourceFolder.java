package org.probity.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.probity.agent.checks.NewFile;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractSource;
import org.probity.intent.Governor;
import org.probity.intent.VaultDeployment;

/**
 * A new folder with what explorers want, so that they show the sources of contracts: {@code
 * contracts.json} lists each with its compiler and its constructor's arguments, and the files that
 * it names are the compiler's standard JSON input. One input serves many contracts.
 */
public final class SourceFolder {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final NewFile list;
  private final Map<Address, ContractSource> sources = new LinkedHashMap<>();

  /**
   * @param folder made now, so that it is known to be possible
   * @throws UncheckedIOException if it cannot be made, or is there
   */
  public SourceFolder(Path folder) {
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.list = NewFile.at(folder.resolve("contracts.json"));
  }

  /** Notes a contract. */
  public void add(Address address, ContractSource source) {
    sources.put(address, source);
  }

  /**
   * Notes a vault and its governor.
   *
   * @param from the block in which {@code factory} made them, or an earlier one
   * @throws IllegalArgumentException if it did not
   */
  public void add(ChainClient chain, Address factory, Governor governor, BlockTag from) {
    List<ContractSource> made = VaultDeployment.sources(chain, factory, governor, from);
    add(governor.vault().address(), made.getFirst());
    add(governor.address(), made.getLast());
  }

  /** Writes all of it. */
  public void write(long chainId) {
    Map<String, String> inputs = new LinkedHashMap<>();
    ArrayNode contracts = JSON.createArrayNode();
    sources.forEach((address, source) -> {
      String input =
          inputs.computeIfAbsent(source.input(), _ -> "input-%s.json".formatted(inputs.size() + 1));
      contracts
          .addObject()
          .put("chainId", chainId)
          .put("address", address.toString())
          .put("contract", source.name())
          .put("compiler", "v" + source.compiler().replaceFirst("\\.Emscripten.*$", ""))
          .put("input", input)
          // As explorers' forms take them: without 0x.
          .put("constructorArguments", hex(source.arguments()));
    });
    inputs.forEach((input, file) -> NewFile.at(list.path().resolveSibling(file)).write(input));
    list.write(contracts.toPrettyString() + "\n");
  }

  private static String hex(Bytes bytes) {
    return bytes.isEmpty() ? "" : bytes.toString().substring(2);
  }
}
