package dev.caravan.smtp;

import dev.caravan.mail.EnhancedStatus;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a client was refused, for counters: a closed set. The code that makes the reply sets the reason; otherwise the
 * reply's codes decide, never its text.
 */
public enum Reason {
    /** The client may not relay, and the recipient is not local. */
    RELAY_DENIED,
    /** No such recipient here (RFC 3463 §3.2). */
    UNKNOWN_USER,
    /** A recipient domain that does not exist or has no mail host. */
    NO_SUCH_DOMAIN,
    /** A recipient domain that accepts no mail (RFC 7505 §4.1). */
    TAKES_NO_MAIL,
    /** A rule in the routes. */
    POLICY,
    /** Content larger than the limit. */
    SIZE,
    /** No space to store mail. */
    STORAGE,
    /** Malformed content: line ends, long lines. */
    CONTENT,
    /** Too many hops. */
    LOOP,
    TOO_MANY_RECIPIENTS,
    TOO_MANY_CONNECTIONS,
    /** Too many errors, too many commands without a message, or a client that does not speak SMTP. */
    ABUSE,
    /** The client was too slow. */
    TIMEOUT,
    STOPPING,
    /** A filter has too much to do, or does not answer for a while. */
    FILTER,
    /** A client did not authenticate, or not rightly. */
    AUTHENTICATION,
    /** A command that is unknown, malformed or out of order. */
    COMMAND,
    /** A fault of this server. */
    TROUBLE,
    /** None of these. */
    OTHER;

    /** The word for labels and logs: lower case with hyphens. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The reason that the codes of a reply imply, for replies without a reason of their own (RFC 3463 §3).
     *
     * @param code 400 to 599.
     */
    static Reason of(int code, Optional<EnhancedStatus> status) {
        if (status.isEmpty()) {
            return code >= 500 && code <= 504 ? COMMAND : OTHER;
        }
        int detail = status.get().detail();
        return switch (status.get().subject()) {
            case 1 -> address(detail);
            case 3 -> system(detail);
            case 4 -> network(detail);
            case 5 -> detail == 3 ? TOO_MANY_RECIPIENTS : COMMAND;
            case 6 -> CONTENT;
            case 7 -> POLICY;
            default -> OTHER;
        };
    }

    private static Reason address(int detail) {
        return switch (detail) {
            case 1 -> UNKNOWN_USER;
            case 2 -> NO_SUCH_DOMAIN;
            case 3, 7 -> COMMAND;
            case 10 -> TAKES_NO_MAIL;
            default -> OTHER;
        };
    }

    private static Reason system(int detail) {
        return switch (detail) {
            case 0 -> TROUBLE;
            case 1 -> STORAGE;
            case 2 -> STOPPING;
            case 4 -> SIZE;
            default -> OTHER;
        };
    }

    private static Reason network(int detail) {
        return switch (detail) {
            case 2 -> TIMEOUT;
            case 6 -> LOOP;
            default -> OTHER;
        };
    }
}
