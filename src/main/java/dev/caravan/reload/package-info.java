/** Replaces routes and settings of a running server, by file. */
@NullMarked
package dev.caravan.reload;

import org.jspecify.annotations.NullMarked;
