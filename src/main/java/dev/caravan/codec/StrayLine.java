package dev.caravan.codec;

/**
 * A line from a server that does not begin with a reply code, such as an empty line or a notice of a filter before the
 * reply. Whether it may be skipped depends on what the client waits for.
 *
 * @param text the line without its line end and the blanks at its start; each octet is one character, at most 2,048.
 */
public record StrayLine(String text) {}
