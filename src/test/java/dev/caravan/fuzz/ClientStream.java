package dev.caravan.fuzz;

import dev.caravan.codec.LineLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a client's octets mean by the letter of RFC 5321 §2.3.8 and §4.5.2, found in the plainest way: all octets are
 * there at once. The reader says when content begins.
 */
public final class ClientStream {
    private static final String CRLF = "\r\n";
    /** How a TLS handshake begins. It is refused at once, as no line end need follow. */
    private static final String TLS = "\u0016\u0003";

    private final String octets;
    private final LineLimits limits;
    private int at;

    /**
     * A line or a content.
     *
     * @param text each octet one character, except in lines that may have UTF-8; a content without the dots that were stuffed.
     * @param isFit whether it breaks no rule.
     */
    public record Piece(String text, boolean isFit) {}

    public ClientStream(byte[] octets, LineLimits limits) {
        this.octets = new String(octets, StandardCharsets.ISO_8859_1);
        this.limits = limits;
    }

    /** Whether the next line, or the next content, is there to its end. */
    public boolean hasNext(boolean isContent) {
        return isContent ? contentEnd() >= 0 : octets.startsWith(TLS, at) || octets.indexOf(CRLF, at) >= 0;
    }

    public Piece line() {
        if (octets.startsWith(TLS, at)) {
            at += TLS.length();
            return new Piece(TLS, false);
        }
        int end = octets.indexOf(CRLF, at);
        String text = octets.substring(at, end);
        at = end + CRLF.length();
        boolean mayBeLong = text.regionMatches(true, 0, "MAIL ", 0, 5) || text.regionMatches(true, 0, "RCPT ", 0, 5);
        int limit = mayBeLong ? limits.extended() : limits.command();
        boolean fits = text.length() + CRLF.length() <= limit;
        if (text.matches("(?is)(EHLO|HELO)[ \\t][^\\r\\n\\x00]*")) {
            return new Piece(text.replace('\t', ' ').replaceAll("[^ -~]", "?"), fits);
        }
        boolean mayBeUtf8 = text.matches("(?is)(MAIL|RCPT|VRFY|EXPN) .*") && !text.matches("(?s)[\\x00-\\x7f]*");
        if (mayBeUtf8) {
            byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
            String decoded = new String(raw, StandardCharsets.UTF_8);
            boolean isUtf8 = Arrays.equals(raw, decoded.getBytes(StandardCharsets.UTF_8));
            return new Piece(decoded, fits && isUtf8 && decoded.chars().noneMatch(Character::isISOControl));
        }
        return new Piece(text, fits && text.matches("[ -~]*"));
    }

    public Piece content() {
        int end = contentEnd();
        String stuffed = octets.substring(at, end);
        at = end + ".\r\n".length();
        String text = (CRLF + stuffed).replace("\r\n.", CRLF).substring(CRLF.length());
        boolean hasBare = text.replace(CRLF, "").matches("(?s).*[\\r\\n].*");
        return new Piece(text, !hasBare && longestLine(text) <= limits.content());
    }

    private static int longestLine(String text) {
        int longest = 0;
        int start = 0;
        for (int end = text.indexOf(CRLF); end >= 0; end = text.indexOf(CRLF, start)) {
            longest = Math.max(longest, end + CRLF.length() - start);
            start = end + CRLF.length();
        }
        return longest;
    }

    /** Where the dot stands that ends the content; -1 if it is not there. */
    private int contentEnd() {
        if (octets.startsWith(".\r\n", at)) {
            return at;
        }
        int found = octets.indexOf("\r\n.\r\n", at);
        return found < 0 ? -1 : found + CRLF.length();
    }
}
