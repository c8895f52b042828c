package org.probity.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.probity.chain.Address;
import org.probity.ground.PlainFile;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.terminal.Complaint;

/** What vaults share, as the record of a deployment names it. */
public final class FoundationFile {

  private static final long MOST_BYTES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private FoundationFile() {}

  /**
   * What vaults share, by the record in {@code file}; whether it is what it seems is for who uses
   * it to see.
   *
   * @throws Complaint if it is no such record, or of another chain
   */
  public static Foundation read(Path file, long chainId) {
    JsonNode json;
    try {
      json = JSON.readTree(PlainFile.text(file, MOST_BYTES));
    } catch (JsonProcessingException e) {
      throw new Complaint(noRecord(file), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (json.path("chainId").asLong() != chainId) {
      throw new Complaint(
          json.path("chainId").isIntegralNumber()
              ? "%s is of a deployment on chain %s, not %s: name one of this chain, or leave --foundation out."
                  .formatted(file, json.path("chainId").asLong(), chainId)
              : noRecord(file));
    }
    JsonNode contracts = json.path("foundation");
    try {
      return Deployment.foundation(step ->
          step.isOfSurroundings() && !contracts.has(step.id())
              ? Address.ZERO
              : new Address(contracts.path(step.id()).asText()));
    } catch (IllegalArgumentException e) {
      throw new Complaint(noRecord(file), e);
    }
  }

  private static String noRecord(Path file) {
    return "%s is no record of a deployment: name the file that `probity deploy` wrote beside a configuration, or leave --foundation out."
        .formatted(file);
  }
}
