/** The typed view of a Camel exchange. */
@NullMarked
package dev.caravan.exchange;

import org.jspecify.annotations.NullMarked;
