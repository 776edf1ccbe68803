/** The commands of the launcher. */
@NullMarked
package dev.caravan.cli;

import org.jspecify.annotations.NullMarked;
