/** Thin beans that the routes name, wiring, and the main program. */
@NullMarked
package dev.caravan.camel;

import org.jspecify.annotations.NullMarked;
