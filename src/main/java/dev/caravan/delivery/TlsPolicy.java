package dev.caravan.delivery;

import java.util.Locale;

/** What a connection to a remote host requires of TLS. The SMTP client offers none yet, so there is one policy. */
public enum TlsPolicy {
    /** No TLS: commands and content travel in plain text. */
    NONE;

    /** The word in events and the mail log. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
