package dev.caravan.session;

/** Makes text safe for a log line: the message of any exception may contain what a client sent. */
final class Printable {
    private static final int MAX = 500;

    private Printable() {}

    static String text(Object value) {
        return dev.caravan.mail.Printable.line(String.valueOf(value), MAX);
    }
}
