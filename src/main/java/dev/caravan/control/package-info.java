/** The operator's commands, on the server's side. */
@NullMarked
package dev.caravan.control;

import org.jspecify.annotations.NullMarked;
