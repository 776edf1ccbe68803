package dev.caravan.mail;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads address literals such as {@code [192.0.2.1]} and {@code [IPv6:2001:db8::1]} (RFC 5321 §4.1.3). */
public final class AddressLiteral {
    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
    private static final String IPV6_TAG = "ipv6:";

    private AddressLiteral() {}

    /** Whether the text, brackets included, is a well-formed literal. */
    public static boolean isValid(String text) {
        return address(text).isPresent();
    }

    /**
     * The address that a literal names.
     *
     * @param text the literal with its brackets.
     * @return empty if the text is not a well-formed IPv4 or IPv6 literal. Nothing is looked up.
     */
    public static Optional<InetAddress> address(String text) {
        if (text.length() < 3 || text.charAt(0) != '[' || text.charAt(text.length() - 1) != ']') {
            return Optional.empty();
        }
        String inner = text.substring(1, text.length() - 1);
        if (IPV4.matcher(inner).matches()) {
            return numeric(inner);
        }
        if (inner.toLowerCase(Locale.ROOT).startsWith(IPV6_TAG)) {
            String digits = inner.substring(IPV6_TAG.length());
            // The characters are checked first, because InetAddress looks up any other text as a host name.
            return IPV6_CHARACTERS.matcher(digits).matches() && digits.contains(":")
                    ? numeric("[" + digits + "]")
                    : Optional.empty();
        }
        return Optional.empty();
    }

    private static Optional<InetAddress> numeric(String text) {
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
