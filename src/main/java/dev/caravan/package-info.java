/** The program: starts the command that the command line names. */
@NullMarked
package dev.caravan;

import org.jspecify.annotations.NullMarked;
