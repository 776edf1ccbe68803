/** TLS: certificates, engines and what is known of a connection. */
@NullMarked
package dev.caravan.tls;

import org.jspecify.annotations.NullMarked;
