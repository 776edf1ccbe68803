package dev.caravan.delivery;

import dev.caravan.mail.Printable;
import java.util.Optional;

/**
 * How a connection to a remote host was protected, for the log and events.
 *
 * @param version of TLS, such as {@code TLSv1.3}; empty if the connection was in clear, or was not made.
 * @param cipher the suite by its standard name; empty likewise.
 * @param isVerified whether the host proved by its certificate that it is the one that was meant.
 * @param note why there was no TLS, or the certificate was not checked; printable ASCII, may be empty.
 */
public record TlsUse(Optional<String> version, Optional<String> cipher, boolean isVerified, String note) {
    /** In clear, as the policy wants it, or no connection. */
    public static final TlsUse NONE = new TlsUse(Optional.empty(), Optional.empty(), false, "");

    private static final int MAX_NOTE = 200;

    public TlsUse {
        note = Printable.line(note, MAX_NOTE);
    }

    /** In clear, although the policy allows TLS. */
    static TlsUse clear(String why) {
        return new TlsUse(Optional.empty(), Optional.empty(), false, why);
    }

    /** The word in events and the mail log: the version, or {@code none}. */
    public String word() {
        return version.orElse("none");
    }

    /** For people: version, cipher and what is known of the host; or why there was no TLS. */
    public String words() {
        if (version.isEmpty()) {
            return note.isEmpty() ? "no TLS" : "no TLS (" + note + ")";
        }
        return version.get() + " " + cipher.orElse("") + (isVerified ? " verified" : " unverified")
                + (note.isEmpty() ? "" : " (" + note + ")");
    }
}
