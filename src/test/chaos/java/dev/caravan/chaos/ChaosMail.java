package dev.caravan.chaos;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Mails that can be told apart and checked: the subject is the id, and ends with the octets of the body. */
final class ChaosMail {
    private static final String FIELD = "Subject: ";
    private static final int LINE = 76;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private ChaosMail() {}

    /** An id that no other mail has, for a mail with a body of about that many octets. */
    static String next(String round, int octets) {
        int lines = Math.max(1, octets / LINE);
        return round + "-" + COUNT.incrementAndGet() + "-" + lines;
    }

    /** The content of a mail, CRLF at the end of each line. */
    static String content(String id) {
        return FIELD + id + "\r\n\r\n" + line(id).repeat(lines(id));
    }

    private static String line(String id) {
        // The first octet needs dot stuffing.
        return "." + "x".repeat(Math.max(0, LINE - 3 - id.length())) + id + "\r\n";
    }

    private static int lines(String id) {
        return Integer.parseInt(id.substring(id.lastIndexOf('-') + 1));
    }

    /** The id of a mail; empty if its body is not what was sent. */
    static Optional<String> of(String mail, String lineEnd) {
        String id = subject(mail);
        int body = mail.indexOf(lineEnd + lineEnd) + 2 * lineEnd.length();
        String expected = line(id).replace("\r\n", lineEnd).repeat(lines(id));
        return mail.substring(body).equals(expected) ? Optional.of(id) : Optional.empty();
    }

    /** The subject of a mail, or of what was returned of it. */
    static String subject(String mail) {
        int begin = mail.indexOf(FIELD) + FIELD.length();
        return mail.substring(begin, mail.indexOf('\n', begin)).strip();
    }
}
