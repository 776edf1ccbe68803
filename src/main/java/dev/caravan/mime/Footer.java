package dev.caravan.mime;

import java.nio.charset.Charset;

/**
 * What is written below the text of a mail.
 *
 * @param plain for text/plain parts; lines end at {@code \r\n} or {@code \n}.
 * @param html for text/html parts, without html and body tags.
 * @throws IllegalArgumentException if one is blank or longer than {@value #MAX_LENGTH} characters.
 */
public record Footer(String plain, String html) {
    /** The longest footer. */
    public static final int MAX_LENGTH = 20_000;

    private static final String[] ENDS = {"</body", "</html"};

    public Footer {
        for (String text : new String[] {plain, html}) {
            if (text.isBlank() || text.length() > MAX_LENGTH) {
                throw new IllegalArgumentException(
                        "footer of " + text.length() + " characters (expected: 1 to " + MAX_LENGTH + ", not blank)");
            }
        }
        plain = crlf(plain.strip()) + "\r\n";
        html = ascii(crlf(html.strip())) + "\r\n";
    }

    /** The text with line ends as they are in mail. */
    static String crlf(String text) {
        return text.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
    }

    /** The footer fits a page in any charset: what is not ASCII is written by its number. */
    private static String ascii(String html) {
        StringBuilder text = new StringBuilder(html.length());
        html.codePoints().forEach(point -> {
            if (point < 128) {
                text.append((char) point);
            } else {
                text.append("&#").append(point).append(';');
            }
        });
        return text.toString();
    }

    /** A plain text with the footer below it. */
    String below(String text) {
        return withLineEnd(text) + plain;
    }

    /** A page with the footer at the end of its body. */
    String within(String page) {
        int at = -1;
        for (int i = 0; i < ENDS.length && at < 0; i++) {
            at = lastIndexOf(page, ENDS[i]);
        }
        return at < 0 ? withLineEnd(page) + html : page.substring(0, at) + html + page.substring(at);
    }

    /** Upper and lower case are the same; no copy, since lower case may be of another length. */
    private static int lastIndexOf(String page, String tag) {
        int at = page.length() - tag.length();
        while (at >= 0 && !page.regionMatches(true, at, tag, 0, tag.length())) {
            at--;
        }
        return at;
    }

    private static String withLineEnd(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\r\n";
    }

    /** Whether plain texts in a charset may have the footer as it is. */
    boolean fits(Charset charset) {
        return charset.canEncode() && charset.newEncoder().canEncode(plain);
    }
}
