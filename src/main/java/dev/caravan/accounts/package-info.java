/** Where credentials are looked up: a file, LDAP, a database, an OAuth issuer, a route. */
@NullMarked
package dev.caravan.accounts;

import org.jspecify.annotations.NullMarked;
