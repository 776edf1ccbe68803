/** Network addresses and hosts, listeners, and an SMTP client for programs that may wait. */
@NullMarked
package dev.caravan.net;

import org.jspecify.annotations.NullMarked;
