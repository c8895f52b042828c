package org.probity.agent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.time.Clock;
import java.time.ZoneId;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The determinism contract (docs/determinism.md), as far as compiled classes show it: what a run
 * goes through reads no clock, draws nothing but from a {@code RandomStream}, keeps nothing in the
 * order of hashes, starts no thread, and calls no function whose value depends on the processor or
 * on the machine's settings.
 *
 * <p>Each rule is also tried on a class that breaks it.
 */
final class DeterminismTest {

  private static final String[] RUN = {
    "org.probity.sim.backtest..",
    "org.probity.sim.scenario..",
    "org.probity.sim.random..",
    "org.probity.sim.market..",
    "org.probity.sim.math..",
  };

  private static final Set<String> PROCESSOR_FUNCTIONS =
      Set.of(
          "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "exp", "expm1", "log", "log10",
          "log1p", "pow", "cbrt", "sinh", "cosh", "tanh", "hypot");

  private static final JavaClasses SIMULATOR =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.probity.sim");

  @Test
  void theRunsPackagesAreLookedAt() {
    for (String room : List.of("backtest", "scenario", "random", "market", "math")) {
      assertThat(SIMULATOR.stream().map(JavaClass::getPackageName))
          .anyMatch(name -> name.equals("org.probity.sim." + room));
    }
  }

  @Test
  void aRunReadsNoClock() {
    rule("read a clock", DeterminismTest::readsClock, RUN).check(SIMULATOR);
  }

  @Test
  void aRunDrawsFromNamedStreamsOnly() {
    rule("draw from another source", DeterminismTest::drawsElsewhere, RUN).check(SIMULATOR);
  }

  @Test
  void aRunKeepsNothingInTheOrderOfHashes() {
    // The exact markets look positions and ticks up by key, and never go through them.
    rule(
            "order by hashes",
            DeterminismTest::ordersByHash,
            "org.probity.sim.backtest..",
            "org.probity.sim.scenario..",
            "org.probity.sim.random..")
        .check(SIMULATOR);
  }

  @Test
  void aRunStartsNoThread() {
    rule("work in parallel", DeterminismTest::isParallel, RUN).check(SIMULATOR);
  }

  @Test
  void aRunCallsNoFunctionOfTheProcessorOrTheMachine() {
    rule("depend on the machine", DeterminismTest::dependsOnMachine, RUN).check(SIMULATOR);
  }

  @Test
  void measuresOfARunCallNoneEither() {
    rule("depend on the machine", DeterminismTest::dependsOnMachine, "org.probity.sim.metrics..")
        .check(SIMULATOR);
  }

  @Test
  void rulesCatchWhatTheyForbid() {
    assertThat(violations("clock", DeterminismTest::readsClock)).isGreaterThanOrEqualTo(2);
    assertThat(violations("draw", DeterminismTest::drawsElsewhere)).isGreaterThanOrEqualTo(3);
    assertThat(violations("hash", DeterminismTest::ordersByHash)).isGreaterThanOrEqualTo(6);
    assertThat(violations("parallel", DeterminismTest::isParallel)).isGreaterThanOrEqualTo(3);
    assertThat(violations("machine", DeterminismTest::dependsOnMachine)).isGreaterThanOrEqualTo(5);
  }

  // ---- the rules ----

  private static ArchRule rule(
      String description, java.util.function.Predicate<JavaAccess<?>> breaks, String... packages) {
    return noClasses()
        .that(resideInAnyPackage(packages))
        .should()
        .accessTargetWhere(DescribedPredicate.describe(description, breaks))
        .because("a run is a function of code, configuration, data and seed");
  }

  private static boolean readsClock(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return switch (access.getTarget().getName()) {
      case "currentTimeMillis", "nanoTime" -> owner.isEquivalentTo(System.class);
      case "now" -> owner.isAssignableTo(Temporal.class);
      case "systemUTC", "systemDefaultZone", "system" -> owner.isEquivalentTo(Clock.class);
      default -> false;
    };
  }

  private static boolean drawsElsewhere(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    return owner.isAssignableTo(RandomGenerator.class)
        || owner.isAssignableTo(Random.class)
        || (owner.isEquivalentTo(Math.class) && name.equals("random"))
        || (owner.isEquivalentTo(UUID.class) && name.equals("randomUUID"))
        || (owner.isEquivalentTo(java.util.Collections.class) && name.equals("shuffle"));
  }

  private static boolean ordersByHash(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean made =
        name.equals("<init>")
            && (owner.isEquivalentTo(HashMap.class)
                || owner.isEquivalentTo(HashSet.class)
                || owner.isEquivalentTo(IdentityHashMap.class)
                || owner.isEquivalentTo(java.util.WeakHashMap.class)
                || owner.isEquivalentTo(java.util.concurrent.ConcurrentHashMap.class));
    boolean salted =
        (owner.isEquivalentTo(Map.class) || owner.isEquivalentTo(Set.class))
            && (name.equals("of") || name.equals("copyOf") || name.equals("ofEntries"))
            && arguments(access) > 1;
    boolean collected =
        owner.isEquivalentTo(Collectors.class)
            && switch (name) {
              case "toSet", "toUnmodifiableSet", "toUnmodifiableMap" -> true;
              case "toMap" -> arguments(access) < 4;
              case "groupingBy" -> arguments(access) < 3;
              default -> false;
            };
    return made || salted || collected;
  }

  private static boolean isParallel(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    return (name.equals("parallel") && owner.isAssignableTo(BaseStream.class))
        || (name.equals("parallelStream") && owner.isAssignableTo(Collection.class))
        || owner.isAssignableTo(Executor.class)
        || owner.isAssignableTo(CompletableFuture.class)
        || (owner.isAssignableTo(Thread.class) && !name.equals("interrupt"));
  }

  private static boolean dependsOnMachine(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean ordered = access.getOriginOwner().getSimpleName().equals("CodeVersion");
    return (owner.isEquivalentTo(Math.class) && PROCESSOR_FUNCTIONS.contains(name))
        || (owner.isEquivalentTo(System.class)
            && (name.equals("getenv")
                || name.equals("getProperty")
                || name.equals("identityHashCode")))
        || (owner.isEquivalentTo(Locale.class) && name.equals("getDefault"))
        || (owner.isEquivalentTo(TimeZone.class) && name.equals("getDefault"))
        || (owner.isEquivalentTo(ZoneId.class) && name.equals("systemDefault"))
        || (owner.isEquivalentTo(Runtime.class) && name.equals("availableProcessors"))
        // CodeVersion sorts what it finds.
        || (owner.isEquivalentTo(Files.class)
            && !ordered
            && (name.equals("list") || name.equals("walk") || name.equals("newDirectoryStream")));
  }

  private static int arguments(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        ? target.getRawParameterTypes().size()
        : 0;
  }

  private static int violations(
      String description, java.util.function.Predicate<JavaAccess<?>> breaks) {
    JavaClasses classes = new ClassFileImporter().importClasses(BreaksEverything.class);
    return rule(description, breaks, "org.probity.agent")
        .evaluate(classes)
        .getFailureReport()
        .getDetails()
        .size();
  }

  @SuppressWarnings({"unused", "JavaUtilDate"}) // read by the rules, never run
  static final class BreaksEverything {
    final List<Object> clocks =
        List.of(System.nanoTime(), java.time.LocalDate.now(java.time.ZoneOffset.UTC));
    final List<Object> draws = List.of(new SplittableRandom(7), new Random(7), UUID.randomUUID());
    final List<Object> hashes =
        List.of(
            new HashMap<String, String>(),
            new HashSet<String>(),
            Map.of("a", 1, "b", 2),
            Set.of("a", "b"),
            clocks.stream().collect(Collectors.toSet()),
            clocks.stream().collect(Collectors.groupingBy(Object::toString)));
    final List<Object> threads =
        List.of(
            clocks.parallelStream().count(),
            clocks.stream().parallel().count(),
            CompletableFuture.completedFuture(1));
    final List<Object> machine =
        List.of(
            Math.log(2),
            Math.pow(2, 0.5),
            System.identityHashCode(this),
            Locale.getDefault(),
            Runtime.getRuntime().availableProcessors());
  }
}
