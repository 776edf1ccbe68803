/** TLS: engines, certificates and keys, what a handshake found out. */
@NullMarked
package dev.caravan.tls;

import org.jspecify.annotations.NullMarked;
