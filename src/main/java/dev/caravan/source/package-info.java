/** What programs hand in instead of speaking SMTP: whole mails, JSON and texts, turned into envelope and content. */
@NullMarked
package dev.caravan.source;

import org.jspecify.annotations.NullMarked;
