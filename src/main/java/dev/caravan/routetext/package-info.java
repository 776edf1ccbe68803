/** What the text of a file of routes says, and what is wrong in it, before Camel runs it. */
@NullMarked
package dev.caravan.routetext;

import org.jspecify.annotations.NullMarked;
