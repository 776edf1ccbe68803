/** Reads and changes the MIME parts of a message. */
@NullMarked
package dev.caravan.mime;

import org.jspecify.annotations.NullMarked;
