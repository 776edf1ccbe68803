package dev.caravan.session;

/**
 * How far clients may depart from the letter of the RFC.
 *
 * @param isHeloStrict whether the name in HELO and EHLO must be a domain or an address literal.
 */
public record Tolerance(boolean isHeloStrict) {
    /** The defaults. */
    public static final Tolerance DEFAULT = new Tolerance(false);
}
