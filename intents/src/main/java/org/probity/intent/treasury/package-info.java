/**
 * The vault for two to eight assets on a chain: {@link org.probity.intent.treasury.Treasury} is one
 * that is there, {@link org.probity.intent.treasury.TreasuryDeployment} puts one there. What it
 * will do with a decision is said by {@link org.probity.intent.policy}.
 */
@NullMarked
package org.probity.intent.treasury;

import org.jspecify.annotations.NullMarked;
