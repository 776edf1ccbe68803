package dev.caravan.codec;

/**
 * The longest lines, in octets with CRLF.
 *
 * @param command most commands; at least and by default 512 (RFC 5321 §4.5.3.1.4).
 * @param extended MAIL and RCPT, which carry parameters (RFC 1870 §3, RFC 3461 §5.4); at least {@code command},
 *     default 2048.
 * @param content a line of content; at least 1000 (RFC 5321 §4.5.3.1.6), default 1 MiB.
 */
public record LineLimits(int command, int extended, int content) {
    /** The defaults. */
    public static final LineLimits DEFAULT = new LineLimits(512, 2048, 1024 * 1024);

    /** @throws IllegalArgumentException if a limit is out of range. */
    public LineLimits {
        if (command < 512 || extended < command || content < 1000) {
            throw new IllegalArgumentException("line limits " + command + ", " + extended + ", " + content
                    + " (expected: >= 512, >= the first, >= 1000)");
        }
    }
}
