package dev.caravan.session;

/** Makes text safe for a log line: the message of any exception may contain what a client sent. */
final class Printable {
    private static final int MAX = 500;

    private Printable() {}

    static String text(Object value) {
        String text = String.valueOf(value);
        StringBuilder printable = new StringBuilder(Math.min(text.length(), MAX));
        for (int i = 0; i < text.length() && i < MAX; i++) {
            char c = text.charAt(i);
            printable.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return printable.toString();
    }
}
