/** The commands of the launcher; those about queues and submission talk to a running server. */
@NullMarked
package dev.caravan.cli;

import org.jspecify.annotations.NullMarked;
