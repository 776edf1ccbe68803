/** Timers: moves due messages back to delivery, prunes, compacts the journal, sweeps the spool. */
@NullMarked
package dev.caravan.housekeeping;

import org.jspecify.annotations.NullMarked;
