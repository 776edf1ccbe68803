package dev.caravan.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Xtext;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The parameters of MAIL and RCPT (RFC 1870, RFC 3461, RFC 6152), and xtext by itself. */
public final class ParameterFuzz {
    private ParameterFuzz() {}

    public static void run(byte[] octets) {
        FuzzInput input = new FuzzInput(octets);
        switch (input.below(3)) {
            case 0 -> CommandFuzz.tried("MAIL FROM:<a@example.org>" + separated(input));
            case 1 -> CommandFuzz.tried("RCPT TO:<b@example.org>" + separated(input));
            default -> xtext(new String(input.rest(), StandardCharsets.ISO_8859_1));
        }
    }

    private static String separated(FuzzInput input) {
        return " " + CommandFuzz.printable(input.rest());
    }

    private static void xtext(String text) {
        String encoded = Xtext.encode(text);
        assertTrue(encoded.matches("[!-~]*"), encoded);
        assertEquals(text, Xtext.decode(encoded));
        Optional<String> decoded = decoded(text);
        // What was written by another may spell plain characters as hexadecimal digits; the meaning stays.
        decoded.ifPresent(meaning -> assertEquals(meaning, Xtext.decode(Xtext.encode(meaning))));
    }

    private static Optional<String> decoded(String text) {
        try {
            return Optional.of(Xtext.decode(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
