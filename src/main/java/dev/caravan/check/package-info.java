/** {@code caravan check}: finds mistakes in settings, routes and broker configuration. */
@NullMarked
package dev.caravan.check;

import org.jspecify.annotations.NullMarked;
