package dev.caravan.session;

import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.MailParameters;
import dev.caravan.smtp.Extensions;
import dev.caravan.smtp.MailTimes;
import dev.caravan.smtp.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Which times a client may ask for: until when a message is held back, and until when it is to be delivered. */
final class TimeRules {
    private static final String BAD_VALUE = "5.5.4";

    private TimeRules() {}

    /**
     * Why the times are refused; empty if they are allowed.
     *
     * @param longestHold for how long a message may be held back.
     */
    static Optional<Reply> refusal(MailTimes times, Duration longestHold, Instant now) {
        Optional<Instant> release = times.releaseAt(now);
        if (release.isPresent()) {
            if (release.get().isAfter(now.plus(longestHold))) {
                return bad("the message would be held back too long (expected: <= " + longestHold.toSeconds()
                        + " seconds, until " + now.plus(longestHold).truncatedTo(ChronoUnit.SECONDS) + ")");
            }
            if (release.get().isBefore(now)) {
                return bad("the message would be held back until a time that is over (expected: a later one than "
                        + now.truncatedTo(ChronoUnit.SECONDS) + ")");
            }
        }
        if (times.by().isEmpty()) {
            return Optional.empty();
        }
        MailTimes.By by = times.by().get();
        if (by.mode() == DeliverBy.Mode.RETURN && by.seconds() < Extensions.SHORTEST_TO_RETURN.toSeconds()) {
            return bad("too little time to deliver a message that is to be returned otherwise (expected: >= "
                    + Extensions.SHORTEST_TO_RETURN.toSeconds() + " seconds)");
        }
        Instant deadline = times.deliverBy(now).orElseThrow().at();
        return release.filter(deadline::isBefore).isPresent()
                ? bad("the message would have to be delivered before it is released (expected: a later time in BY)")
                : Optional.empty();
    }

    private static Optional<Reply> bad(String text) {
        return Optional.of(Reply.of(501, BAD_VALUE, text));
    }

    /** The parameters with these times. */
    static MailParameters with(MailParameters parameters, MailTimes times, Instant now) {
        return times.equals(MailTimes.NONE)
                ? parameters
                : parameters.withReleaseAt(times.releaseAt(now)).withDeliverBy(times.deliverBy(now));
    }
}
