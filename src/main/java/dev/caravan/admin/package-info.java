/** The contract between operators' commands and the server: filters, verbs, the JSON of an item, the control file. */
@NullMarked
package dev.caravan.admin;

import org.jspecify.annotations.NullMarked;
