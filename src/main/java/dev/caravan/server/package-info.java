/** Puts the parts of a server together, starts and stops them. */
@NullMarked
package dev.caravan.server;

import org.jspecify.annotations.NullMarked;
