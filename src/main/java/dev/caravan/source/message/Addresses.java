package dev.caravan.source.message;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parses addresses, including display names and groups (RFC 5322 §3.4). */
final class Addresses {
    private static final String EXPECTED = " (expected: local-part@domain, or Name <local-part@domain>)";

    private static final char DELETE = 0x7f;

    private Addresses() {}

    /**
     * An address with a display name.
     *
     * @param name the display name; may be empty; no control characters.
     * @param mailbox the address itself.
     */
    record Named(String name, Mailbox mailbox) {}

    /**
     * Parses addresses separated by commas.
     *
     * @param where where the text stands, for error messages.
     */
    static List<Named> list(String text, String where) throws InvalidSubmissionException {
        requireOneLine(text, where);
        List<Named> addresses = new ArrayList<>();
        try {
            for (InternetAddress address : InternetAddress.parseHeader(text, true)) {
                if (address.isGroup()) {
                    for (InternetAddress member : address.getGroup(true)) {
                        addresses.add(named(member, where));
                    }
                } else {
                    addresses.add(named(address, where));
                }
            }
        } catch (AddressException e) {
            throw malformed(where, String.valueOf(e.getMessage()));
        }
        return addresses;
    }

    private static Named named(InternetAddress address, String where) throws InvalidSubmissionException {
        // Encoded words may contain characters that are not allowed in a header field.
        String name = Optional.ofNullable(address.getPersonal()).orElse("").replaceAll("\\p{Cntrl}", " ");
        try {
            return new Named(name, Mailbox.parse(String.valueOf(address.getAddress())));
        } catch (IllegalArgumentException e) {
            throw malformed(where, address.getAddress() + ": " + e.getMessage());
        }
    }

    /** Parses exactly one address. */
    static Named one(String text, String where) throws InvalidSubmissionException {
        List<Named> addresses = list(text, where);
        if (addresses.size() != 1) {
            throw malformed(where, addresses.size() + " addresses instead of one");
        }
        return addresses.get(0);
    }

    /** Parses forward-paths separated by commas. */
    static List<ForwardPath> forwardPaths(String text, String where) throws InvalidSubmissionException {
        return list(text, where).stream()
                .map(named -> new ForwardPath(named.mailbox()))
                .toList();
    }

    /** Parses a reverse-path; {@code <>} is the null one. */
    static ReversePath reversePath(String text, String where) throws InvalidSubmissionException {
        if (text.strip().equals("<>")) {
            return ReversePath.NULL;
        }
        return ReversePath.of(one(text, where).mailbox());
    }

    /** Refuses control characters: the text becomes a header field and must not end it. */
    static String requireOneLine(String text, String where) throws InvalidSubmissionException {
        if (text.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == DELETE)) {
            throw InvalidSubmissionException.unacceptable(
                    "control characters in " + where + " (expected: text on one line)");
        }
        return text;
    }

    private static InvalidSubmissionException malformed(String where, String reason) {
        String expected = reason.contains("(expected") ? "" : EXPECTED;
        return InvalidSubmissionException.unacceptable("malformed address in " + where + ": " + reason + expected);
    }
}
