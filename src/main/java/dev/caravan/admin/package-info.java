/** How operators look at the queues: which mails are meant, what is shown of one, how the running server is reached. */
@NullMarked
package dev.caravan.admin;

import org.jspecify.annotations.NullMarked;
