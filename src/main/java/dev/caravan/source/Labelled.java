package dev.caravan.source;

import dev.caravan.source.InvalidSubmissionException.Fault;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Something with labels beside it, as queues, logs and tables carry it: properties of a JMS message, headers of a
 * record, columns. The labels {@code from}, {@code to}, {@code cc}, {@code bcc} and {@code subject} count, and
 * {@code contentType}, which says what it is.
 *
 * @param label gives a label by its name.
 * @param wishes what the sender wants to be told.
 */
public record Labelled(Function<String, Optional<String>> label, Wishes wishes) {
    /** A whole mail. */
    public static final String MAIL = "message/rfc822";
    /** A mail as a program thinks of it. */
    public static final String JSON = "application/json";
    /** What a mail says, with all else as labels. */
    public static final String TEXT = "text/plain";

    /** The type that the label {@code contentType} names, without parameters and in lower case. */
    public Optional<String> type() {
        return label.apply("contentType")
                .map(type -> type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT));
    }

    /** Whether a text looks like a JSON document, where nothing says what it is. */
    public static boolean isJson(String text) {
        return text.stripLeading().startsWith("{");
    }

    /** A text of that type. */
    public Handed of(String type, String text) throws InvalidSubmissionException {
        return type.equals(TEXT) ? plain(text) : whole(type, in(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Octets of that type. */
    public Handed of(String type, byte[] octets) throws InvalidSubmissionException {
        return type.equals(TEXT) ? plain(new String(octets, StandardCharsets.UTF_8)) : whole(type, in(octets));
    }

    /** Octets of that type, which are read once. */
    public Handed of(String type, InputStream octets) throws InvalidSubmissionException {
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

    private Handed whole(String type, InputStream octets) throws InvalidSubmissionException {
        return switch (type) {
            case MAIL -> new Handed.Whole(octets, new GivenEnvelope(label.apply("from"), list("to"), wishes));
            case JSON -> new Handed.Json(octets, wishes);
            default ->
                throw new InvalidSubmissionException(
                        Fault.UNSUPPORTED,
                        "contentType " + type + " (expected: " + MAIL + ", " + JSON + " or " + TEXT + ")");
        };
    }

    private Handed plain(String text) throws InvalidSubmissionException {
        return new Handed.Text(
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

    private List<String> list(String name) {
        return label.apply(name).map(List::of).orElse(List.of());
    }
}
