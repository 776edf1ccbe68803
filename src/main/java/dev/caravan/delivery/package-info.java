/** One delivery attempt: next hops, the SMTP client, the Maildir, and the report of what became of each recipient. */
@NullMarked
package dev.caravan.delivery;

import org.jspecify.annotations.NullMarked;
