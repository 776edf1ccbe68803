/** Decides what follows from a delivery attempt, by one pure function. */
@NullMarked
package dev.caravan.outcome;

import org.jspecify.annotations.NullMarked;
