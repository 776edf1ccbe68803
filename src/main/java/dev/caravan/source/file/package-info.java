/** Messages from a folder. */
@NullMarked
package dev.caravan.source.file;

import org.jspecify.annotations.NullMarked;
