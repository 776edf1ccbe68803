package dev.caravan.auth;

/**
 * Who the users are and as whom they may send.
 *
 * @param authenticator answers the questions of logins.
 * @param rights decides about senders.
 */
public record Logins(Authenticator authenticator, SenderRights rights) {
    /** There are no users. */
    public static final Logins NONE = new Logins(Authenticator.NONE, SenderRights.ALL);
}
