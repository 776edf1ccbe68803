package dev.caravan.source.message;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The media type of an attachment, such as {@code text/calendar; method=REQUEST} (RFC 2045 §5.1).
 *
 * @param name type and subtype in lower case.
 * @param parameters by their names in lower case, in the given order; values of printable ASCII.
 */
record MediaType(String name, Map<String, String> parameters) {
    static final MediaType OCTETS = new MediaType("application/octet-stream", Map.of());

    private static final String EXPECTED = " (expected: such as application/pdf or text/calendar; method=REQUEST)";
    private static final int MOST = 2000;
    private static final int MOST_PARAMETERS = 20;
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}");
    private static final Pattern PARAMETER =
            Pattern.compile("[ \\t]*;[ \\t]*(?:([A-Za-z0-9!#$&^_.+-]{1,60})[ \\t]*=[ \\t]*"
                    + "(?:([!#$%&'*+.0-9A-Z^_`a-z{|}~-]+)|\"((?:[ !#-\\[\\]-~]|\\\\[ -~])*)\"))?");

    /**
     * Parses a media type.
     *
     * @param where names the attachment in error messages.
     */
    static MediaType parse(String text, String where) throws InvalidSubmissionException {
        String given = text.strip();
        Matcher type = TYPE.matcher(given);
        if (given.length() > MOST || !type.lookingAt()) {
            throw refused(text, where);
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        Matcher next = PARAMETER.matcher(given);
        int at = type.end();
        while (at < given.length()) {
            if (!next.region(at, given.length()).lookingAt() || parameters.size() == MOST_PARAMETERS) {
                throw refused(text, where);
            }
            at = next.end();
            if (next.group(1) != null) {
                String value =
                        next.group(2) != null ? next.group(2) : next.group(3).replaceAll("\\\\(.)", "$1");
                if (parameters.putIfAbsent(next.group(1).toLowerCase(Locale.ROOT), value) != null) {
                    throw refused(text, where);
                }
            }
        }
        return new MediaType(type.group().toLowerCase(Locale.ROOT), parameters).checked(text, where);
    }

    /** Refuses types that cannot be the type of a file, such as multipart, whose boundary the program does not know. */
    private MediaType checked(String text, String where) throws InvalidSubmissionException {
        boolean isForeign = name.startsWith("multipart/")
                || name.equals("message/partial")
                || name.equals("message/external-body")
                || parameters.containsKey("boundary");
        if (isForeign) {
            throw refused(text, where);
        }
        return this;
    }

    /** Whether the content is a message, which must not be encoded (RFC 2046 §5.2.1). */
    boolean isMessage() {
        return name.startsWith("message/");
    }

    /** The value of a parameter. */
    Optional<String> parameter(String parameter) {
        return Optional.ofNullable(parameters.get(parameter));
    }

    private static InvalidSubmissionException refused(String text, String where) {
        return InvalidSubmissionException.unacceptable(where + " of type " + text + EXPECTED);
    }
}
