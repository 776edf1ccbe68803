package dev.caravan.smtp;

import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Xtext;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a proxy says of its client with XCLIENT, as Postfix describes it in XCLIENT_README. A value that the proxy does
 * not know is empty here. NAME is accepted and not used, because the server does not look up names of clients.
 *
 * @param address the client's address.
 * @param port the client's port.
 * @param helo the name that the client gave in HELO or EHLO; no blanks, 1 to 255 characters.
 * @param esmtp whether the client sent EHLO.
 * @param login the user that the client has authenticated as; 1 to 255 characters of printable ASCII.
 * @param server the address that the client connected to.
 * @param serverPort the port that the client connected to.
 */
public record ClientAttributes(
        Optional<InetAddress> address,
        OptionalInt port,
        Optional<String> helo,
        Optional<Boolean> esmtp,
        Optional<String> login,
        Optional<InetAddress> server,
        OptionalInt serverPort) {
    /** The line of the reply to EHLO. */
    public static final String ANNOUNCEMENT = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

    private static final Pattern SPACES = Pattern.compile(" +");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
    private static final Pattern WORD = Pattern.compile("[!-~]{1,255}");
    private static final Pattern UNKNOWN = Pattern.compile("(?i)\\[(?:UNAVAILABLE|TEMPUNAVAIL)]");
    private static final String IPV6 = "IPV6:";
    private static final int MAX_PORT = 65_535;

    /**
     * Reads the argument of XCLIENT.
     *
     * @throws SmtpSyntaxException with a 501 reply if it is malformed.
     */
    public static ClientAttributes parse(String argument) throws SmtpSyntaxException {
        Map<String, Optional<String>> values = new HashMap<>();
        for (String part : SPACES.split(argument.strip())) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? "" : part.substring(0, equals).toUpperCase(Locale.ROOT);
            if (values.put(name, value(name, part.substring(equals + 1))) != null) {
                throw malformed("an attribute that is given twice");
            }
        }
        return new ClientAttributes(
                address(values, "ADDR"),
                port(values, "PORT"),
                word(values, "HELO"),
                esmtp(values),
                word(values, "LOGIN"),
                address(values, "DESTADDR"),
                port(values, "DESTPORT"));
    }

    private static Optional<String> value(String name, String text) throws SmtpSyntaxException {
        switch (name) {
            case "NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT" -> {
                try {
                    return UNKNOWN.matcher(text).matches() ? Optional.empty() : Optional.of(Xtext.decode(text));
                } catch (IllegalArgumentException e) {
                    throw malformed("a value that is no xtext");
                }
            }
            default -> throw malformed("an unknown attribute");
        }
    }

    private static Optional<String> given(Map<String, Optional<String>> values, String name) {
        return values.getOrDefault(name, Optional.empty());
    }

    private static Optional<InetAddress> address(Map<String, Optional<String>> values, String name)
            throws SmtpSyntaxException {
        Optional<String> text = given(values, name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String plain = text.get();
        boolean isIpv6 = plain.regionMatches(true, 0, IPV6, 0, IPV6.length());
        Optional<InetAddress> address =
                AddressLiteral.address(isIpv6 ? "[IPv6:" + plain.substring(IPV6.length()) + "]" : "[" + plain + "]");
        if (address.isEmpty()) {
            throw malformed("no address in " + name);
        }
        return address;
    }

    private static OptionalInt port(Map<String, Optional<String>> values, String name) throws SmtpSyntaxException {
        Optional<String> text = given(values, name);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        int port = PORT.matcher(text.get()).matches() ? Integer.parseInt(text.get()) : -1;
        if (port < 0 || port > MAX_PORT) {
            throw malformed("no port in " + name);
        }
        return OptionalInt.of(port);
    }

    private static Optional<String> word(Map<String, Optional<String>> values, String name) throws SmtpSyntaxException {
        Optional<String> text = given(values, name);
        if (text.isPresent() && !WORD.matcher(text.get()).matches()) {
            throw malformed("no name of 1 to 255 printable characters in " + name);
        }
        return text;
    }

    private static Optional<Boolean> esmtp(Map<String, Optional<String>> values) throws SmtpSyntaxException {
        Optional<String> text = given(values, "PROTO");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return switch (text.get().toUpperCase(Locale.ROOT)) {
            case "SMTP" -> Optional.of(false);
            case "ESMTP" -> Optional.of(true);
            default -> throw malformed("a protocol other than SMTP and ESMTP in PROTO");
        };
    }

    private static SmtpSyntaxException malformed(String what) {
        return CommandParser.refusal(501, "5.5.4", what + " (expected: such as XCLIENT ADDR=192.0.2.7 PORT=4711)");
    }
}
