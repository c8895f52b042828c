package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An open pragma takes compilers whose faults nobody here has looked at. */
class CompilerTest {

  private static final Path CONTRACTS =
      Path.of(System.getProperty("probity.home"), "intents/src/main/solidity");

  @Test
  void everyContractOfTheVaultIsForOneCompiler() throws IOException {
    try (Stream<Path> files = Files.list(CONTRACTS)) {
      List<Path> contracts = files.toList();
      assertThat(contracts).hasSizeGreaterThan(10);
      assertThat(contracts)
          .allSatisfy(contract ->
              assertThat(Files.readString(contract))
                  .containsOnlyOnce("pragma solidity ")
                  .contains("\npragma solidity 0.8.37;\n"));
    }
  }
}
