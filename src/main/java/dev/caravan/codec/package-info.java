/** Decodes and encodes SMTP, for server and client; strict about line ends. */
@NullMarked
package dev.caravan.codec;

import org.jspecify.annotations.NullMarked;
