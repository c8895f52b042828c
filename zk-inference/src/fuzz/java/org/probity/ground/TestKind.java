package org.probity.ground;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.NullMarked;

/**
 * The kinds of tests, each a tag: {@code mvn verify -Dgroups=differential}. A class that names none
 * is of kind {@code unit}: it holds one class to its word, in this process and on no chain.
 */
@NullMarked
public interface TestKind {

  /** Two ways to the same result agree: two implementations, or today's and a frozen one. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @org.junit.jupiter.api.Tag("differential")
  @net.jqwik.api.Tag("differential")
  @interface Differential {}

  /** Random and changed inputs to what reads, or lives through, what others make. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @org.junit.jupiter.api.Tag("fuzz")
  @net.jqwik.api.Tag("fuzz")
  @interface Fuzz {}

  /** Commands, nodes, databases and chains as people use them. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @org.junit.jupiter.api.Tag("acceptance")
  @net.jqwik.api.Tag("acceptance")
  @interface Acceptance {}

  /**
   * Left out of {@code mvn verify}, part of {@code mvn -Pfull verify}: the long form of something
   * whose short form is always run. Beside the kind of the class, not in its place.
   */
  @Target({ElementType.TYPE, ElementType.METHOD})
  @Retention(RetentionPolicy.RUNTIME)
  @org.junit.jupiter.api.Tag("full")
  @net.jqwik.api.Tag("full")
  @interface Full {}

  /** Whether this is {@code mvn -Pfull}, in which tests go through all of their cases. */
  boolean FULL = Boolean.getBoolean("probity.full");

  /** How many of something a test goes through: the property's number, or one of the two. */
  static int count(String property, int few, int full) {
    return Integer.getInteger(property, FULL ? full : few);
  }
}
