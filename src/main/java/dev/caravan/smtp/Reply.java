package dev.caravan.smtp;

import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Uts46;
import java.util.List;
import java.util.Optional;

/**
 * A reply of this server or of a peer (RFC 5321 §4.2).
 *
 * @param code 200 to 599.
 * @param status the enhanced code, which is not part of the lines (RFC 2034 §4); empty if there is none.
 * @param lines the text of each line without code and enhanced code; at least one, which may be empty; printable
 *     ASCII or tabs, so that no text from the network can end the line.
 * @param because why it refuses, if the code that made it says so; it is not sent.
 */
public record Reply(int code, Optional<EnhancedStatus> status, List<String> lines, Optional<Reason> because) {
    /** A reply whose reason follows from its codes. */
    public Reply(int code, Optional<EnhancedStatus> status, List<String> lines) {
        this(code, status, lines, Optional.empty());
    }

    /** @throws IllegalArgumentException if a part is out of range. */
    public Reply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("reply code " + code + " (expected: 200 to 599)");
        }
        lines = List.copyOf(lines);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("reply without a line (expected: >= 1)");
        }
        for (String line : lines) {
            if (!isPrintable(line)) {
                throw new IllegalArgumentException("reply text has control or 8-bit characters");
            }
        }
    }

    /**
     * A reply of one line with an enhanced code.
     *
     * @param text characters that are not ASCII, such as those of an address in UTF-8, become question marks, because
     *     not every client may get them (RFC 6531 §3.7.4.2).
     */
    public static Reply of(int code, String status, String text) {
        String ascii = Uts46.isAscii(text) ? text : text.replaceAll("[^\\x00-\\x7F]+", "?");
        return new Reply(code, Optional.of(EnhancedStatus.of(status)), List.of(ascii));
    }

    /** A reply without an enhanced code, such as a greeting (RFC 2034 §4). */
    public static Reply plain(int code, String... lines) {
        return new Reply(code, Optional.empty(), List.of(lines));
    }

    /**
     * A reply that a peer sent. Characters that may not be in a reply are masked by question marks, and an enhanced
     * code with which all lines begin is removed from them (RFC 2034 §4).
     *
     * @param texts the text of each line after code and separator.
     * @throws IllegalArgumentException if the code is out of range or there is no line.
     */
    public static Reply heard(int code, List<String> texts) {
        List<String> masked = texts.stream().map(Reply::masked).toList();
        Optional<EnhancedStatus> status = masked.isEmpty() ? Optional.empty() : EnhancedStatus.leading(masked.get(0));
        boolean everywhere = status.isPresent()
                && masked.stream().allMatch(text -> EnhancedStatus.leading(text).equals(status));
        return everywhere
                ? new Reply(
                        code, status, masked.stream().map(Reply::withoutStatus).toList())
                : new Reply(code, Optional.empty(), masked);
    }

    private static boolean isPrintable(String text) {
        boolean printable = true;
        for (int i = 0; printable && i < text.length(); i++) {
            printable = isPrintable(text.charAt(i));
        }
        return printable;
    }

    private static boolean isPrintable(char c) {
        return (c >= ' ' && c <= '~') || c == '\t';
    }

    private static String masked(String text) {
        if (isPrintable(text)) {
            return text;
        }
        StringBuilder masked = new StringBuilder(text);
        for (int i = 0; i < masked.length(); i++) {
            if (!isPrintable(masked.charAt(i))) {
                masked.setCharAt(i, '?');
            }
        }
        return masked.toString();
    }

    private static String withoutStatus(String text) {
        int space = text.indexOf(' ');
        return space < 0 ? "" : text.substring(space + 1);
    }

    /** The same with that reason. */
    public Reply because(Reason reason) {
        return new Reply(code, status, lines, Optional.of(reason));
    }

    /** The same with another code. */
    public Reply recoded(int other) {
        return new Reply(other, status, lines, because);
    }

    /** Why it refuses; meaningless for a positive reply. */
    public Reason reason() {
        return because.orElseGet(() -> Reason.of(code, status));
    }

    public boolean isPositive() {
        return code < 400;
    }

    public boolean isTransient() {
        return code >= 400 && code < 500;
    }

    public boolean isPermanent() {
        return code >= 500;
    }

    /** The whole reply as text, with codes, lines joined by {@code \n}. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(i == 0 ? "" : "\n").append(code).append(i < lines.size() - 1 ? '-' : ' ');
            status.ifPresent(s -> text.append(s).append(' '));
            text.append(lines.get(i));
        }
        return text.toString();
    }
}
