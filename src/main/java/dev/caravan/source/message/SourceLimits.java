package dev.caravan.source.message;

/**
 * The limits of one submission.
 *
 * @param recipients of one message; at least one.
 * @param octets of one message, in the form in which it is sent.
 * @param line octets of one line of it, without CRLF.
 * @param json octets of a JSON document, or characters of a text.
 */
public record SourceLimits(int recipients, long octets, int line, int json) {
    /** @throws IllegalArgumentException if a limit is not positive. */
    public SourceLimits {
        if (recipients < 1 || octets < 1 || line < 1 || json < 1) {
            throw new IllegalArgumentException("a limit is not positive (expected: >= 1)");
        }
    }
}
