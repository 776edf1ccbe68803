package dev.caravan.dns;

/**
 * One MX record (RFC 5321 §5.1).
 *
 * @param preference 0 to 65535; the lowest is tried first.
 * @param name letters, digits, hyphens, underscores and dots, without the final dot.
 */
public record MxHost(int preference, String name) {}
