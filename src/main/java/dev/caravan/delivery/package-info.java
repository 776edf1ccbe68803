/** One delivery attempt: next hops, the SMTP client, the Maildir, and the report of each recipient's result. */
@NullMarked
package dev.caravan.delivery;

import org.jspecify.annotations.NullMarked;
