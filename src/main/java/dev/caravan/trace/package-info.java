/** What happened to each mail, one event at a time. */
@NullMarked
package dev.caravan.trace;

import org.jspecify.annotations.NullMarked;
