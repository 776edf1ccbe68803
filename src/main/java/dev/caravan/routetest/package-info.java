/** {@code caravan test}: runs scenarios against the routes. */
@NullMarked
package dev.caravan.routetest;

import org.jspecify.annotations.NullMarked;
