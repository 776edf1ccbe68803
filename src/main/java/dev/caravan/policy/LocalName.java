package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A name in the table of users or aliases: at every local domain, or at one. Two kinds of name that are never mixed
 * up: the local part of {@code "alice@a.example"@b.example} is not the name {@code alice@a.example}.
 *
 * @param user in lower case; whatever the local part of an address may say, so it is no file name by itself.
 * @param domain in lower case; empty for every local domain.
 */
record LocalName(String user, Optional<String> domain) {
    static final LocalName POSTMASTER = new LocalName("postmaster", Optional.empty());

    // What is written in a table becomes the name of a folder, and goes into logs and commands.
    private static final Pattern WRITTEN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_+=&'-]*(?:\\.[A-Za-z0-9_+=&'-]+)*");
    private static final int MAX_OCTETS = 64;
    private static final Domain ANY = new Domain("invalid");

    /**
     * Reads {@code user} or {@code user@domain} as it stands in a table, in angle brackets or not.
     *
     * @throws IllegalArgumentException if it is neither.
     */
    static LocalName parse(String written) {
        String text = withoutBrackets(written);
        int at = text.lastIndexOf('@');
        String user = withoutQuotes(at < 0 ? text : text.substring(0, at));
        if (user.length() > MAX_OCTETS || !WRITTEN.matcher(user).matches()) {
            throw new IllegalArgumentException("malformed name " + quoted(text)
                    + " (expected: user or user@domain; user of 1 to 64 letters, digits and . _ - + = & ')");
        }
        Optional<String> domain = at < 0 ? Optional.empty() : Optional.of(new Domain(text.substring(at + 1)).key());
        return new LocalName(user.toLowerCase(Locale.ROOT), domain);
    }

    /**
     * Reads a name on the left side of an alias: as above, or any local part, quoted where the RFC has it quoted, or
     * {@code @domain} for all names of a domain that no table has.
     *
     * @throws IllegalArgumentException if it is none of these.
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
        // Any domain will do to have the local part read.
        Mailbox mailbox = new Mailbox(user, domain.orElse(ANY));
        return new LocalName(mailbox.localKey(), domain.map(Domain::key));
    }

    /** The name of all addresses of a domain that no table has. */
    static LocalName all(Domain domain) {
        return new LocalName("", Optional.of(domain.key()));
    }

    /** Whether a name needs no quotes, although it may have them. */
    static boolean isPlain(String text) {
        return WRITTEN.matcher(withoutQuotes(text)).matches();
    }

    private static String withoutBrackets(String text) {
        boolean isBracketed = text.length() > 2 && text.startsWith("<") && text.endsWith(">");
        return isBracketed ? text.substring(1, text.length() - 1).strip() : text;
    }

    /** Programs write names in quotes that need none. */
    private static String withoutQuotes(String text) {
        boolean isQuoted = text.length() > 2 && text.startsWith("\"") && text.endsWith("\"");
        return isQuoted ? text.substring(1, text.length() - 1) : text;
    }

    /**
     * Under which names an address may be found, best first: with its own domain before every domain, and as it is
     * before without its detail, {@code alice+tag} being a way to write to {@code alice} (RFC 5233 §3).
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

    /** The text for a message about an operator's file: cut, and nothing that could end a line of the log. */
    static String quoted(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return '"' + cut.replaceAll("[\\p{Cntrl}]", "?") + '"';
    }

    @Override
    public String toString() {
        return domain.map(name -> user + "@" + name).orElse(user);
    }
}
