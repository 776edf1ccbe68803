/** Clients of content scanners: clamd by its own protocol, rspamd by HTTP. */
@NullMarked
package dev.caravan.scan;

import org.jspecify.annotations.NullMarked;
