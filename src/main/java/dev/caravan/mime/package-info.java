/** Changes to what a mail says: its MIME parts. */
@NullMarked
package dev.caravan.mime;

import org.jspecify.annotations.NullMarked;
