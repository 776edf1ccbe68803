package dev.caravan.delivery;

import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Writes the Received field of this server (RFC 5321 §4.4). */
public final class TraceHeader {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final Pattern ATOM = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}");
    private static final int WIDTH = 78;
    private static final int MAX_NAME = 255;

    private TraceHeader() {}

    /**
     * The field, folded where possible, with its line ends.
     *
     * @param mail a single recipient is named; several are not, so that they do not learn of each other.
     * @param here the name of this server.
     */
    public static String received(MailObject mail, Domain here) {
        Arrival arrival = mail.arrival();
        List<String> words = new ArrayList<>();
        words.add("Received:");
        from(arrival, words);
        words.add("by " + here);
        words.add("with " + (ATOM.matcher(arrival.protocol()).matches() ? arrival.protocol() : "SMTP"));
        arrival.tls().ifPresent(tls -> words.add("(" + escaped(tls.split(" ", 2)[0]) + ")"));
        words.add("id " + mail.id());
        List<Recipient> recipients = mail.envelope().recipients();
        if (recipients.size() == 1) {
            Mailbox mailbox = recipients.get(0).path().mailbox();
            words.add("for <" + mailbox.ascii().orElse(mailbox) + ">");
        }
        arrival.tls().flatMap(TraceHeader::cipher).ifPresent(cipher -> words.add("tls " + cipher));
        int last = words.size() - 1;
        words.set(last, words.get(last) + ";");
        words.add(DATE.format(arrival.at()));
        return folded(words);
    }

    /** The value of the tls clause (RFC 8314 §4.3). */
    private static Optional<String> cipher(String versionAndCipher) {
        int space = versionAndCipher.indexOf(' ');
        return Optional.of(versionAndCipher.substring(space + 1))
                .filter(cipher -> space > 0 && ATOM.matcher(cipher).matches());
    }

    private static void from(Arrival arrival, List<String> words) {
        Optional<String> literal = arrival.remote().map(TraceHeader::literal);
        if (literal.isEmpty() && arrival.helo().isEmpty()) {
            // No client sent it: the server made it, or took it from a queue or file.
            return;
        }
        boolean isName = isDomain(arrival.helo());
        words.add("from " + (isName ? arrival.helo() : literal.orElse("unknown")));
        if (isName) {
            literal.ifPresent(address -> words.add("(" + address + ")"));
        } else if (!arrival.helo().isEmpty()) {
            words.add("(HELO " + escaped(arrival.helo()) + ")");
        }
    }

    private static boolean isDomain(String helo) {
        if (helo.startsWith("[")) {
            return AddressLiteral.isValid(helo);
        }
        try {
            new Domain(helo);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String literal(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        return address instanceof Inet6Address ? "[IPv6:" + plain + "]" : "[" + plain + "]";
    }

    /** Text for a comment (RFC 5322 §3.2.2), without spaces to fold at, cut to a limited length. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), MAX_NAME); i++) {
            char c = text.charAt(i);
            if (c == '(' || c == ')' || c == '\\') {
                escaped.append('\\').append(c);
            } else {
                escaped.append(c > ' ' && c <= '~' ? c : '?');
            }
        }
        return escaped.toString();
    }

    private static String folded(List<String> words) {
        StringBuilder field = new StringBuilder();
        int column = 0;
        for (String word : words) {
            boolean fits = column + 1 + word.length() <= WIDTH;
            if (column > 0) {
                field.append(fits ? " " : "\r\n\t");
                // A tab is counted as one character, because the limit is in octets (RFC 5322 §2.1.1).
                column = fits ? column + 1 : 1;
            }
            field.append(word);
            column += word.length();
        }
        return field.append("\r\n").toString();
    }

    /** The field as octets; an address that is not ASCII is in UTF-8 (RFC 6532 §3.2). */
    static byte[] receivedOctets(MailObject mail, Domain here) {
        return received(mail, here).getBytes(StandardCharsets.UTF_8);
    }
}
