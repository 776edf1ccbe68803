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
 * A payload with labels: properties of a JMS message, headers of a Kafka record, or columns of a table. The labels that
 * are used are {@code from}, {@code to}, {@code cc}, {@code bcc}, {@code subject}, and {@code contentType}, which is
 * the type of the payload. With a whole message, {@code from} is its reverse-path, and {@code to}, {@code cc} and
 * {@code bcc} are its recipients.
 *
 * @param label returns the label with a name.
 * @param dsnOptions the DSN options of the sender.
 */
public record AnnotatedPayload(Function<String, Optional<String>> label, DsnOptions dsnOptions) {
    /** The type of a whole message. */
    public static final String MAIL = "message/rfc822";
    /** The type of a JSON document that describes a message. */
    public static final String JSON = "application/json";
    /** The type of the text of a message whose header fields are labels. */
    public static final String TEXT = "text/plain";

    /** The octets that are inspected to guess the type. */
    private static final int BEGINNING = 1024;
    /** The byte order mark, which some programs write before UTF-8 text. */
    private static final String MARK = "\uFEFF";

    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([A-Za-z0-9._:+-]{1,60})", Pattern.CASE_INSENSITIVE);

    /** The type in the label {@code contentType}, without parameters and in lower case. */
    public Optional<String> type() {
        return label.apply("contentType")
                .map(type -> type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT));
    }

    /** Whether a text of unknown type looks like a JSON document. */
    public static boolean isJson(String text) {
        return text.substring(text.startsWith(MARK) ? 1 : 0).stripLeading().startsWith("{");
    }

    /** Whether octets look like a JSON document in UTF-8; inspects only the first ones. */
    public static boolean isJson(byte[] octets) {
        return isJson(new String(octets, 0, Math.min(octets.length, BEGINNING), StandardCharsets.UTF_8));
    }

    /** Whether any of these labels is present. */
    public boolean hasAny(String... names) {
        return Arrays.stream(names).anyMatch(name -> label.apply(name).isPresent());
    }

    /**
     * The type of a payload: the one in {@code contentType}, else JSON if the octets look like it, else text if there
     * is a label {@code subject}, else a whole message.
     */
    public String typeOf(byte[] octets) {
        return type().orElseGet(() -> {
            if (isJson(octets)) {
                return JSON;
            }
            return hasAny("subject") ? TEXT : MAIL;
        });
    }

    /** Makes a submission of a text. */
    public SubmittedForm of(String type, String text) throws InvalidSubmissionException {
        String unmarked = text.startsWith(MARK) ? text.substring(1) : text;
        return type.equals(TEXT) ? plain(unmarked) : whole(type, in(unmarked.getBytes(StandardCharsets.UTF_8)));
    }

    /** Makes a submission of octets. Text is in the charset of {@code contentType}, default UTF-8. */
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

    /** Makes a submission of octets that can be read once. */
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
                new SubmittedForm.Whole(octets, new EnvelopeOverride(label.apply("from"), recipients(), dsnOptions));
            case JSON -> new SubmittedForm.Json(octets, dsnOptions);
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
                dsnOptions);
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
