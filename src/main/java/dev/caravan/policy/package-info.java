/** Who may send what to whom: relay control, local users, aliases, recipient domains. */
@NullMarked
package dev.caravan.policy;

import org.jspecify.annotations.NullMarked;
