/** What follows from a delivery attempt: one pure function. */
@NullMarked
package dev.caravan.outcome;

import org.jspecify.annotations.NullMarked;
