/** The server's side of the operators' commands. */
@NullMarked
package dev.caravan.control;

import org.jspecify.annotations.NullMarked;
