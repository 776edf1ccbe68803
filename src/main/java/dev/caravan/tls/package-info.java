<<<<<<< HEAD
/** TLS: engines, certificates and keys, what a handshake found out. */
=======
/** TLS: certificates, engines and what is known of a connection. */
>>>>>>> i13
@NullMarked
package dev.caravan.tls;

import org.jspecify.annotations.NullMarked;
