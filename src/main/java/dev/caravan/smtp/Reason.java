package dev.caravan.smtp;

import dev.caravan.mail.EnhancedStatus;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a client was refused, for counting: a closed set, told by whoever decides on the reply or by the reply's own
 * codes, never by its text.
 */
public enum Reason {
    /** Neither sender nor recipient is ours. */
    RELAY_DENIED,
    /** No such recipient here (RFC 3463 §3.2). */
    UNKNOWN_USER,
    /** A recipient domain that does not exist or has no mail host. */
    NO_SUCH_DOMAIN,
    /** A recipient domain that takes no mail (RFC 7505 §4.1). */
    TAKES_NO_MAIL,
    /** A rule in the routes. */
    POLICY,
    /** Content larger than is taken. */
    SIZE,
    /** No room to keep mail. */
    STORAGE,
    /** Content that is no mail: line ends, long lines. */
    CONTENT,
    /** Handed on too often. */
    LOOP,
    TOO_MANY_RECIPIENTS,
    TOO_MANY_CONNECTIONS,
    /** Too many errors, too many commands without a mail, or not SMTP at all. */
    ABUSE,
    /** The client was too slow. */
    TIMEOUT,
    STOPPING,
    /** A command that is unknown, malformed or out of order. */
    COMMAND,
    /** A fault of ours. */
    TROUBLE,
    /** None of these. */
    OTHER;

    /** The word for labels and logs: lower case with hyphens. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * What the codes of a reply say, if nobody says it better (RFC 3463 §3).
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
