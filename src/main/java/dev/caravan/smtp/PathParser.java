package dev.caravan.smtp;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.SafeCharacters;

/**
 * Reads reverse-paths and forward-paths: an address in angle brackets, perhaps after a source route, which is checked
 * and dropped (RFC 5321 §4.1.2, §4.1.1.3).
 */
final class PathParser {
    private static final String POSTMASTER = "postmaster";
    private static final String BAD_SENDER = "5.1.7";
    private static final String BAD_RECIPIENT = "5.1.3";

    private final Domain host;

    PathParser(Domain host) {
        this.host = host;
    }

    /**
     * A path and what follows it.
     *
     * @param path the path.
     * @param rest the parameters: empty, or a text that starts with a space.
     */
    record Parsed<P>(P path, String rest) {}

    Parsed<ReversePath> reversePath(String text) throws SmtpSyntaxException {
        int end = closingBracket(text, BAD_SENDER);
        String inner = text.substring(1, end);
        ReversePath path = inner.isEmpty() ? ReversePath.NULL : ReversePath.of(mailbox(inner, BAD_SENDER));
        return new Parsed<>(path, text.substring(end + 1));
    }

    Parsed<ForwardPath> forwardPath(String text) throws SmtpSyntaxException {
        int end = closingBracket(text, BAD_RECIPIENT);
        String inner = text.substring(1, end);
        if (inner.isEmpty()) {
            throw malformed(BAD_RECIPIENT, "the forward-path is empty");
        }
        // The one address that needs no domain, in any case (RFC 5321 §4.1.1.3).
        Mailbox mailbox = inner.equalsIgnoreCase(POSTMASTER) ? new Mailbox(inner, host) : mailbox(inner, BAD_RECIPIENT);
        return new Parsed<>(new ForwardPath(mailbox), text.substring(end + 1));
    }

    /** Finds the bracket that ends the path; a quoted local part may hold others. */
    private static int closingBracket(String text, String status) throws SmtpSyntaxException {
        if (!text.startsWith("<")) {
            throw malformed(status, "no < before the address");
        }
        boolean quoted = false;
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '>' && !quoted) {
                if (i + 1 < text.length() && text.charAt(i + 1) != ' ') {
                    throw malformed(status, "no space after the address");
                }
                return i;
            }
        }
        throw malformed(status, quoted ? "the quoted local part has no end" : "no > after the address");
    }

    private static Mailbox mailbox(String inner, String status) throws SmtpSyntaxException {
        String text = withoutSourceRoute(inner, status);
        int at = domainSeparator(text);
        if (at < 1) {
            throw malformed(status, "the address has no " + (at < 0 ? "domain" : "local part"));
        }
        if (SafeCharacters.hasUnassigned(text)) {
            throw malformed(status, "the address has a character that this server does not know");
        }
        try {
            return new Mailbox(text.substring(0, at), new Domain(text.substring(at + 1)));
        } catch (IllegalArgumentException e) {
            throw malformed(status, String.valueOf(e.getMessage()));
        }
    }

    /** The at sign outside quotes; -1 if there is none. */
    private static int domainSeparator(String text) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '@' && !quoted) {
                return i;
            }
        }
        return -1;
    }

    /** Source routes must be accepted and should be ignored (RFC 5321 §4.1.1.3). */
    private static String withoutSourceRoute(String inner, String status) throws SmtpSyntaxException {
        if (!inner.startsWith("@")) {
            return inner;
        }
        // A host of a route contains no quote or backslash; an IPv6 literal contains colons within its brackets.
        int start = 0;
        while (true) {
            int end = hostEnd(inner, start + 1);
            if (inner.charAt(start) != '@' || end >= inner.length() || !isHost(inner.substring(start + 1, end))) {
                throw malformed(status, "malformed source route");
            }
            if (inner.charAt(end) == ':') {
                return inner.substring(end + 1);
            }
            start = end + 1;
            if (start >= inner.length()) {
                throw malformed(status, "malformed source route");
            }
        }
    }

    private static int hostEnd(String text, int from) {
        boolean literal = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '[') {
                literal = true;
            } else if (c == ']') {
                literal = false;
            } else if (c == ',' || (c == ':' && !literal)) {
                return i;
            }
        }
        return text.length();
    }

    private static boolean isHost(String text) {
        try {
            return !new Domain(text).text().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static SmtpSyntaxException malformed(String status, String what) {
        String expected = what.contains("(expected") ? "" : " (expected: <local-part@domain>)";
        return CommandParser.refusal(501, status, what + expected);
    }
}
