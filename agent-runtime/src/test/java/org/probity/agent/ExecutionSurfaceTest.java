package org.probity.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.beans.XMLDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.lang.invoke.MethodHandles;
import java.net.URL;
import java.net.URLClassLoader;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.naming.InitialContext;
import javax.sql.DataSource;
import javax.tools.ToolProvider;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

/**
 * What could run something that is not in this source: it is in the classes named here and nowhere
 * else. Whoever adds one has to say why text or files of others cannot reach it.
 *
 * <p>Each rule is also tried on a class that breaks it, so that none of them holds by accident.
 */
final class ExecutionSurfaceTest {
  /** Processes with fixed programs: our own nodes and workers, anvil, and the signals to them. */
  private static final Set<String> STARTERS =
      Set.of(
          "org.probity.drill.Watchdog",
          "org.probity.drill.NodeProcess",
          "org.probity.cli.study.WorkerProcesses",
          "org.probity.chain.local.Anvil");

  /** Native libraries of ours, from a folder of ours, after their hash was compared. */
  private static final Set<String> LOADERS =
      Set.of("org.probity.ground.NativeLibraries", "org.probity.zk.gpu.DriverLibrary");

  /** Databases: the journal that the configuration names, and DuckDB in memory for tables. */
  private static final Set<String> DATABASES =
      Set.of(
          "org.probity.agent.journal.JournalStore",
          "org.probity.sim.backtest.ResultFiles",
          "org.probity.sim.history.Parquet");

  private static final JavaClasses PROBITY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.probity");

  @Test
  void processesAreStartedInNamedClassesOnly() {
    startsNoProcess(STARTERS).check(PROBITY);
  }

  @Test
  void codeIsLoadedInNamedClassesOnly() {
    loadsNoCode(LOADERS).check(PROBITY);
  }

  @Test
  void databasesAreOpenedInNamedClassesOnly() {
    opensNoDatabase(DATABASES).check(PROBITY);
  }

  @Test
  void nothingMakesObjectsOfClassesThatItsInputNames() {
    deserialisesNothing().check(PROBITY);
  }

  @Test
  void rulesCatchWhatTheyForbid() {
    assertThat(violations(startsNoProcess(Set.of()), StartsProcesses.class)).hasSize(2);
    assertThat(violations(loadsNoCode(Set.of()), LoadsCode.class)).hasSize(6);
    assertThat(violations(opensNoDatabase(Set.of()), OpensDatabases.class)).hasSize(2);
    assertThat(violations(deserialisesNothing(), Deserialises.class)).hasSize(4);
    assertThat(
            violations(
                startsNoProcess(Set.of(ExecutionSurfaceTest.class.getName())),
                StartsProcesses.class))
        .isEmpty();
  }

  // ---- the rules ----

  private static ArchRule startsNoProcess(Set<String> except) {
    return only(except, "start a process", ExecutionSurfaceTest::startsProcess)
        .because("a process runs with all rights of ours: see the classes that may");
  }

  private static boolean startsProcess(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return (owner.isEquivalentTo(ProcessBuilder.class) && access.getName().equals("<init>"))
        || (owner.isEquivalentTo(Runtime.class) && access.getName().equals("exec"));
  }

  private static ArchRule loadsNoCode(Set<String> except) {
    return only(except, "load code", ExecutionSurfaceTest::loadsCode)
        .because("code comes from the class path and, compared with its hash, from our own folder");
  }

  private static boolean loadsCode(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getName();
    return owner.isAssignableTo(URLClassLoader.class)
        || (owner.isAssignableTo(ClassLoader.class)
            && (name.equals("defineClass") || name.equals("loadClass")))
        || (owner.isEquivalentTo(MethodHandles.Lookup.class) && name.startsWith("define"))
        || (owner.isEquivalentTo(Class.class) && name.equals("forName"))
        || ((owner.isEquivalentTo(System.class) || owner.isEquivalentTo(Runtime.class))
            && (name.equals("load") || name.equals("loadLibrary")))
        || owner.isEquivalentTo(ToolProvider.class)
        || owner.getPackageName().equals("javax.script");
  }

  private static ArchRule opensNoDatabase(Set<String> except) {
    return only(except, "open a database", ExecutionSurfaceTest::opensDatabase)
        .because("an engine runs what the database's author left in it");
  }

  private static boolean opensDatabase(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return owner.isEquivalentTo(DriverManager.class)
        || (owner.isAssignableTo(DataSource.class) && access.getName().equals("<init>"));
  }

  private static ArchRule deserialisesNothing() {
    return only(Set.of(), "deserialise", ExecutionSurfaceTest::deserialises)
        .because("the input would choose whose code runs");
  }

  private static boolean deserialises(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getName();
    return owner.isAssignableTo(ObjectInputStream.class)
        || owner.isEquivalentTo(XMLDecoder.class)
        || owner.getPackageName().equals("javax.naming")
        || (owner.getPackageName().startsWith("com.fasterxml.jackson")
            && (name.equals("activateDefaultTyping")
                || name.equals("activateDefaultTypingAsProperty")
                || name.equals("enableDefaultTyping")
                || name.equals("setPolymorphicTypeValidator")));
  }

  private static ArchRule only(Set<String> except, String what, Predicate<JavaAccess<?>> does) {
    return noClasses()
        .that(
            DescribedPredicate.describe(
                "are not " + except, type -> !except.contains(outermost(type))))
        .should()
        .accessTargetWhere(DescribedPredicate.describe(what, does));
  }

  private static String outermost(JavaClass type) {
    String name = type.getName();
    int inner = name.indexOf('$');
    return inner < 0 ? name : name.substring(0, inner);
  }

  private static Stream<String> violations(ArchRule rule, Class<?> violator) {
    // Of one class none may be left that the rule is for.
    return rule
        .allowEmptyShould(true)
        .evaluate(new ClassFileImporter().importClasses(violator))
        .getFailureReport()
        .getDetails()
        .stream();
  }

  // ---- classes that break them ----

  @SuppressWarnings("unused") // read by the rules, never run
  static final class StartsProcesses {
    Object start(Runtime runtime) throws IOException {
      return List.of(new ProcessBuilder("true"), runtime.exec(new String[] {"true"}));
    }
  }

  @SuppressWarnings({"unused", "restricted"}) // read by the rules, never run
  static final class LoadsCode {
    Object load(ClassLoader loader, MethodHandles.Lookup lookup) throws Exception {
      System.load("/library");
      return List.of(
          new URLClassLoader(new URL[0]),
          Class.forName("Name"),
          loader.loadClass("Name"),
          lookup.defineClass(new byte[0]),
          ToolProvider.getSystemJavaCompiler());
    }
  }

  @SuppressWarnings("unused") // read by the rules, never run
  static final class OpensDatabases {
    Object open() throws SQLException {
      return List.of(DriverManager.getConnection("jdbc:"), new JdbcDataSource());
    }
  }

  @SuppressWarnings({"unused", "BanJNDI"}) // read by the rules, never run
  static final class Deserialises {
    Object read(InputStream in, ObjectMapper json) throws Exception {
      return List.of(
          new ObjectInputStream(in),
          new XMLDecoder(in),
          InitialContext.doLookup("name"),
          json.activateDefaultTyping(json.getPolymorphicTypeValidator()));
    }
  }
}
