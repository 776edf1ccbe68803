/** Routes and settings of a running server, replaced when their files change. */
@NullMarked
package dev.caravan.reload;

import org.jspecify.annotations.NullMarked;
