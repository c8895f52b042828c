package org.probity.sim.scenario;

/** Prices on some other market, where arbitrageurs trade too. */
interface ExternalPrice {

  /** The time of the next price, in seconds of Unix time; {@link Long#MAX_VALUE} at the end. */
  long nextTime();

  /** Takes the next price: whole quote for one whole base. */
  double next();
}
