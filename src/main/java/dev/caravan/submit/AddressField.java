package dev.caravan.submit;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The body of a field with addresses (RFC 5322 §3.4), such as {@code From}: its addresses, and the same text with a
 * domain after each address that has none. Comments, display names, groups and folds stay octet by octet; a text that
 * is not understood is not changed. Work grows only with the length of the text.
 *
 * @param completed the body with all domains.
 * @param addresses each address as it stands, completed, without display name and angle brackets; what is not
 *     understood stands as it is and is no address.
 */
record AddressField(String completed, List<String> addresses) {
    AddressField {
        addresses = List.copyOf(addresses);
    }

    /**
     * Reads the body of a field.
     *
     * @param body each octet one character; may be folded.
     * @param domain for addresses without one.
     */
    static AddressField of(String body, Domain domain) {
        Reader reader = new Reader(body, domain.text());
        return reader.read();
    }

    /** A dot-string or a quoted string; octets beyond ASCII are of UTF-8 (RFC 6532 §3.2). */
    private static final Pattern LOCAL_PART =
            Pattern.compile("[^\\x00-\\x20()<>\\[\\]:;@\\\\,\"]+|\"(?:[^\"\\\\]|\\\\.)*\"");

    private static final class Reader {
        private final String text;
        private final String domain;
        private final StringBuilder out;
        private final List<String> addresses = new ArrayList<>();
        private int at;
        /** What is written to {@link #out} already. */
        private int copied;
        /** The words of the present mailbox outside of angle brackets, joined. */
        private final StringBuilder words = new StringBuilder();

        private int wordCount;
        private int wordEnd;
        private boolean hasAngle;

        Reader(String text, String domain) {
            this.text = text;
            this.domain = domain;
            this.out = new StringBuilder(text.length() + 64);
        }

        AddressField read() {
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '(') {
                    if (!skipComment()) {
                        return notUnderstood();
                    }
                } else if (c == '<') {
                    if (hasAngle || !angle()) {
                        return notUnderstood();
                    }
                } else if (c == ',' || c == ';') {
                    endMailbox();
                    at++;
                } else if (c == ':') {
                    // What came before is the name of a group.
                    begin();
                    at++;
                } else if (isBlank(c)) {
                    at++;
                } else if (!word()) {
                    return notUnderstood();
                }
            }
            endMailbox();
            out.append(text, copied, text.length());
            return new AddressField(out.toString(), addresses);
        }

        private AddressField notUnderstood() {
            return new AddressField(text, List.of(text.strip()));
        }

        private void begin() {
            words.setLength(0);
            wordCount = 0;
            hasAngle = false;
        }

        private void endMailbox() {
            if (!hasAngle && wordCount > 0) {
                boolean hasDomain = indexOfAt(words) >= 0;
                boolean isLocal = wordCount == 1 && !hasDomain && isLocalPart(words);
                if (isLocal) {
                    insert(wordEnd);
                }
                addresses.add(isLocal ? words + "@" + domain : words.toString());
            }
            begin();
        }

        private void insert(int where) {
            out.append(text, copied, where).append('@').append(domain);
            copied = where;
        }

        /** A run of atoms, dots, at signs, quoted strings and literals without white space between them. */
        private boolean word() {
            int from = at;
            while (at < text.length() && "(<,;: \t\r\n".indexOf(text.charAt(at)) < 0) {
                char c = text.charAt(at);
                boolean isClosed = c == '"' ? skipTo('"') : c != '[' || skipTo(']');
                if (!isClosed) {
                    return false;
                }
                at++;
            }
            // White space around a dot or an at sign is obsolete syntax, which still has to be understood (RFC 5322
            // §4.4).
            boolean continues = words.length() > 0
                    && (".@".indexOf(text.charAt(from)) >= 0 || ".@".indexOf(words.charAt(words.length() - 1)) >= 0);
            if (!continues) {
                if (wordCount > 0) {
                    words.append(' ');
                }
                wordCount++;
            }
            words.append(text, from, at);
            wordEnd = at;
            return true;
        }

        /** Moves to the octet that ends a quoted string or a literal; false if there is none. */
        private boolean skipTo(char end) {
            at++;
            while (at < text.length() && text.charAt(at) != end) {
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            return at < text.length();
        }

        private boolean skipComment() {
            int depth = 0;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '\\') {
                    at++;
                } else if (c == '(') {
                    depth++;
                } else if (c == ')' && --depth == 0) {
                    at++;
                    return true;
                }
                at++;
            }
            return false;
        }

        /** An address in angle brackets; false if it has no end. */
        private boolean angle() {
            hasAngle = true;
            at++;
            StringBuilder address = new StringBuilder();
            int end = at;
            while (at < text.length() && text.charAt(at) != '>') {
                char c = text.charAt(at);
                int from = at;
                if (c == '(') {
                    if (!skipComment()) {
                        return false;
                    }
                } else if (isBlank(c)) {
                    at++;
                } else {
                    if ((c == '"' && !skipTo('"')) || (c == '[' && !skipTo(']'))) {
                        return false;
                    }
                    at++;
                    address.append(text, from, at);
                    end = at;
                }
            }
            if (at == text.length()) {
                return false;
            }
            at++;
            if (address.length() > 0) {
                endAngle(address, end);
            }
            return true;
        }

        private void endAngle(StringBuilder address, int end) {
            // A source route before the address (RFC 5322 §4.4).
            String plain = address.charAt(0) == '@' && address.indexOf(":") >= 0
                    ? address.substring(address.indexOf(":") + 1)
                    : address.toString();
            if (indexOfAt(plain) >= 0 || !isLocalPart(plain)) {
                addresses.add(plain);
            } else {
                insert(end);
                addresses.add(plain + "@" + domain);
            }
        }

        private static boolean isLocalPart(CharSequence text) {
            return text.length() <= Mailbox.MAX_OCTETS
                    && LOCAL_PART.matcher(text).matches();
        }

        /** The at sign that is not in a quoted string; -1 if there is none. */
        private static int indexOfAt(CharSequence address) {
            boolean isQuoted = false;
            for (int i = 0; i < address.length(); i++) {
                char c = address.charAt(i);
                if (isQuoted && c == '\\') {
                    i++;
                } else if (c == '"') {
                    isQuoted = !isQuoted;
                } else if (c == '@' && !isQuoted) {
                    return i;
                }
            }
            return -1;
        }

        private static boolean isBlank(char c) {
            return c == ' ' || c == '\t' || c == '\r' || c == '\n';
        }
    }
}
