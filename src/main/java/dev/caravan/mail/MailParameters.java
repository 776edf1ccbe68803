package dev.caravan.mail;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The parameters of MAIL FROM, which apply to the message as a whole.
 *
 * @param body BODY (RFC 6152).
 * @param returned RET: how much of the message a failure report contains (RFC 3461 §4.3); empty if not given.
 * @param envelopeId ENVID, decoded from xtext: printable ASCII of at most 100 octets (RFC 3461 §4.4); empty if not
 *     given.
 */
public record MailParameters(Body body, Optional<Returned> returned, Optional<String> envelopeId) {
    /** No parameters. */
    public static final MailParameters NONE = new MailParameters(Body.SEVEN_BIT, Optional.empty(), Optional.empty());

    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,100}");

    /** Which octets the content may hold (RFC 6152 §3). */
    public enum Body {
        SEVEN_BIT,
        EIGHT_BIT_MIME
    }

    /** RET=FULL or RET=HDRS. */
    public enum Returned {
        FULL,
        HEADERS
    }

    /** @throws IllegalArgumentException if the envelope id is malformed. */
    public MailParameters {
        if (envelopeId.isPresent() && !PRINTABLE.matcher(envelopeId.get()).matches()) {
            throw new IllegalArgumentException("envelope id is not printable ASCII of 1 to 100 octets");
        }
    }

    /** The same with another BODY. */
    public MailParameters withBody(Body other) {
        return new MailParameters(other, returned, envelopeId);
    }

    /** The same with another RET. */
    public MailParameters withReturned(Optional<Returned> other) {
        return new MailParameters(body, other, envelopeId);
    }

    /**
     * The same with another ENVID.
     *
     * @throws IllegalArgumentException if it is malformed.
     */
    public MailParameters withEnvelopeId(Optional<String> other) {
        return new MailParameters(body, returned, other);
    }
}
