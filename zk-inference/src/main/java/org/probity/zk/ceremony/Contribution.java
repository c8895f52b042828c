package org.probity.zk.ceremony;

import java.util.Optional;

/**
 * One contribution to a ceremony. The hashes are what a participant publishes: comparing them is
 * how one knows that the ceremony in a file is the one that was held.
 *
 * @param number from 1
 * @param name as the file says, which nothing binds: unprintable characters are replaced; may be
 *     empty
 * @param beacon what the contribution was derived from, if it is a public random beacon
 * @param responseHash of the contribution itself, 128 hexadecimal digits
 * @param nextChallenge of the powers after it, which the next contribution starts from; 128
 *     hexadecimal digits
 */
public record Contribution(
    int number, String name, Optional<Beacon> beacon, String responseHash, String nextChallenge) {
  /**
   * A public random value that nobody could foresee, hashed many times.
   *
   * @param value hexadecimal digits
   * @param logIterations base-2 logarithm of the number of times that SHA-256 was applied
   */
  public record Beacon(String value, int logIterations) {}
}
