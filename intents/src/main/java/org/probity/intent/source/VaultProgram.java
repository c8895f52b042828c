package org.probity.intent.source;

import java.util.ArrayList;
import java.util.List;
import org.probity.intent.policy.Policy;
import org.probity.strategy.feature.FeatureProgram;

/**
 * The feature program of a vault's policy.
 *
 * @param sources 1 to 8, in the model's order
 */
public record VaultProgram(List<VaultSource> sources) {

  /** Refuses what a policy refuses. */
  public VaultProgram {
    sources = List.copyOf(sources);
    if (sources.isEmpty() || sources.size() > FeatureProgram.MOST_ENTRIES) {
      throw new IllegalArgumentException(
          "A vault's program has 1 to %s sources, not %s: list as many"
              .formatted(FeatureProgram.MOST_ENTRIES, sources.size()));
    }
  }

  /** The program as a model knows it; see {@link FeatureProgram#mismatch}. */
  public FeatureProgram program() {
    return new FeatureProgram(sources.stream().map(VaultSource::entry).toList());
  }

  /** The program as a policy has it. */
  public List<Policy.Feature> features() {
    return sources.stream()
        .map(source ->
            new Policy.Feature(source.contract(), source.entry().width(), source.parameters()))
        .toList();
  }

  /**
   * The program of a policy.
   *
   * @throws IllegalArgumentException if an entry is none that this release can repeat
   */
  public static VaultProgram of(Policy policy, SourceContracts release) {
    return of(
        policy.model().program(),
        release,
        policy.assets(),
        policy.parts().lending().reserves().size());
  }

  /**
   * The program of a policy without lending.
   *
   * @param assets of the policy, the numeraire among them
   * @throws IllegalArgumentException if an entry is none that this release can repeat
   */
  public static VaultProgram of(
      List<Policy.Feature> features, SourceContracts release, int assets) {
    return of(features, release, assets, 0);
  }

  private static VaultProgram of(
      List<Policy.Feature> features, SourceContracts release, int assets, int reserves) {
    var sources = new ArrayList<VaultSource>();
    for (Policy.Feature feature : features) {
      VaultSource source =
          VaultSource.of(feature.source(), feature.parameters(), release, assets, reserves);
      if (source.entry().width() != feature.width()) {
        throw new IllegalArgumentException(
            "Source %s of the policy's program says that it has %s features and has %s: no vault takes such a policy"
                .formatted(sources.size() + 1, feature.width(), source.entry().width()));
      }
      sources.add(source);
    }
    return new VaultProgram(sources);
  }
}
