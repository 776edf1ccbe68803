package dev.caravan.auth;

import dev.caravan.mail.Mailbox;

/** Decides as whom an authenticated client may send, in MAIL and in From and Sender (RFC 6409 §6.1). Thread-safe. */
public interface SenderRights {
    /** Everyone may send as anyone. */
    SenderRights ALL = (who, sender) -> true;

    /** Whether the client may send as that address. Never blocks. */
    boolean maySendAs(Identity who, Mailbox sender);
}
