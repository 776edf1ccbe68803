package dev.caravan.source.message;

import dev.caravan.mail.Mailbox;
import dev.caravan.source.message.Addresses.Named;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes header fields in ASCII, except for local parts that are not: lines of 76 characters where they can be folded, and never more than 998 (RFC 5322
 * §2.1.1). Each result is one field with CRLF at the end of each line.
 */
final class FieldWriter {
    /** The longest word that is written unencoded: it fits a line after the name of any field. */
    static final int LONGEST_WORD = 900;

    private static final int LINE = 76;
    private static final int LONGEST_QUOTED = 200;
    private static final int LONGEST_SPACE = 60;
    private static final int PARAMETER_PIECE = 60;
    private static final Pattern ATOMS = Pattern.compile("[!#-'*+/-9=?A-Z^-~-]+(?: [!#-'*+/-9=?A-Z^-~-]+)*");
    private static final Pattern WORD = Pattern.compile("[ \\t]*[^ \\t]+");
    /** Fields with addresses, besides those that have their own member in the document. */
    private static final Set<String> ADDRESSES = Set.of(
            "disposition-notification-to",
            "return-receipt-to",
            "errors-to",
            "mail-followup-to",
            "mail-reply-to",
            "apparently-to",
            "x-original-from",
            "x-confirm-reading-to");
    /** Structured fields, which must not contain encoded words (RFC 2047 §5). */
    private static final Set<String> STRUCTURED = Set.of(
            "references", "in-reply-to", "dkim-signature", "autocrypt", "authentication-results", "auto-submitted");

    private final StringBuilder out = new StringBuilder(256);
    private int column;
    private boolean hasWord;

    private FieldWriter(String name) {
        out.append(name).append(':');
        column = out.length();
    }

    /** An unstructured or unknown field. */
    static String text(String name, String value) throws InvalidSubmissionException {
        FieldWriter field = new FieldWriter(name);
        String key = name.toLowerCase(Locale.ROOT);
        if (ADDRESSES.contains(key) && !isAscii(value)) {
            List<Named> addresses = Addresses.list(value, "header " + name);
            if (!areAscii(addresses)) {
                throw InvalidSubmissionException.unacceptable(
                        "malformed address in header " + name + " (expected: a local part in ASCII in this header)");
            }
            return addresses(name, addresses);
        }
        List<String> words = words(value.strip());
        boolean isLong = words.stream().anyMatch(word -> word.length() > LONGEST_WORD);
        if (isLong && (STRUCTURED.contains(key) || key.startsWith("list-"))) {
            throw InvalidSubmissionException.unacceptable("a word of more than " + LONGEST_WORD
                    + " characters in header " + name + " (expected: white space where the line may be folded)");
        }
        boolean hasGap =
                words.stream().anyMatch(word -> word.length() - word.strip().length() > LONGEST_SPACE);
        if (isLong || hasGap) {
            EncodedWords.of(value.strip()).forEach(word -> field.word(" " + word));
            return field.end();
        }
        if (!isAscii(value) && value.contains("@")) {
            List<Named> addresses = maybeAddresses(value);
            if (!addresses.isEmpty() && areAscii(addresses)) {
                return addresses(name, addresses);
            }
        }
        // Consecutive words that need encoding are encoded together with the white space between them, because decoders
        // drop white space between encoded words.
        StringBuilder run = new StringBuilder();
        for (String word : words) {
            if (!isAscii(word)) {
                run.append(word);
                continue;
            }
            field.encoded(run);
            field.word(word.startsWith(" ") || word.startsWith("\t") ? word : " " + word);
        }
        field.encoded(run);
        return field.end();
    }

    private static boolean areAscii(List<Named> addresses) {
        return addresses.stream().allMatch(named -> named.mailbox().ascii().isPresent());
    }

    /** A field with addresses; empty if there are none. */
    static String addresses(String name, List<Named> addresses) {
        if (addresses.isEmpty()) {
            return "";
        }
        FieldWriter field = new FieldWriter(name);
        for (int i = 0; i < addresses.size(); i++) {
            Named named = addresses.get(i);
            Mailbox mailbox = named.mailbox();
            // A domain has a form in ASCII, a local part has none.
            String address = mailbox.ascii().orElse(mailbox).toString();
            String comma = i + 1 < addresses.size() ? "," : "";
            if (named.name().isBlank()) {
                field.word(" " + address + comma);
            } else {
                phrase(named.name()).forEach(word -> field.word(" " + word));
                field.word(" <" + address + ">" + comma);
            }
        }
        return field.end();
    }

    /** The Content-Type field of a part; the file name may be empty. */
    static String contentType(MediaType type, String name) {
        FieldWriter field = new FieldWriter("Content-Type");
        field.word(" " + type.name());
        for (Map.Entry<String, String> parameter : type.parameters().entrySet()) {
            if (!parameter.getKey().equals("name")) {
                field.parameter(parameter.getKey(), parameter.getValue());
            }
        }
        if (!name.isEmpty()) {
            field.parameter("name", name);
        }
        return field.end();
    }

    /** The Content-Disposition field of a part; the file name may be empty. */
    static String disposition(String disposition, String fileName) {
        FieldWriter field = new FieldWriter("Content-Disposition");
        field.word(" " + disposition);
        if (!fileName.isEmpty()) {
            field.parameter("filename", fileName);
        }
        return field.end();
    }

    private static List<Named> maybeAddresses(String value) {
        try {
            return Addresses.list(value, "a header");
        } catch (InvalidSubmissionException e) {
            return List.of();
        }
    }

    /** A display name as a phrase (RFC 5322 §3.2.5). */
    private static List<String> phrase(String name) {
        String text = name.strip();
        if (!isAscii(text) || text.length() > LONGEST_QUOTED || text.contains("=?")) {
            return EncodedWords.of(text);
        }
        return ATOMS.matcher(text).matches()
                ? List.of(text.split(" "))
                : List.of('"' + text.replaceAll("([\"\\\\])", "\\\\$1") + '"');
    }

    /** The words of a text, each with the white space before it. */
    private static List<String> words(String text) {
        return WORD.matcher(text).results().map(result -> result.group()).toList();
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x7f);
    }

    private void encoded(StringBuilder run) {
        if (run.length() > 0) {
            String text = run.toString();
            boolean isApart = text.startsWith(" ") || text.startsWith("\t");
            EncodedWords.of(isApart ? text.substring(1) : text).forEach(word -> word(" " + word));
            run.setLength(0);
        }
    }

    /** A parameter: unencoded if it is short ASCII, otherwise in sections with a charset (RFC 2231 §3, §4). */
    private void parameter(String name, String value) {
        out.append(';');
        column++;
        boolean isAscii = isAscii(value) && value.chars().allMatch(c -> c >= ' ');
        if (isAscii && value.length() <= PARAMETER_PIECE) {
            word(" " + name + "=" + quoted(value));
            return;
        }
        List<String> pieces = isAscii ? plainPieces(value) : extendedPieces(value);
        for (int i = 0; i < pieces.size(); i++) {
            String count = pieces.size() == 1 ? "" : "*" + i;
            String end = i + 1 < pieces.size() ? ";" : "";
            word(" " + name + count + (isAscii ? "=" : "*=") + pieces.get(i) + end);
        }
    }

    private static String quoted(String value) {
        return '"' + value.replaceAll("([\"\\\\])", "\\\\$1") + '"';
    }

    private static List<String> plainPieces(String value) {
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < value.length(); from += PARAMETER_PIECE) {
            pieces.add(quoted(value.substring(from, Math.min(value.length(), from + PARAMETER_PIECE))));
        }
        return pieces;
    }

    private static List<String> extendedPieces(String value) {
        List<String> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder("UTF-8''");
        for (int at = 0; at < value.length(); ) {
            String character = Character.toString(value.codePointAt(at));
            String encoded = percent(character);
            if (piece.length() + encoded.length() > PARAMETER_PIECE) {
                pieces.add(piece.toString());
                piece.setLength(0);
            }
            piece.append(encoded);
            at += character.length();
        }
        pieces.add(piece.toString());
        return pieces;
    }

    private static String percent(String character) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : character.getBytes(StandardCharsets.UTF_8)) {
            boolean isPlain = (octet >= 'a' && octet <= 'z')
                    || (octet >= 'A' && octet <= 'Z')
                    || (octet >= '0' && octet <= '9')
                    || "!#$&+-.^_`{|}~".indexOf(octet) >= 0;
            encoded.append(isPlain ? Character.toString(octet) : String.format("%%%02X", octet & 0xFF));
        }
        return encoded.toString();
    }

    /** Writes a word with the white space before it, on a new line if it does not fit. */
    private void word(String word) {
        if (column + word.length() > LINE && hasWord) {
            out.append("\r\n");
            column = 0;
        }
        out.append(word);
        column += word.length();
        hasWord = true;
    }

    private String end() {
        return out.append("\r\n").toString();
    }
}
