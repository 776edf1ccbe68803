package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** An address that is one is read from its own text as the same, and can break no line, path or field. */
public final class AddressFuzz {
    private static final int LONGEST = 64 + 1 + 255;

    private AddressFuzz() {}

    public static void run(byte[] octets) {
        // Both what the network gives and what a file in UTF-8 may hold.
        mailbox(new String(octets, StandardCharsets.ISO_8859_1));
        mailbox(new String(octets, StandardCharsets.UTF_8));
    }

    private static void mailbox(String text) {
        domain(text);
        Optional<Mailbox> read = valid(text, Mailbox::parse);
        if (read.isEmpty()) {
            return;
        }
        Mailbox mailbox = read.get();
        assertEquals(text, mailbox.toString());
        assertTrue(text.getBytes(StandardCharsets.UTF_8).length <= LONGEST, text);
        assertTrue(text.matches("[ -~[^\\x00-\\xa0\\p{C}\\p{Z}]\\p{Cn}]+"), text);
        assertEquals(mailbox.isAscii(), text.matches("[ -~]+"), text);
        mailbox.ascii().ifPresent(ascii -> assertEquals(mailbox, ascii));
        assertEquals(mailbox, Mailbox.parse(mailbox.toString()));
        assertEquals(mailbox, ForwardPath.of(text).mailbox());
        assertEquals("<" + text + ">", ReversePath.of(mailbox).toString());
        assertEquals(mailbox.localKey(), Mailbox.localKey(mailbox.localKey()));
        if (mailbox.isAscii()) {
            assertEquals(mailbox.localKey(), mailbox.unquoted().toLowerCase(Locale.ROOT));
        }
        // Quoted, the bare name is the same name.
        String quoted = "\"" + mailbox.unquoted().replaceAll("([\"\\\\])", "\\\\$1") + "\"";
        valid(quoted, local -> new Mailbox(local, mailbox.domain()))
                .ifPresent(other -> assertEquals(mailbox.unquoted(), other.unquoted()));
        domain(mailbox.domain().text());
    }

    private static void domain(String text) {
        Optional<InetAddress> address = AddressLiteral.address(text);
        Optional<Domain> read = valid(text, Domain::new);
        if (read.isEmpty()) {
            assertTrue(address.isEmpty() || text.length() > 255, text);
            return;
        }
        Domain domain = read.get();
        assertEquals(text, domain.toString());
        assertFalse(text.isEmpty());
        assertTrue(domain.key().matches("[a-z0-9._-]+|\\[[a-z0-9.:]+]"), text);
        assertEquals(domain.isLiteral(), address.isPresent(), text);
        assertEquals(domain, new Domain(domain.key()));
        assertEquals(domain, new Domain(Uts46.toUnicode(domain.key())));
        assertEquals(domain.hashCode(), new Domain(domain.key()).hashCode());
    }

    private static <T> Optional<T> valid(String text, Function<String, T> reader) {
        try {
            return Optional.of(reader.apply(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
