package dev.caravan.mail;

import java.util.Arrays;

/** The encoding of labels with other characters than ASCII (RFC 3492). */
final class Punycode {
    private static final int BASE = 36;
    private static final int T_MIN = 1;
    private static final int T_MAX = 26;
    private static final int SKEW = 38;
    private static final int DAMP = 700;
    private static final int INITIAL_BIAS = 72;
    private static final int INITIAL_N = 128;
    private static final int LETTERS = 26;
    private static final char DELIMITER = '-';

    private Punycode() {}

    /** Encodes a label, without the prefix {@code xn--}. */
    static String encode(String label) {
        int[] points = label.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        Arrays.stream(points).filter(point -> point < INITIAL_N).forEach(out::appendCodePoint);
        int basic = out.length();
        if (basic > 0) {
            out.append(DELIMITER);
        }
        int handled = basic;
        int n = INITIAL_N;
        int delta = 0;
        int bias = INITIAL_BIAS;
        while (handled < points.length) {
            int from = n;
            int next =
                    Arrays.stream(points).filter(point -> point >= from).min().orElseThrow();
            delta = Math.addExact(delta, Math.multiplyExact(next - n, handled + 1));
            n = next;
            for (int point : points) {
                if (point < n) {
                    delta++;
                }
                if (point == n) {
                    number(delta, bias, out);
                    bias = adapted(delta, handled + 1, handled == basic);
                    delta = 0;
                    handled++;
                }
            }
            delta++;
            n++;
        }
        return out.toString();
    }

    private static void number(int delta, int bias, StringBuilder out) {
        int rest = delta;
        int k = BASE;
        int threshold = threshold(k, bias);
        while (rest >= threshold) {
            out.append(digit(threshold + (rest - threshold) % (BASE - threshold)));
            rest = (rest - threshold) / (BASE - threshold);
            k += BASE;
            threshold = threshold(k, bias);
        }
        out.append(digit(rest));
    }

    /**
     * Decodes a label, without its prefix.
     *
     * @param label in lower case.
     * @throws IllegalArgumentException if it is not in this encoding.
     */
    static String decode(String label) {
        int delimiter = label.lastIndexOf(DELIMITER);
        StringBuilder out = new StringBuilder(label.substring(0, Math.max(delimiter, 0)));
        int count = out.length();
        int at = delimiter + 1;
        int n = INITIAL_N;
        int i = 0;
        int bias = INITIAL_BIAS;
        try {
            while (at < label.length()) {
                int before = i;
                int weight = 1;
                int k = BASE;
                int value;
                int threshold;
                do {
                    value = at < label.length() ? value(label.charAt(at)) : BASE;
                    if (value >= BASE) {
                        throw malformed();
                    }
                    at++;
                    i = Math.addExact(i, Math.multiplyExact(value, weight));
                    threshold = threshold(k, bias);
                    if (value >= threshold) {
                        weight = Math.multiplyExact(weight, BASE - threshold);
                    }
                    k += BASE;
                } while (value >= threshold);
                count++;
                bias = adapted(i - before, count, before == 0);
                n = Math.addExact(n, i / count);
                i %= count;
                if (n > Character.MAX_CODE_POINT) {
                    throw malformed();
                }
                out.insert(out.offsetByCodePoints(0, i), Character.toString(n));
                i++;
            }
        } catch (ArithmeticException e) {
            throw malformed();
        }
        return out.toString();
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("malformed label after xn-- (expected: Punycode)");
    }

    private static int threshold(int k, int bias) {
        return Math.min(T_MAX, Math.max(T_MIN, k - bias));
    }

    private static int adapted(int delta, int count, boolean isFirst) {
        int rest = isFirst ? delta / DAMP : delta / 2;
        rest += rest / count;
        int k = 0;
        while (rest > (BASE - T_MIN) * T_MAX / 2) {
            rest /= BASE - T_MIN;
            k += BASE;
        }
        return k + (BASE - T_MIN + 1) * rest / (rest + SKEW);
    }

    private static char digit(int value) {
        return (char) (value < LETTERS ? 'a' + value : '0' + value - LETTERS);
    }

    private static int value(char digit) {
        if (digit >= 'a' && digit <= 'z') {
            return digit - 'a';
        }
        return digit >= '0' && digit <= '9' ? digit - '0' + LETTERS : BASE;
    }
}
