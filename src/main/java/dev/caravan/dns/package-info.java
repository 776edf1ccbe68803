/** DNS lookups of mail hosts and addresses, cached for the time to live of each answer. */
@NullMarked
package dev.caravan.dns;

import org.jspecify.annotations.NullMarked;
