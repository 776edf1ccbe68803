package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A name in the table of users or aliases: at every local domain, or at one. The two kinds never match each other: the
 * local part of {@code "alice@a.example"@b.example} is not the name {@code alice@a.example}.
 *
 * @param user as {@link Mailbox#localKey()}; any text that a local part may have, so it must not be used as a file name.
 * @param domain in lower case, in A-labels; empty for every local domain.
 */
record LocalName(String user, Optional<String> domain) {
    static final LocalName POSTMASTER = new LocalName("postmaster", Optional.empty());

    // Names in tables become names of folders, and appear in logs and commands.
    private static final Pattern WRITTEN =
            Pattern.compile("[A-Za-z0-9_\\x{80}-\\x{10FFFF}][A-Za-z0-9_+=&'\\x{80}-\\x{10FFFF}-]*"
                    + "(?:\\.[A-Za-z0-9_+=&'\\x{80}-\\x{10FFFF}-]+)*");
    private static final int MAX_OCTETS = 64;
    private static final Domain ANY = new Domain("invalid");

    /**
     * Reads {@code user} or {@code user@domain} as a table has it, with angle brackets or without.
     *
     * @throws IllegalArgumentException if the text is neither.
     */
    static LocalName parse(String written) {
        String text = withoutBrackets(written);
        int at = text.lastIndexOf('@');
        String user = withoutQuotes(at < 0 ? text : text.substring(0, at));
        boolean isShort = user.getBytes(StandardCharsets.UTF_8).length <= MAX_OCTETS;
        if (!isShort || !WRITTEN.matcher(user).matches() || !isSafe(user)) {
            throw new IllegalArgumentException("malformed name " + quoted(text)
                    + " (expected: user or user@domain; user of 1 to 64 octets: letters, digits and . _ - + = & ')");
        }
        Optional<String> domain = at < 0 ? Optional.empty() : Optional.of(new Domain(text.substring(at + 1)).key());
        return new LocalName(Mailbox.localKey(user), domain);
    }

    /** Whether a mailbox may have the name, which has the form of a name in a table. */
    private static boolean isSafe(String user) {
        try {
            return !new Mailbox(user, ANY).localPart().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Reads a name on the left side of an alias: as above, or any local part, quoted where the RFC requires it, or
     * {@code @domain} for all names of a domain that no table has.
     *
     * @throws IllegalArgumentException if the text is none of these.
     */
    static LocalName parseAlias(String written) {
        String text = withoutBrackets(written);
        int at = text.lastIndexOf('@');
        if (at == 0) {
            return all(new Domain(text.substring(1)));
        }
        String user = at < 0 || text.endsWith("\"") ? text : text.substring(0, at);
        if (!WRITTEN.matcher(withoutQuotes(user)).matches() && !user.startsWith("\"")) {
            return parse(text);
        }
        Optional<Domain> domain =
                user.length() == text.length() ? Optional.empty() : Optional.of(new Domain(text.substring(at + 1)));
        // Any domain serves to parse the local part.
        Mailbox mailbox = new Mailbox(user, domain.orElse(ANY));
        return new LocalName(mailbox.localKey(), domain.map(Domain::key));
    }

    /** The name of all addresses of a domain that no table has. */
    static LocalName all(Domain domain) {
        return new LocalName("", Optional.of(domain.key()));
    }

    /** Whether a name needs no quotes. */
    static boolean isPlain(String text) {
        return WRITTEN.matcher(withoutQuotes(text)).matches();
    }

    private static String withoutBrackets(String text) {
        boolean isBracketed = text.length() > 2 && text.startsWith("<") && text.endsWith(">");
        return isBracketed ? text.substring(1, text.length() - 1).strip() : text;
    }

    /** Some programs quote names that need no quotes. */
    private static String withoutQuotes(String text) {
        boolean isQuoted = text.length() > 2 && text.startsWith("\"") && text.endsWith("\"");
        return isQuoted ? text.substring(1, text.length() - 1) : text;
    }

    /**
     * The names by which an address may be found, best first: with its own domain before every domain, and with its
     * detail before without it: {@code alice+tag} reaches {@code alice} (RFC 5233 §3).
     */
    static List<LocalName> candidates(Mailbox mailbox) {
        String key = mailbox.localKey();
        String domain = mailbox.domain().key();
        List<LocalName> candidates = new ArrayList<>(4);
        candidates.add(new LocalName(key, Optional.of(domain)));
        candidates.add(new LocalName(key, Optional.empty()));
        int plus = key.indexOf('+');
        if (plus > 0) {
            String user = key.substring(0, plus);
            candidates.add(new LocalName(user, Optional.of(domain)));
            candidates.add(new LocalName(user, Optional.empty()));
        }
        return candidates;
    }

    /** The text for an error message: cut, and safe for a line of the log. */
    static String quoted(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return '"' + cut.replaceAll("[\\p{Cntrl}]", "?") + '"';
    }

    @Override
    public String toString() {
        return domain.map(name -> user + "@" + name).orElse(user);
    }
}
