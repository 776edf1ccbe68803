/** Messages from a table of a database. */
@NullMarked
package dev.caravan.source.sql;

import org.jspecify.annotations.NullMarked;
