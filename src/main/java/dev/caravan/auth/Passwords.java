package dev.caravan.auth;

import com.ongres.scram.common.StringPreparation;
import java.security.SecureRandom;
import java.util.Optional;

/** Prepares and makes passwords. */
public final class Passwords {
    /** Longer ones only cost time. */
    public static final int MAX = 1024;

    private static final SecureRandom RANDOM = new SecureRandom();
    /** Without letters and digits that are easily confused. */
    private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

    private static final int GROUPS = 5;
    private static final int GROUP = 5;

    private Passwords() {}

    /**
     * A password as SASLprep leaves it (RFC 4013), so that it is the same from every keyboard.
     *
     * @return empty if it is empty, too long, or holds characters that no password may have.
     */
    public static Optional<Secret> prepared(Secret password) {
        String text = password.reveal();
        if (text.isEmpty() || text.length() > MAX) {
            return Optional.empty();
        }
        if (text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            return Optional.of(password);
        }
        try {
            String prepared = new String(StringPreparation.SASL_PREPARATION.normalize(text.toCharArray()));
            return prepared.isEmpty() ? Optional.empty() : Optional.of(new Secret(prepared));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A random password of 25 letters and digits (123 bits) in groups of five. */
    public static Secret random() {
        StringBuilder text = new StringBuilder(GROUPS * (GROUP + 1));
        for (int i = 0; i < GROUPS * GROUP; i++) {
            if (i > 0 && i % GROUP == 0) {
                text.append('-');
            }
            text.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return new Secret(text.toString());
    }
}
