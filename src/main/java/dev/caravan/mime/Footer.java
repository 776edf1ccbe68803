package dev.caravan.mime;

import java.nio.charset.Charset;

/**
 * Text that is added below the text of a message.
 *
 * @param plain for text/plain parts; lines end at {@code \r\n} or {@code \n}.
 * @param html for text/html parts, without html and body tags.
 */
public record Footer(String plain, String html) {
    /** The longest footer. */
    public static final int MAX_LENGTH = 20_000;

    private static final String[] ENDS = {"</body", "</html"};

    /** @throws IllegalArgumentException if one is blank or longer than {@value #MAX_LENGTH} characters. */
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

    /** The footer as HTML for any charset: characters beyond ASCII are numeric references. */
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

    /**
     * A text of flowed lines with the footer below it (RFC 3676 §4). If the last line is flowed, readers would join the
     * footer to its paragraph, so an empty line ends the paragraph first. The footer's own lines are fixed.
     */
    String belowFlowed(String text) {
        String ended = withLineEnd(text);
        int last = ended.lastIndexOf('\n', ended.length() - 2) + 1;
        String line = ended.substring(last).stripTrailing();
        boolean flows = ended.endsWith(" \r\n") && !isSignature(line);
        return ended + (flows ? "\r\n" : "") + fixed();
    }

    /** The line before a signature ends with a blank and is fixed all the same (RFC 3676 §4.3). */
    private static boolean isSignature(String stripped) {
        return stripped.replaceFirst("^>+ ?", "").equals("--");
    }

    private String fixed() {
        StringBuilder lines = new StringBuilder(plain.length());
        for (String line : plain.split("\r\n")) {
            String bare = line.equals("-- ") ? line : line.replaceFirst(" +$", "");
            boolean isStuffed = bare.startsWith(" ") || bare.startsWith(">") || bare.startsWith("From ");
            lines.append(isStuffed ? " " : "").append(bare).append("\r\n");
        }
        return lines.toString();
    }

    /** An HTML page with the footer at the end of its body. */
    String within(String page) {
        int at = -1;
        for (int i = 0; i < ENDS.length && at < 0; i++) {
            at = lastIndexOf(page, ENDS[i]);
        }
        return at < 0 ? withLineEnd(page) + html : page.substring(0, at) + html + page.substring(at);
    }

    /** Ignores letter case. It makes no lower-case copy, because that may have another length. */
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
