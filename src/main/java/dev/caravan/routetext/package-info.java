/** Reads and checks the text of route files before Camel runs them. */
@NullMarked
package dev.caravan.routetext;

import org.jspecify.annotations.NullMarked;
