/**
 * {@code caravan test}: runs scenarios against the routes. The fakes of mail servers and of the DNS are also those of our
 * own tests.
 */
@NullMarked
package dev.caravan.routetest;

import org.jspecify.annotations.NullMarked;
