package org.probity.agent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.FileInputStream;
import java.io.FileReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.Temporal;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.probity.agent.node.ProbityNode;
import org.probity.zk.Prover;
import org.web3j.crypto.ECKeyPair;

/**
 * What the modules' dependencies cannot enforce: the spine is a function of its inputs, and a
 * library's types stay in the room that owns them.
 *
 * <p>Each rule is also tried on a class that breaks it, so that none of them holds by accident.
 */
final class ArchitectureTest {
  private static final String[] SPINE = {
    "org.probity.zk..", "org.probity.strategy..", "org.probity.intent.."
  };

  static final JavaClasses PROBITY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.probity");

  @Test
  void everyRoomIsLookedAt() {
    for (String room :
        List.of(
            "ground",
            "json",
            "settings",
            "zk",
            "strategy",
            "chain",
            "intent",
            "sim",
            "agent",
            "cli",
            "run",
            "terminal",
            "demo",
            "drill",
            "bench",
            "deploy",
            "governance",
            "audit")) {
      assertThat(PROBITY.stream().map(JavaClass::getPackageName))
          .as("classes of org.probity." + room)
          .anyMatch(name -> name.startsWith("org.probity." + room));
    }
  }

  @Test
  void spineReadsNoClock() {
    noClock(SPINE).check(PROBITY);
  }

  @Test
  void spineDrawsNothingAtRandomButTheMasksOfProofs() {
    noRandomness(SPINE).check(PROBITY);
  }

  @Test
  void clientLibraryStaysInTheChainRoom() {
    noWeb3jInSignatures("org.probity.chain..").check(PROBITY);
  }

  @Test
  void gpuLibraryStaysInTheGpuBackend() {
    noClasses()
        .that(resideOutsideOfPackages("org.probity.zk.gpu.."))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jcuda..")
        .check(PROBITY);
  }

  @Test
  void groundKnowsNoRoom() {
    noClasses()
        .that()
        .resideInAPackage("org.probity.ground..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.probity.json..",
            "org.probity.settings..",
            "org.probity.zk..",
            "org.probity.strategy..",
            "org.probity.chain..",
            "org.probity.intent..",
            "org.probity.sim..",
            "org.probity.agent..",
            "org.probity.cli..",
            "org.probity.run..",
            "org.probity.terminal..",
            "org.probity.demo..",
            "org.probity.drill..",
            "org.probity.bench..",
            "org.probity.deploy..",
            "org.probity.governance..",
            "org.probity.audit..")
        .check(PROBITY);
  }

  /**
   * What stands above the agent: the command line leads to all of it and nothing leads back, the
   * terminal knows nothing but the ground.
   */
  @Test
  void commandLineStandsAboveEverything() {
    knowsNothingOf("org.probity.terminal..", ABOVE_GROUND).check(PROBITY);
    knowsNothingOf("org.probity.agent..", ABOVE_AGENT).check(PROBITY);
    knowsNothingOf("org.probity.run..", "cli", "demo", "drill", "bench", "deploy", "governance")
        .check(PROBITY);
    knowsNothingOf("org.probity.demo..", "cli", "run", "drill", "bench", "deploy", "governance")
        .check(PROBITY);
    knowsNothingOf("org.probity.drill..", "cli", "bench", "deploy", "governance").check(PROBITY);
    knowsNothingOf("org.probity.bench..", "cli", "run", "demo", "drill", "deploy", "governance")
        .check(PROBITY);
    knowsNothingOf("org.probity.deploy..", "cli", "run", "demo", "drill", "bench", "governance")
        .check(PROBITY);
    knowsNothingOf("org.probity.governance..", "cli", "run", "demo", "drill", "bench")
        .check(PROBITY);
    knowsNothingOf("org.probity.audit..", "agent", "cli", "run", "demo", "drill", "bench", "deploy")
        .check(PROBITY);
    for (String room : List.of("settings", "zk", "strategy", "chain", "intent", "sim")) {
      knowsNothingOf("org.probity." + room + "..", ABOVE_AGENT).check(PROBITY);
    }
  }

  @Test
  void packagesOfTheCommandLineHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching(
            "org.probity.(cli..|run..|terminal..|demo..|drill..|bench..|deploy..|governance..|audit..)")
        .should()
        .beFreeOfCycles()
        .check(PROBITY);
  }

  /** Inside the agent: what every room names is below them all, and whatever serves is on top. */
  @Test
  void roomsOfTheAgentStandOnOneAnother() {
    agentRoomKnowsOnly("", Set.of()).check(PROBITY);
    agentRoomKnowsOnly("record", Set.of()).check(PROBITY);
    agentRoomKnowsOnly("tls", Set.of()).check(PROBITY);
    agentRoomKnowsOnly("settings", Set.of("tls")).check(PROBITY);
    agentRoomKnowsOnly("journal", Set.of("", "record", "settings")).check(PROBITY);
    agentRoomKnowsOnly("proving", Set.of("")).check(PROBITY);
    agentRoomKnowsOnly("node", Set.of("", "record", "settings", "journal", "proving", "tls"))
        .check(PROBITY);
    SlicesRuleDefinition.slices()
        .matching("org.probity.agent.(*)..")
        .should()
        .beFreeOfCycles()
        .check(PROBITY);
  }

  /** Lines and where they are kept can be read, checked and tried without anything that runs. */
  @Test
  void journalKnowsNoActorAndNoCluster() {
    noActors("org.probity.agent.record..", "org.probity.agent.journal..").check(PROBITY);
    noActors("org.probity.agent.settings..").check(PROBITY);
  }

  /** Whatever reads a file that people name is not made to wait for a pipe or to fill memory. */
  @Test
  void filesArePlainFilesBeforeTheyAreRead() {
    noOpening("org.probity..").check(PROBITY);
  }

  @Test
  void chainRoomKnowsNoProofs() {
    noClasses()
        .that()
        .resideInAPackage("org.probity.chain..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.probity.zk..")
        .check(PROBITY);
  }

  /** Whoever sends asks for signatures, and never for a key. */
  @Test
  void keysStandAboveWhatSigns() {
    knowsNothingOf("org.probity.chain", "chain.keys").check(PROBITY);
    knowsNothingOf("org.probity.chain.uniswap..", "chain.keys").check(PROBITY);
    knowsNothingOf("org.probity.chain.aave..", "chain.keys").check(PROBITY);
  }

  /** How often, how long, how late and what for is said in one place, and seen in no other. */
  @Test
  void conductIsSaidOnce() {
    hidden("org.probity.intent.conduct").check(PROBITY);
    noClasses()
        .that()
        .haveSimpleNameStartingWith("VaultAgent")
        .or()
        .haveSimpleNameStartingWith("AgentOnClock")
        .or()
        .haveSimpleNameStartingWith("Engine")
        .or()
        .haveSimpleNameStartingWith("Journal")
        .should()
        .accessTargetWhere(access("weigh a deadline", ArchitectureTest::weighsDeadlines))
        .check(PROBITY);
    noClasses()
        .that()
        .resideInAPackage("org.probity.intent.conduct..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.concurrent..", "org.apache.pekko..", "org.probity.sim..")
        .check(PROBITY);
  }

  @Test
  void rulesCatchWhatTheyForbid() {
    assertThat(violations(hidden("org.probity.agent"), ShowsConduct.class)).hasSize(3);
    assertThat(violations(noClock("org.probity.agent"), ReadsClocks.class)).hasSize(4);
    assertThat(violations(noRandomness("org.probity.agent"), DrawsAtRandom.class)).hasSize(7);
    assertThat(violations(noRandomness("org.probity.agent"), DrawsFromSeed.class)).isEmpty();
    assertThat(violations(noWeb3jInSignatures(), LeaksClient.class)).hasSize(4);
    assertThat(violations(noOpening("org.probity.agent"), OpensFiles.class)).hasSize(8);
    assertThat(violations(knowsNothingOf("org.probity.agent", "zk"), KnowsProofs.class)).hasSize(1);
    assertThat(violations(agentRoomKnowsOnly("", Set.of()), KnowsTheNode.class)).hasSize(1);
    assertThat(violations(agentRoomKnowsOnly("", Set.of("node")), KnowsTheNode.class)).isEmpty();
    assertThat(violations(noActors("org.probity.agent"), KnowsActors.class)).hasSize(2);
  }

  // ---- the rules ----

  private static final String CONDUCT =
      "ATTEMPTS|attempts?|failures|standstills|pause|worthProving|worthSending|isLate|expiry|moment";

  private static ArchRule hidden(String room) {
    return members()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(room)
        .and()
        .haveNameMatching(CONDUCT)
        .and(
            DescribedPredicate.<JavaMember>describe(
                "are no part of a record",
                member ->
                    member.getOwner().tryGetField(member.getName()).isEmpty()
                        || !member.getOwner().isRecord()))
        .should()
        .notBePublic()
        .because("whoever could see it would decide by it again");
  }

  private static boolean weighsDeadlines(JavaAccess<?> access) {
    return access.getTarget().getName().equals("deadline")
        && access.getTargetOwner().getPackageName().startsWith("org.probity.intent");
  }

  private static final String[] ABOVE_AGENT = {
    "cli", "run", "terminal", "demo", "drill", "bench", "deploy", "governance", "audit"
  };

  private static final String[] ABOVE_GROUND = {
    "settings",
    "zk",
    "strategy",
    "chain",
    "intent",
    "sim",
    "agent",
    "cli",
    "run",
    "demo",
    "drill",
    "bench",
    "deploy",
    "audit"
  };

  private static ArchRule knowsNothingOf(String packages, String... rooms) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            Stream.of(rooms).map(room -> "org.probity." + room + "..").toArray(String[]::new))
        .because("arrows between rooms go one way");
  }

  private static final String AGENT = "org.probity.agent";

  /** A room of the agent by its name; the empty name is the package that they all are in. */
  private static ArchRule agentRoomKnowsOnly(String room, Set<String> others) {
    String own = room.isEmpty() ? AGENT : AGENT + "." + room;
    return noClasses()
        .that()
        .resideInAPackage(own)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are in another room than " + others,
                type -> {
                  String name = type.getPackageName();
                  return (name.equals(AGENT) || name.startsWith(AGENT + "."))
                      && !name.equals(own)
                      && others.stream()
                          .map(other -> other.isEmpty() ? AGENT : AGENT + "." + other)
                          .noneMatch(name::equals);
                }))
        .because("arrows between rooms go one way");
  }

  private static ArchRule noActors(String... packages) {
    return noClasses()
        .that(resideInAnyPackage(packages))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.pekko.actor.typed..", "org.apache.pekko.cluster..")
        .because("only what runs knows actors; plugins of the journal are given their system");
  }

  private static ArchRule noClock(String... packages) {
    return noClasses()
        .that(resideInAnyPackage(packages))
        .should()
        .accessTargetWhere(access("read a clock", ArchitectureTest::readsClock))
        .because("a run is a function of its inputs: pass the time in");
  }

  private static boolean readsClock(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return switch (access.getTarget().getName()) {
      case "currentTimeMillis", "nanoTime" -> owner.isEquivalentTo(System.class);
      case "now" -> owner.isAssignableTo(Temporal.class) && !hasArguments(access);
      case "systemUTC", "systemDefaultZone", "system" -> owner.isEquivalentTo(Clock.class);
      default -> false;
    };
  }

  private static ArchRule noRandomness(String... packages) {
    return noClasses()
        .that(
            resideInAnyPackage(packages)
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage("org.probity.zk..").and(simpleName("Entropy")))))
        .should()
        .accessTargetWhere(access("draw at random", ArchitectureTest::drawsAtRandom))
        .because("a run is a function of its inputs and its seed: pass the generator in");
  }

  private static boolean drawsAtRandom(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean seedless = name.equals("<init>") && !hasArguments(access);
    return owner.isAssignableTo(SecureRandom.class)
        || owner.isEquivalentTo(ThreadLocalRandom.class)
        || (owner.isEquivalentTo(Random.class) && seedless)
        || (owner.isEquivalentTo(SplittableRandom.class) && seedless)
        || (owner.isEquivalentTo(Math.class) && name.equals("random"))
        || (owner.isEquivalentTo(UUID.class) && name.equals("randomUUID"))
        || (owner.isEquivalentTo(RandomGenerator.class)
            && (name.equals("getDefault") || name.equals("of")));
  }

  private static ArchRule noOpening(String... packages) {
    return noClasses()
        .that(
            resideInAnyPackage(packages)
                .and(DescribedPredicate.not(resideInAnyPackage("org.probity.ground..")))
                .and(
                    DescribedPredicate.describe(
                        "are not known to open only what they made",
                        type -> !OPEN_THEIR_OWN.contains(type.getName()))))
        .should()
        .accessTargetWhere(access("open a file to read", ArchitectureTest::opensFile))
        .because("what people name may be a pipe, a device or endless: use PlainFile");
  }

  /** What they open was made by this program or is the system's, or is opened to be written. */
  private static final Set<String> OPEN_THEIR_OWN =
      Set.of(
          "org.probity.drill.NodeApi",
          "org.probity.drill.NodeProcess",
          "org.probity.drill.ScratchDatabase",
          "org.probity.agent.node.HoldFile$Tail",
          "org.probity.agent.tls.Pem",
          "org.probity.chain.local.Anvil",
          "org.probity.sim.backtest.CodeVersion",
          "org.probity.sim.history.HistoryStore",
          "org.probity.sim.history.Staging",
          "org.probity.strategy.StrategyFolder",
          "org.probity.zk.SrsFile",
          "org.probity.zk.bench.ProverBenchmark");

  private static final Set<String> OPENERS =
      Set.of(
          "newInputStream",
          "newBufferedReader",
          "newByteChannel",
          "readAllBytes",
          "readString",
          "readAllLines",
          "lines");

  private static boolean opensFile(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean made = name.equals("<init>");
    return (owner.isEquivalentTo(Files.class) && OPENERS.contains(name))
        || (owner.isEquivalentTo(FileChannel.class) && name.equals("open"))
        || (owner.isEquivalentTo(FileInputStream.class) && made)
        || (owner.isEquivalentTo(FileReader.class) && made)
        || (owner.isEquivalentTo(RandomAccessFile.class) && made);
  }

  private static ArchRule noWeb3jInSignatures(String... except) {
    return classes()
        .that(resideOutsideOfPackages(except))
        .and()
        .arePublic()
        .should(nameNoWeb3jTypeOutside())
        .because("callers of a room should not have to know the library inside the chain room");
  }

  private static ArchCondition<JavaClass> nameNoWeb3jTypeOutside() {
    return new ArchCondition<>("name no org.web3j type in what others can see") {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        Stream<JavaType> parents =
            Stream.concat(item.getSuperclass().stream(), item.getInterfaces().stream());
        report(item, item.getDescription() + " extends", parents, events);
        item.getMembers().stream()
            .filter(ArchitectureTest::isVisibleOutside)
            .forEach(
                member -> report(item, member.getDescription() + " names", types(member), events));
      }

      private void report(
          JavaClass item, String subject, Stream<JavaType> types, ConditionEvents events) {
        Set<String> found =
            types
                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                .map(JavaClass::getName)
                .filter(name -> name.startsWith("org.web3j."))
                .collect(toCollection(TreeSet::new));
        if (!found.isEmpty()) {
          String message = subject + " " + String.join(", ", found);
          events.add(SimpleConditionEvent.violated(item, message));
        }
      }
    };
  }

  private static boolean isVisibleOutside(JavaMember member) {
    Set<JavaModifier> modifiers = member.getModifiers();
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaType> types(JavaMember member) {
    if (member instanceof JavaCodeUnit unit) {
      return Stream.of(
              Stream.of(unit.getReturnType()),
              unit.getParameterTypes().stream(),
              unit.getExceptionTypes().stream())
          .flatMap(types -> types);
    }
    return Stream.of(((JavaField) member).getType());
  }

  private static boolean hasArguments(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        && !target.getRawParameterTypes().isEmpty();
  }

  private static DescribedPredicate<JavaAccess<?>> access(
      String description, Predicate<JavaAccess<?>> predicate) {
    return DescribedPredicate.describe(description, predicate);
  }

  private static List<String> violations(ArchRule rule, Class<?> type) {
    JavaClasses classes = new ClassFileImporter().importClasses(type);
    return rule.evaluate(classes).getFailureReport().getDetails();
  }

  // ---- classes that break the rules ----

  @SuppressWarnings("unused") // read by the rules, never run
  static final class ShowsConduct {
    public static final int ATTEMPTS = 5;

    public boolean worthSending() {
      return true;
    }

    public long pause(int attempt) {
      return attempt;
    }

    int failures() {
      return 0;
    }
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class ReadsClocks {
    final List<Object> times =
        List.of(System.currentTimeMillis(), System.nanoTime(), Instant.now(), Clock.systemUTC());
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class KnowsProofs {
    final Class<?> type = Prover.class;
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class KnowsTheNode {
    final Class<?> type = ProbityNode.class;
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class KnowsActors {
    final List<Class<?>> types = List.of(Behavior.class, Cluster.class);
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class DrawsAtRandom {
    final List<Object> draws =
        List.of(
            Math.random(),
            UUID.randomUUID(),
            new Random(),
            new SplittableRandom(),
            new SecureRandom(),
            RandomGenerator.getDefault(),
            ThreadLocalRandom.current());
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class DrawsFromSeed {
    final List<Object> generators = List.of(new Random(7), new SplittableRandom(7));
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class OpensFiles {
    List<Object> open(Path file) throws IOException {
      return List.of(
          Files.newInputStream(file),
          Files.newBufferedReader(file),
          Files.readAllBytes(file),
          Files.readString(file),
          Files.lines(file),
          FileChannel.open(file),
          new FileReader(file.toFile(), StandardCharsets.UTF_8),
          new RandomAccessFile(file.toFile(), "r"));
    }
  }

  @SuppressWarnings("unused") // read by the rules, never run
  public abstract static class LeaksClient implements Supplier<ECKeyPair> {
    public final List<ECKeyPair> pairs = List.of();

    public LeaksClient(ECKeyPair pair) {}

    protected abstract ECKeyPair[] others();

    ECKeyPair hidden() {
      return get();
    }
  }
}
