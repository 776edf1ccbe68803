/** Addresses and networks, ports, and event loops. */
@NullMarked
package dev.caravan.net;

import org.jspecify.annotations.NullMarked;
