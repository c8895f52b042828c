/**
 * Configuration files of people, read without trusting who wrote them: no network, no class path,
 * no secret of the environment, no more work than a configuration is worth.
 *
 * <p>Entry: {@link org.probity.settings.Hocon} reads a file, {@link org.probity.settings.Settings}
 * its values, each refusal a {@link org.probity.settings.BadSetting}. What the settings mean is for
 * the rooms that have them.
 */
@NullMarked
package org.probity.settings;

import org.jspecify.annotations.NullMarked;
