/** {@code /metrics}, {@code /health}, and what is measured of the broker and the event loops. */
@NullMarked
package dev.caravan.monitoring;

import org.jspecify.annotations.NullMarked;
