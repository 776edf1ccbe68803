package dev.caravan.smtp;

import java.util.List;

/**
 * What we announce after EHLO: exactly what works (RFC 5321 §4.1.1.1).
 *
 * @param maxContent the largest content we take, in octets (RFC 1870 §4); at least 1.
 * @throws IllegalArgumentException if the size is out of range.
 */
public record Extensions(long maxContent) {
    public Extensions {
        if (maxContent < 1) {
            throw new IllegalArgumentException("content size " + maxContent + " (expected: >= 1)");
        }
    }

    /** The lines after the first of a reply to EHLO, in the order in which they are sent. */
    public List<String> lines() {
        return List.of("PIPELINING", "SIZE " + maxContent, "8BITMIME", "ENHANCEDSTATUSCODES", "DSN");
    }
}
