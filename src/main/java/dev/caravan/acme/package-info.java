/** Orders and renews the certificate of the server from a certification authority by ACME (RFC 8555). */
@NullMarked
package dev.caravan.acme;

import org.jspecify.annotations.NullMarked;
