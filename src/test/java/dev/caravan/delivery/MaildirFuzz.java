package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * A user's folder is one name from which the user can be told, whatever he is called; a Received field is one field,
 * whatever the client called itself.
 */
public final class MaildirFuzz {
    private MaildirFuzz() {}

    public static void run(byte[] octets) {
        FuzzInput input = new FuzzInput(octets);
        if (input.flag()) {
            folder(new String(input.rest(), StandardCharsets.UTF_8));
        } else {
            received(input);
        }
    }

    private static void folder(String user) {
        if (user.isEmpty()) {
            return;
        }
        String folder = MaildirDelivery.folderName(user);
        assertTrue(folder.matches("[a-z0-9_%A-F-][a-z0-9_%A-F.-]*"), folder);
        byte[] octets = new byte[folder.length()];
        int length = 0;
        for (int i = 0; i < folder.length(); i++) {
            boolean isEscape = folder.charAt(i) == '%';
            octets[length++] =
                    isEscape ? (byte) HexFormat.fromHexDigits(folder, i + 1, i + 3) : (byte) folder.charAt(i);
            i += isEscape ? 2 : 0;
        }
        // What is no text has no octets of its own.
        assertEquals(
                new String(user.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8),
                new String(octets, 0, length, StandardCharsets.UTF_8));
    }

    private static void received(FuzzInput input) {
        byte[] address = new byte[input.flag() ? 4 : 16];
        for (int i = 0; i < address.length; i++) {
            address[i] = (byte) input.octet();
        }
        Optional<InetAddress> remote = input.flag() ? Optional.empty() : Optional.of(address(address));
        String protocol = input.text();
        String helo = input.text();
        MailObject mail = Mails.to("b@local.example");
        Arrival arrival = new Arrival(Instant.ofEpochSecond(input.octet() << 20), protocol, helo, remote);
        String field = TraceHeader.received(
                new MailObject(mail.id(), arrival, mail.envelope(), mail.content()), new Domain("mx.example"));
        assertTrue(field.startsWith("Received: ") && field.endsWith("\r\n"), field);
        String[] lines = field.split("\r\n");
        for (int i = 0; i < lines.length; i++) {
            assertTrue(lines[i].matches("[\\t -~]+") && lines[i].length() <= 998, field);
            assertEquals(i > 0, lines[i].startsWith("\t"), field);
        }
        checkComments(field, helo.toLowerCase(Locale.ROOT));
    }

    /** Outside comments are only our words, so that nobody writes a clause of his own (RFC 5321 §4.4). */
    private static void checkComments(String field, String helo) {
        int depth = 0;
        StringBuilder outside = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && depth > 0) {
                i++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
                assertTrue(depth >= 0, field);
            } else if (depth == 0) {
                outside.append(c);
            }
        }
        assertEquals(0, depth, field);
        assertEquals(1, outside.chars().filter(c -> c == ';').count(), field);
        assertFalse(outside.toString().contains("\\"), field + " of " + helo);
    }

    private static InetAddress address(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
