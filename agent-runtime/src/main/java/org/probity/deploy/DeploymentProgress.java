package org.probity.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.deploy.Step.Kind;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.terminal.Complaint;

/**
 * What of a deployment is done, in a file beside the configuration that it will write: whoever was
 * cut off in the middle gives the same command again, and it goes on from there. The file is
 * removed once all is done.
 *
 * <p>What it says is believed only as far as the chain agrees.
 */
final class DeploymentProgress {

  private static final String SUFFIX = ".deploying";
  private static final long MOST_BYTES = 64 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final String fingerprint;
  private final NavigableMap<Step, Address> done = new TreeMap<>();

  private DeploymentProgress(Path file, String fingerprint) {
    this.file = file;
    this.fingerprint = fingerprint;
  }

  /**
   * What is noted beside {@code target}, empty if there is nothing.
   *
   * @param steps of the deployment
   * @throws Complaint if it is that of another deployment
   */
  static DeploymentProgress beside(Path target, String fingerprint, List<Step> steps) {
    DeploymentProgress progress =
        new DeploymentProgress(target.resolveSibling(target.getFileName() + SUFFIX), fingerprint);
    if (Files.exists(progress.file)) {
      progress.read(steps);
    }
    return progress;
  }

  private void read(List<Step> steps) {
    try {
      JsonNode json = JSON.readTree(PlainFile.text(file, MOST_BYTES));
      if (!fingerprint.equals(json.path("deployment").asText())) {
        throw new Complaint(
            "%s is of another deployment that was begun and not finished: give the options that it was begun with, or move it away"
                .formatted(file));
      }
      for (Step step : steps) {
        String address = json.path("done").path(step.id()).asText();
        if (!address.isEmpty()) {
          done.put(step, new Address(address));
        }
      }
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new Complaint("%s is damaged: move it away".formatted(file), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a step has made, or what it was done to; empty if it is still to be done. */
  Optional<Address> of(Step step) {
    return Optional.ofNullable(done.get(step));
  }

  /** What a step has made that is known to be done. */
  Address made(Step step) {
    @Nullable Address made = done.get(step);
    if (made == null) {
      throw new IllegalStateException("%s comes before what needs it".formatted(step));
    }
    return made;
  }

  boolean isEmpty() {
    return done.isEmpty();
  }

  void note(Step step, Address made) {
    done.put(step, made);
    write();
  }

  /** Forgets a step and all that came after it and may rest on it. */
  void forgetFrom(Step first) {
    NavigableMap<Step, Address> after = done.tailMap(first, true);
    if (!after.isEmpty()) {
      after.clear();
      write();
    }
  }

  /** All is done: it is of no use any more. */
  void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is done, with addresses, for a sentence. */
  String words() {
    return done.entrySet().stream()
        .filter(entry -> !entry.getKey().isTheOwners())
        .map(entry ->
            entry.getKey().kind() == Kind.KEY
                ? entry.getKey().toString()
                : entry.getKey() + " at " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  Path file() {
    return file;
  }

  private void write() {
    ObjectNode json = JSON.createObjectNode().put("deployment", fingerprint);
    ObjectNode steps = json.putObject("done");
    done.forEach((step, address) -> steps.put(step.id(), address.hex()));
    try {
      WholeFile.replaceForOwner(file, JSON.writeValueAsString(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
