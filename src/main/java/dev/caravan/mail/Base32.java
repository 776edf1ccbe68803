package dev.caravan.mail;

/** Digits of Crockford's base 32: no I, L, O, U, so that people can read an id aloud. */
public final class Base32 {
    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int BITS = 5;

    private Base32() {}

    /**
     * Appends the lowest bits of a number, five to a digit, the most significant digit first.
     *
     * @param digits 1 to 12.
     */
    public static void append(StringBuilder text, long bits, int digits) {
        for (int place = digits - 1; place >= 0; place--) {
            text.append(DIGITS.charAt((int) (bits >>> (BITS * place)) & 31));
        }
    }
}
