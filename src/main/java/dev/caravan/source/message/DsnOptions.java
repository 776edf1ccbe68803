package dev.caravan.source.message;

import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;

/**
 * The options of the sender as a source gives them: about reports (RFC 3461 §4), and when and how urgently the message is
 * to be sent.
 *
 * @param envelopeId 1 to 100 characters of printable ASCII, not encoded as xtext; empty for none.
 * @param notification {@code never}, or some of {@code success}, {@code failure}, {@code delay}, separated by commas;
 *     empty for the default.
 * @param returned {@code full} or {@code hdrs}; empty for the default.
 * @param releaseAt the time before which it is not sent, with its zone (RFC 3339, RFC 4865); empty for now.
 * @param priority from -9 to 9 (RFC 6710); empty for 0.
 */
public record DsnOptions(
        Optional<String> envelopeId,
        Optional<String> notification,
        Optional<String> returned,
        Optional<String> releaseAt,
        Optional<String> priority) {
    /** Those about reports. */
    public DsnOptions(Optional<String> envelopeId, Optional<String> notification, Optional<String> returned) {
        this(envelopeId, notification, returned, Optional.empty(), Optional.empty());
    }

    /** No options. */
    public static final DsnOptions NONE = new DsnOptions(Optional.empty(), Optional.empty(), Optional.empty());

    /** These options, with missing ones taken from {@code others}. */
    DsnOptions or(DsnOptions others) {
        return new DsnOptions(
                envelopeId.or(others::envelopeId),
                notification.or(others::notification),
                returned.or(others::returned),
                releaseAt.or(others::releaseAt),
                priority.or(others::priority));
    }

    MailParameters parameters(Body body) throws InvalidSubmissionException {
        Optional<Returned> amount = Optional.empty();
        if (returned.isPresent()) {
            amount = Optional.of(
                    switch (returned.get().toLowerCase(Locale.ROOT)) {
                        case "full" -> Returned.FULL;
                        case "hdrs" -> Returned.HEADERS;
                        default ->
                            throw InvalidSubmissionException.unacceptable("unknown ret (expected: full or hdrs)");
                    });
        }
        Optional<Instant> release = release();
        int urgency = urgency();
        try {
            return MailParameters.NONE
                    .withBody(body)
                    .withReturned(amount)
                    .withEnvelopeId(envelopeId)
                    .withReleaseAt(release)
                    .withPriority(urgency);
        } catch (IllegalArgumentException e) {
            throw InvalidSubmissionException.unacceptable(
                    "malformed envelope or correlation id (expected: 1 to 100 characters of printable ASCII)");
        }
    }

    private Optional<Instant> release() throws InvalidSubmissionException {
        if (releaseAt.isEmpty()) {
            return Optional.empty();
        }
        try {
            if (!releaseAt.get().matches("[0-9]{4}-.*")) {
                throw new DateTimeException("another year than RFC 3339 has");
            }
            return Optional.of(OffsetDateTime.parse(releaseAt.get().toUpperCase(Locale.ROOT))
                    .toInstant());
        } catch (DateTimeException e) {
            throw InvalidSubmissionException.unacceptable(
                    "malformed releaseAt (expected: a time with its zone, such as 2026-12-24T18:00:00Z)");
        }
    }

    private int urgency() throws InvalidSubmissionException {
        String number = priority.orElse("0");
        if (!number.matches("-?[0-9]")) {
            throw InvalidSubmissionException.unacceptable("malformed priority (expected: -9 to 9)");
        }
        return Integer.parseInt(number);
    }

    Notify conditions() throws InvalidSubmissionException {
        if (notification.isEmpty()) {
            return Notify.DEFAULT;
        }
        String words = notification.get().toLowerCase(Locale.ROOT);
        if (words.equals("never")) {
            return Notify.NEVER;
        }
        EnumSet<Notify.Condition> asked = EnumSet.noneOf(Notify.Condition.class);
        for (String word : words.split(",", -1)) {
            asked.add(
                    switch (word.strip()) {
                        case "success" -> Notify.Condition.SUCCESS;
                        case "failure" -> Notify.Condition.FAILURE;
                        case "delay" -> Notify.Condition.DELAY;
                        default ->
                            throw InvalidSubmissionException.unacceptable(
                                    "unknown notify (expected: never, or some of success,failure,delay)");
                    });
        }
        return new Notify(Optional.of(asked));
    }
}
