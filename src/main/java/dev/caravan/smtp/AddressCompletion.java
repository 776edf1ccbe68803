package dev.caravan.smtp;

import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Completes the paths of MAIL and RCPT that printers, scripts and old programs of the operator's networks send (RFC
 * 6409 §8 has the same for submission): missing brackets, an address without a domain, a name or address of this
 * machine as the domain, a dot after the domain, dots at the ends of a local part or doubled in it. Only the envelope
 * is completed, never the content. Pure and thread-safe.
 *
 * @param host the domain of addresses that have none.
 * @param localDomains domains that are local already, and stay as they are written.
 * @param ownAddresses the addresses of this machine.
 */
public record AddressCompletion(Domain host, Predicate<Domain> localDomains, Predicate<InetAddress> ownAddresses) {
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "localhost.localdomain");
    /** A local part that would be a dot-string if its dots were in other places. */
    private static final Pattern ODD_DOTS = Pattern.compile("\\..*|.*\\.|.*\\.\\..*");

    private static final Pattern UNQUOTED = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+");

    /**
     * Completes a path.
     *
     * @param text the path and what follows it, without white space before it.
     * @return the same with a path in angle brackets. A path that cannot be completed is returned unchanged, and
     *     {@link PathParser} refuses it.
     */
    public String complete(String text) {
        boolean isBracketed = text.startsWith("<");
        int start = isBracketed ? 1 : 0;
        int end = end(text, start, isBracketed ? '>' : ' ');
        if (end < 0 || (!isBracketed && (end == 0 || text.indexOf('<') >= 0 || text.indexOf('>') >= 0))) {
            return text;
        }
        String rest = text.substring(isBracketed ? end + 1 : end);
        return "<" + address(withoutBlanks(text.substring(start, end))) + ">" + rest;
    }

    /** Without the spaces and tabs at both ends; blanks of other scripts are part of an address, and no good one. */
    private static String withoutBlanks(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** The index of an octet outside quotes; the end of the text if a space is missing, -1 if another octet is. */
    private static int end(String text, int start, char wanted) {
        boolean isQuoted = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isQuoted && c == '\\') {
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == wanted && !isQuoted) {
                return i;
            }
        }
        return wanted == ' ' && !isQuoted ? text.length() : -1;
    }

    private String address(String inner) {
        // The null path, and a source route, which names its hosts in full.
        if (inner.isEmpty() || inner.startsWith("@")) {
            return inner;
        }
        int at = end(inner, 0, '@');
        String localPart = at < 0 ? inner : inner.substring(0, at);
        return localPart(localPart) + "@" + domain(at < 0 ? "" : inner.substring(at + 1));
    }

    private static String localPart(String text) {
        return UNQUOTED.matcher(text).matches() && ODD_DOTS.matcher(text).matches() ? "\"" + text + "\"" : text;
    }

    private String domain(String text) {
        String relative = text.length() > 1 && text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (relative.isEmpty()) {
            return host.text();
        }
        try {
            Domain domain = new Domain(relative);
            return !localDomains.test(domain) && isThisMachine(domain) ? host.text() : relative;
        } catch (IllegalArgumentException e) {
            return relative;
        }
    }

    private boolean isThisMachine(Domain domain) {
        return THIS_MACHINE.contains(domain.text().toLowerCase(Locale.ROOT))
                || AddressLiteral.address(domain.text()).filter(ownAddresses).isPresent();
    }
}
