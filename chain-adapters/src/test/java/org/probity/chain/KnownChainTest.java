package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of chains, against the lists that Uniswap and Aave publish as packages. */
final class KnownChainTest {

  private static final String PRINT =
      """
      const uniswap = require('@uniswap/sdk-core');
      const aave = require('@aave-dao/aave-address-book');
      const chains = {};
      for (const name of ['Ethereum', 'Base', 'Arbitrum', 'Optimism', 'Polygon']) {
        const market = aave['AaveV3' + name];
        const id = market.CHAIN_ID;
        const own = uniswap.CHAIN_TO_ADDRESSES_MAP[id];
        chains[name] = {
          id,
          sequencer: aave['Chainlink' + name].L2_Sequencer_Uptime_Status_Feed ?? null,
          wrapped: uniswap.WETH9[id].address,
          v2: uniswap.V2_FACTORY_ADDRESSES[id],
          v3: own.v3CoreFactoryAddress,
          v4: own.v4PoolManagerAddress,
          provider: market.POOL_ADDRESSES_PROVIDER,
          pool: market.POOL,
          oracle: market.ORACLE,
          facts: market.AAVE_PROTOCOL_DATA_PROVIDER,
          listed: Object.values(market.ASSETS).map((asset) => asset.UNDERLYING),
        };
      }
      console.log(JSON.stringify(chains));
      """;

  private static JsonNode published;

  @BeforeAll
  static void readTheLists() throws IOException, InterruptedException {
    Process node =
        new ProcessBuilder("node", "-e", PRINT)
            .directory(Path.of(System.getProperty("probity.home")).toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(said).isZero();
    published = new ObjectMapper().readTree(said);
  }

  @ParameterizedTest
  @CsvSource({"Ethereum, 1", "Base, 8453", "Arbitrum, 42161", "Optimism, 10", "Polygon, 137"})
  void eachAddressIsThePublishedOne(String name, long id) {
    JsonNode list = published.path(name);
    assertThat(list.path("id").longValue()).isEqualTo(id);
    KnownChain chain = KnownChain.of(id).orElseThrow();
    assertThat(chain.sequencer())
        .isEqualTo(
            list.path("sequencer").isNull()
                ? Optional.empty()
                : Optional.of(address(list, "sequencer")));
    assertThat(chain.wrappedNative()).contains(address(list, "wrapped"));
    assertThat(chain.uniswap())
        .contains(
            new KnownChain.Uniswap(address(list, "v2"), address(list, "v3"), address(list, "v4")));
    assertThat(chain.aave())
        .contains(
            new KnownChain.Aave(
                address(list, "provider"),
                address(list, "pool"),
                address(list, "oracle"),
                address(list, "facts")));
    assertThat(list.path("listed").valueStream().map(JsonNode::textValue).map(KnownChainTest::of))
        .contains(chain.wrappedNative().orElseThrow());
  }

  @Test
  void ofAChainToTryThingsOnOnlyThatNobodySequencesIt() {
    KnownChain sepolia = KnownChain.of(11_155_111).orElseThrow();
    assertThat(sepolia.sequencer()).isEmpty();
    assertThat(sepolia.uniswap()).isEmpty();
    assertThat(sepolia.aave()).isEmpty();
    assertThat(KnownChain.of(31_337)).isEmpty();
  }

  private static Address address(JsonNode list, String name) {
    return of(list.path(name).textValue());
  }

  /** Lists write some in a case of their own. */
  private static Address of(String written) {
    return new Address(written.toLowerCase(Locale.ROOT));
  }
}
