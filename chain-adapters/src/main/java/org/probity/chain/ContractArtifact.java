package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.probity.ground.Bytes32;

/**
 * A compiled contract: its ABI and its creation code, from a class path resource {@code
 * contracts/NAME.json} that the build puts there.
 */
public final class ContractArtifact {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final JsonNode abi;
  private final String creationCode;
  private final String deployedCode;
  private final JsonNode immutables;
  private final JsonNode linkReferences;
  private final JsonNode source;

  private ContractArtifact(
      String name,
      JsonNode abi,
      String creationCode,
      String deployedCode,
      JsonNode immutables,
      JsonNode linkReferences,
      JsonNode source) {
    this.name = name;
    this.abi = abi;
    this.creationCode = creationCode;
    this.deployedCode = deployedCode;
    this.immutables = immutables;
    this.linkReferences = linkReferences;
    this.source = source;
  }

  /**
   * The contract called {@code name}, found by the class loader of the caller's thread or of this
   * class.
   *
   * @throws IllegalArgumentException if there is no such contract on the class path
   */
  public static ContractArtifact load(String name) {
    String path = "contracts/" + name + ".json";
    try (InputStream in = open(path)) {
      JsonNode json = JSON.readTree(in);
      JsonNode code = json.path("bytecode");
      // solc and Foundry write {"object": hex}, Hardhat writes the hex itself.
      return new ContractArtifact(
          name,
          json.path("abi"),
          code.isObject() ? code.path("object").asText() : code.asText(),
          json.path("deployedBytecode").asText(),
          json.path("immutables"),
          json.path("linkReferences"),
          json.path("source"));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Cannot read the compiled contract " + path + ": " + e.getMessage(), e);
    }
  }

  /** What its source calls it. */
  public String name() {
    return name;
  }

  private static InputStream open(String path) throws IOException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    InputStream in = context == null ? null : context.getResourceAsStream(path);
    if (in == null) {
      in = ContractArtifact.class.getClassLoader().getResourceAsStream(path);
    }
    if (in == null) {
      throw new IOException("it is not on the class path; build the project first");
    }
    return in;
  }

  /**
   * The only function called {@code functionName}.
   *
   * @throws IllegalArgumentException if there is none, or there are several
   */
  public AbiFunction function(String functionName) {
    List<AbiFunction> found =
        functions("function").stream().filter(f -> f.name().equals(functionName)).toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          name + " has " + found.size() + " functions called " + functionName);
    }
    return found.getFirst();
  }

  /** The function that {@code data} calls; empty if the contract has none such. */
  public Optional<AbiFunction> functionOf(Bytes data) {
    return functions("function").stream()
        .filter(function -> data.length() >= 4 && data.slice(0, 4).equals(function.selector()))
        .findFirst();
  }

  /**
   * The constructor's arguments in a deployment of this contract; empty if {@code call} deploys
   * another.
   */
  public Optional<Bytes> arguments(Call call) {
    if (call.to() != null || creationCode.length() <= 2 || creationCode.contains("__$")) {
      return Optional.empty();
    }
    Bytes code = creationCode();
    int length = code.length();
    return call.data().length() >= length && call.data().slice(0, length).equals(code)
        ? Optional.of(call.data().slice(length, call.data().length()))
        : Optional.empty();
  }

  /**
   * What it was compiled from.
   *
   * @param arguments of the constructor, encoded
   * @throws IllegalArgumentException if that is not known, as of contracts that others published
   */
  public ContractSource source(Bytes arguments) {
    if (source.isMissingNode()) {
      throw new IllegalArgumentException("What " + name + " was compiled from is not known");
    }
    String path = "contracts/" + source.path("input").asText();
    try (InputStream in = open(path)) {
      return new ContractSource(
          source.path("unit").asText() + ":" + name,
          source.path("compiler").asText(),
          new String(in.readAllBytes(), StandardCharsets.UTF_8),
          arguments);
    } catch (IOException e) {
      throw new IllegalArgumentException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  /** The custom errors that the contract declares. */
  public List<AbiFunction> errors() {
    return functions("error");
  }

  /**
   * The event called {@code eventName}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public AbiEvent event(String eventName) {
    JsonNode found =
        entries("event")
            .filter(event -> event.path("name").asText().equals(eventName))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException(name + " has no event called " + eventName));
    return new AbiEvent(
        eventName,
        found
            .path("inputs")
            .valueStream()
            .map(input ->
                new AbiSignature.Parameter(
                    input.path("name").asText(),
                    AbiType.ofJson(input),
                    input.path("indexed").asBoolean()))
            .toList());
  }

  /**
   * The same with the addresses of the libraries that it calls, by their names.
   *
   * @throws IllegalArgumentException if it calls a library that is not among them
   */
  public ContractArtifact linked(Map<String, Address> libraries) {
    StringBuilder code = new StringBuilder(creationCode);
    for (JsonNode file : linkReferences) {
      for (Map.Entry<String, JsonNode> library : file.properties()) {
        Address address = libraries.get(library.getKey());
        if (address == null) {
          throw new IllegalArgumentException(
              name + " calls the library " + library.getKey() + ", which has no address");
        }
        String hex = address.hex().substring(2);
        for (JsonNode place : library.getValue()) {
          int at = 2 + 2 * place.path("start").asInt();
          code.replace(at, at + hex.length(), hex);
        }
      }
    }
    return new ContractArtifact(name, abi, code.toString(), "", immutables, linkReferences, source);
  }

  /**
   * The code as it lies on a chain once it is deployed, for calls that a node simulates with it.
   *
   * @throws IllegalArgumentException if it is not known, as of contracts that others published
   */
  public Bytes deployedCode() {
    if (deployedCode.length() <= 2) {
      throw new IllegalArgumentException("What is deployed of " + name + " is not known");
    }
    return Bytes.parse(deployedCode);
  }

  /**
   * Whether {@code code} is what is deployed of this contract, whatever its constructor was given.
   *
   * @throws IllegalArgumentException if what is deployed is not known
   */
  public boolean isCode(Bytes code) {
    byte[] own = deployedCode().toArray();
    byte[] other = code.toArray();
    if (own.length != other.length) {
      return false;
    }
    for (JsonNode place : immutables) {
      int from = place.path("start").asInt();
      Arrays.fill(other, from, from + place.path("length").asInt(), (byte) 0);
    }
    return Arrays.equals(own, other);
  }

  /**
   * What a constructor wrote into {@code code}, each word once, in the order of the code.
   *
   * @throws IllegalArgumentException if it is not what is deployed of this contract
   */
  public List<Bytes32> immutables(Bytes code) {
    if (!isCode(code)) {
      throw new IllegalArgumentException("This is not the code of " + name);
    }
    return immutables
        .valueStream()
        .filter(place -> place.path("length").asInt() == Bytes32.SIZE)
        .map(place -> place.path("start").asInt())
        .sorted()
        .map(from -> Bytes32.of(code.slice(from, from + Bytes32.SIZE).toArray()))
        .distinct()
        .toList();
  }

  /**
   * What a transaction that deploys it holds before the constructor's arguments.
   *
   * @throws IllegalArgumentException if the contract has no code (an interface) or needs libraries
   *     linked
   */
  public Bytes creationCode() {
    if (creationCode.length() <= 2) {
      throw new IllegalArgumentException(name + " has no code to deploy");
    }
    if (creationCode.contains("__$")) {
      throw new IllegalArgumentException(
          name + " needs a library linked before it can be deployed");
    }
    return Bytes.parse(creationCode);
  }

  /**
   * Creation code with the constructor's arguments appended.
   *
   * @throws IllegalArgumentException if the arguments do not match the constructor, or the contract
   *     has no code (an interface) or needs libraries linked
   */
  public Call deployment(Object... arguments) {
    Bytes code = creationCode();
    AbiType.Tuple inputs =
        entries("constructor")
            .findFirst()
            .map(constructor -> AbiType.tupleOfJson(constructor.path("inputs")))
            .orElseGet(() -> AbiSignature.tuple(List.of()));
    return Call.deploying(code.concat(Bytes.of(inputs.encode(List.of(arguments)))));
  }

  private List<AbiFunction> functions(String kind) {
    return entries(kind)
        .map(entry ->
            new AbiFunction(
                entry.path("name").asText(),
                AbiType.tupleOfJson(entry.path("inputs")),
                AbiType.tupleOfJson(entry.path("outputs"))))
        .toList();
  }

  private Stream<JsonNode> entries(String kind) {
    return abi.valueStream().filter(entry -> entry.path("type").asText().equals(kind));
  }
}
