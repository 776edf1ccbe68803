/** Metrics and health of a server: counters of mail events, gauges, and their text formats. */
@NullMarked
package dev.caravan.metrics;

import org.jspecify.annotations.NullMarked;
