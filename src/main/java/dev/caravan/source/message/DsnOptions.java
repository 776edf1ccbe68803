package dev.caravan.source.message;

import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;

/**
 * The DSN options of the sender as a source gives them (RFC 3461 §4).
 *
 * @param envelopeId 1 to 100 characters of printable ASCII, not encoded as xtext; empty for none.
 * @param notification {@code never}, or some of {@code success}, {@code failure}, {@code delay}, separated by commas;
 *     empty for the default.
 * @param returned {@code full} or {@code hdrs}; empty for the default.
 */
public record DsnOptions(Optional<String> envelopeId, Optional<String> notification, Optional<String> returned) {
    /** No options. */
    public static final DsnOptions NONE = new DsnOptions(Optional.empty(), Optional.empty(), Optional.empty());

    /** These options, with missing ones taken from {@code others}. */
    DsnOptions or(DsnOptions others) {
        return new DsnOptions(
                envelopeId.or(others::envelopeId),
                notification.or(others::notification),
                returned.or(others::returned));
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
        try {
            return MailParameters.NONE.withBody(body).withReturned(amount).withEnvelopeId(envelopeId);
        } catch (IllegalArgumentException e) {
            throw InvalidSubmissionException.unacceptable(
                    "malformed envelope or correlation id (expected: 1 to 100 characters of printable ASCII)");
        }
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
