package dev.caravan.source.message;

import dev.caravan.source.message.InvalidSubmissionException.Fault;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Something with labels beside it, as queues, logs and tables carry it: properties of a JMS message, headers of a
 * record, columns. The labels {@code from}, {@code to}, {@code cc}, {@code bcc} and {@code subject} count, and
 * {@code contentType}, which says what it is. Beside a whole mail, {@code from} is its reverse-path, and {@code to},
 * {@code cc} and {@code bcc} are its recipients.
 *
 * @param label gives a label by its name.
 * @param wishes what the sender wants to be told.
 */
public record AnnotatedPayload(Function<String, Optional<String>> label, DsnOptions wishes) {
    /** A whole mail. */
    public static final String MAIL = "message/rfc822";
    /** A mail as a program thinks of it. */
    public static final String JSON = "application/json";
    /** What a mail says, with all else as labels. */
    public static final String TEXT = "text/plain";

    /** How much is looked at to guess what it is. */
    private static final int BEGINNING = 1024;
    /** The byte order mark, which some programs write before a text in UTF-8. */
    private static final String MARK = "\uFEFF";

    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([A-Za-z0-9._:+-]{1,60})", Pattern.CASE_INSENSITIVE);

    /** The type that the label {@code contentType} names, without parameters and in lower case. */
    public Optional<String> type() {
        return label.apply("contentType")
                .map(type -> type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT));
    }

    /** Whether a text looks like a JSON document, where nothing says what it is. */
    public static boolean isJson(String text) {
        return text.substring(text.startsWith(MARK) ? 1 : 0).stripLeading().startsWith("{");
    }

    /** Whether octets look like a JSON document in UTF-8; only the first ones are looked at. */
    public static boolean isJson(byte[] octets) {
        return isJson(new String(octets, 0, Math.min(octets.length, BEGINNING), StandardCharsets.UTF_8));
    }

    /** Whether there is one of these labels, which a whole mail does not need. */
    public boolean hasAny(String... names) {
        return Arrays.stream(names).anyMatch(name -> label.apply(name).isPresent());
    }

    /**
     * What octets are: what {@code contentType} says, else JSON if they look like it, else a text if it has a subject
     * beside it, else a whole mail.
     */
    public String typeOf(byte[] octets) {
        return type().orElseGet(() -> {
            if (isJson(octets)) {
                return JSON;
            }
            return hasAny("subject") ? TEXT : MAIL;
        });
    }

    /** A text of that type. */
    public SubmittedForm of(String type, String text) throws InvalidSubmissionException {
        String unmarked = text.startsWith(MARK) ? text.substring(1) : text;
        return type.equals(TEXT) ? plain(unmarked) : whole(type, in(unmarked.getBytes(StandardCharsets.UTF_8)));
    }

    /** Octets of that type. A text is in the charset of {@code contentType}, or UTF-8. */
    public SubmittedForm of(String type, byte[] octets) throws InvalidSubmissionException {
        if (type.equals(TEXT)) {
            return of(type, decoded(octets));
        }
        boolean isMarked = octets.length > 2
                && (octets[0] & 0xff) == 0xef
                && (octets[1] & 0xff) == 0xbb
                && (octets[2] & 0xff) == 0xbf;
        return whole(type, in(type.equals(JSON) && isMarked ? Arrays.copyOfRange(octets, 3, octets.length) : octets));
    }

    private String decoded(byte[] octets) throws InvalidSubmissionException {
        String name = label.apply("contentType")
                .map(CHARSET::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .orElse("UTF-8");
        try {
            return Charset.forName(name)
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (IllegalArgumentException e) {
            throw new InvalidSubmissionException(
                    Fault.UNSUPPORTED, "an unknown charset in contentType (expected: such as UTF-8)");
        } catch (CharacterCodingException e) {
            throw InvalidSubmissionException.unacceptable(
                    "octets that are no text in " + name + " (expected: a text, or a contentType with its charset)");
        }
    }

    /** Octets of that type, which are read once. */
    public SubmittedForm of(String type, InputStream octets) throws InvalidSubmissionException {
        if (type.equals(TEXT)) {
            throw new InvalidSubmissionException(
                    Fault.UNSUPPORTED,
                    "octets of type " + TEXT + " (expected: a text, or " + MAIL + " or " + JSON + ")");
        }
        return whole(type, octets);
    }

    private static InputStream in(byte[] octets) {
        return new ByteArrayInputStream(octets);
    }

    private SubmittedForm whole(String type, InputStream octets) throws InvalidSubmissionException {
        return switch (type) {
            case MAIL ->
                new SubmittedForm.Whole(octets, new EnvelopeOverride(label.apply("from"), recipients(), wishes));
            case JSON -> new SubmittedForm.Json(octets, wishes);
            default ->
                throw new InvalidSubmissionException(
                        Fault.UNSUPPORTED,
                        "contentType " + type + " (expected: " + MAIL + ", " + JSON + " or " + TEXT + ")");
        };
    }

    private SubmittedForm plain(String text) throws InvalidSubmissionException {
        return new SubmittedForm.Text(
                text,
                label.apply("from")
                        .orElseThrow(() ->
                                InvalidSubmissionException.unacceptable("no property from (expected: an address)")),
                list("to"),
                list("cc"),
                list("bcc"),
                label.apply("subject"),
                wishes);
    }

    private List<String> recipients() {
        return Stream.of("to", "cc", "bcc")
                .flatMap(name -> label.apply(name).stream())
                .toList();
    }

    private List<String> list(String name) {
        return label.apply(name).map(List::of).orElse(List.of());
    }
}
