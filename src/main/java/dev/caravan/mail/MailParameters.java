package dev.caravan.mail;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The parameters of MAIL FROM, which apply to the message as a whole.
 *
 * @param body BODY (RFC 6152, RFC 3030).
 * @param isUtf8 SMTPUTF8: addresses or header fields may be in UTF-8 (RFC 6531 §3.4).
 * @param returned RET: how much of the message a failure report contains (RFC 3461 §4.3); empty if not given.
 * @param envelopeId ENVID, decoded from xtext: printable ASCII of at most 100 octets (RFC 3461 §4.4); empty if not
 *     given.
 * @param authorization AUTH: who submitted the message (RFC 4954 §5), the null path if this is unknown or not
 *     believed; empty if not given.
 * @param releaseAt HOLDFOR or HOLDUNTIL: the time before which the message is not delivered (RFC 4865); empty if not
 *     given.
 * @param priority MT-PRIORITY: from -9 to 9, more urgent is greater; 0 if not given (RFC 6710 §4).
 * @param deliverBy BY: until when it is to be delivered (RFC 2852); empty if not given.
 * @param isTlsRequired REQUIRETLS: it is relayed only over TLS with a verified server (RFC 8689).
 */
public record MailParameters(
        Body body,
        boolean isUtf8,
        Optional<Returned> returned,
        Optional<String> envelopeId,
        Optional<ReversePath> authorization,
        Optional<Instant> releaseAt,
        int priority,
        Optional<DeliverBy> deliverBy,
        boolean isTlsRequired) {
    /** The greatest priority; the least is its negative. */
    public static final int MAX_PRIORITY = 9;

    /** No parameters. */
    public static final MailParameters NONE = new MailParameters(
            Body.SEVEN_BIT,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.empty(),
            false);

    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,100}");

    /** Which octets the content may hold. */
    public enum Body {
        /** ASCII in lines (RFC 5321 §2.3.1). */
        SEVEN_BIT,
        /** Any octets in lines (RFC 6152 §3). */
        EIGHT_BIT_MIME,
        /** Any octets (RFC 3030 §3). */
        BINARY
    }

    /** RET=FULL or RET=HDRS. */
    public enum Returned {
        FULL,
        HEADERS
    }

    /** @throws IllegalArgumentException if the envelope id is malformed or the priority out of range. */
    public MailParameters {
        if (envelopeId.isPresent() && !PRINTABLE.matcher(envelopeId.get()).matches()) {
            throw new IllegalArgumentException("envelope id is not printable ASCII of 1 to 100 octets");
        }
        if (Math.abs(priority) > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority " + priority + " (expected: -9 to 9)");
        }
    }

    /** The same with another BODY. */
    public MailParameters withBody(Body other) {
        return new MailParameters(
                other, isUtf8, returned, envelopeId, authorization, releaseAt, priority, deliverBy, isTlsRequired);
    }

    /** The same with or without SMTPUTF8. */
    public MailParameters withUtf8(boolean other) {
        return new MailParameters(
                body, other, returned, envelopeId, authorization, releaseAt, priority, deliverBy, isTlsRequired);
    }

    /** The same with another RET. */
    public MailParameters withReturned(Optional<Returned> other) {
        return new MailParameters(
                body, isUtf8, other, envelopeId, authorization, releaseAt, priority, deliverBy, isTlsRequired);
    }

    /**
     * The same with another ENVID.
     *
     * @throws IllegalArgumentException if it is malformed.
     */
    public MailParameters withEnvelopeId(Optional<String> other) {
        return new MailParameters(
                body, isUtf8, returned, other, authorization, releaseAt, priority, deliverBy, isTlsRequired);
    }

    /** The same with another AUTH. */
    public MailParameters withAuthorization(Optional<ReversePath> other) {
        return new MailParameters(
                body, isUtf8, returned, envelopeId, other, releaseAt, priority, deliverBy, isTlsRequired);
    }

    /** The same with another time of release. */
    public MailParameters withReleaseAt(Optional<Instant> other) {
        return new MailParameters(
                body, isUtf8, returned, envelopeId, authorization, other, priority, deliverBy, isTlsRequired);
    }

    /**
     * The same with another MT-PRIORITY.
     *
     * @throws IllegalArgumentException if it is out of range.
     */
    public MailParameters withPriority(int other) {
        return new MailParameters(
                body, isUtf8, returned, envelopeId, authorization, releaseAt, other, deliverBy, isTlsRequired);
    }

    /** The same with another BY. */
    public MailParameters withDeliverBy(Optional<DeliverBy> other) {
        return new MailParameters(
                body, isUtf8, returned, envelopeId, authorization, releaseAt, priority, other, isTlsRequired);
    }

    /** The same with or without REQUIRETLS. */
    public MailParameters withTlsRequired(boolean other) {
        return new MailParameters(
                body, isUtf8, returned, envelopeId, authorization, releaseAt, priority, deliverBy, other);
    }
}
