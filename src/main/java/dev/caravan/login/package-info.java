/** Where credentials are looked up: a file, LDAP, a database, an OAuth issuer, a route. */
@NullMarked
package dev.caravan.login;

import org.jspecify.annotations.NullMarked;
