package dev.caravan.trace;

import dev.caravan.mail.SafeCharacters;
import java.time.Duration;

/**
 * One line of the mail log: an id, the event, and {@code key=value} pairs. Quotes and escapes values, so that text from
 * the network cannot end its pair or its line. For one thread.
 */
final class LogLine {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder line = new StringBuilder(160);

    /**
     * Begins a line.
     *
     * @param id the id of a message or queue item, or a hyphen.
     */
    LogLine(String id, String event) {
        token(id);
        line.append(' ').append(event);
    }

    /**
     * Adds a value, in quotation marks if it is empty or holds anything but printable ASCII and {@link SafeCharacters},
     * without spaces and quotes.
     */
    LogLine with(String key, String value) {
        line.append(' ').append(key).append('=');
        token(value);
        return this;
    }

    /** As {@link #with(String, String)}, but leaves out an empty value. */
    LogLine known(String key, String value) {
        return value.isEmpty() ? this : with(key, value);
    }

    LogLine with(String key, long value) {
        line.append(' ').append(key).append('=').append(value);
        return this;
    }

    /** Adds free text, always in quotation marks. */
    LogLine quoted(String key, String text) {
        line.append(' ').append(key).append('=');
        quote(text);
        return this;
    }

    private void token(String value) {
        if (isPlain(value)) {
            line.append(value);
        } else {
            quote(value);
        }
    }

    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); ) {
            int point = value.codePointAt(i);
            if (!SafeCharacters.isShown(point) || point == ' ' || point == '"' || point == '\\') {
                return false;
            }
            i += Character.charCount(point);
        }
        return !value.isEmpty();
    }

    private void quote(String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int point = text.codePointAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c > '~' && SafeCharacters.isShown(point)) {
                line.appendCodePoint(point);
                i += Character.charCount(point) - 1;
            } else if (c == '\n') {
                line.append("\\n");
            } else if (c == '\r') {
                line.append("\\r");
            } else if (c < ' ' || c > '~') {
                line.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    line.append(HEX.charAt(c >> shift & 15));
                }
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }

    /** A duration in seconds with milliseconds, such as {@code 0.250s}; a negative one, after a clock was set back, is 0. */
    static String seconds(Duration time) {
        Duration positive = time.isNegative() ? Duration.ZERO : time;
        String millis = Integer.toString(1000 + positive.toMillisPart()).substring(1);
        return positive.toSeconds() + "." + millis + "s";
    }

    /** A delay in its largest exact unit, such as {@code 15m}. */
    static String shortest(Duration delay) {
        if (delay.toMillisPart() != 0) {
            return delay.toMillis() + "ms";
        }
        if (delay.toSecondsPart() != 0) {
            return delay.toSeconds() + "s";
        }
        return delay.toMinutesPart() != 0 ? delay.toMinutes() + "m" : delay.toHours() + "h";
    }

    @Override
    public String toString() {
        return line.toString();
    }
}
