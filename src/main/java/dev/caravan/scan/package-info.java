/** What scanners of content say: clamd by its own protocol, rspamd by HTTP. */
@NullMarked
package dev.caravan.scan;

import org.jspecify.annotations.NullMarked;
