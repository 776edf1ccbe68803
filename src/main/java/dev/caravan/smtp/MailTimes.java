package dev.caravan.smtp;

import dev.caravan.mail.DeliverBy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The parameters of MAIL that are about time, as the client gave them: some count from now on.
 *
 * @param holdFor HOLDFOR: for how long the message is to be held back, at least a second (RFC 4865 §4).
 * @param holdUntil HOLDUNTIL: until when instead.
 * @param by BY (RFC 2852 §4).
 */
public record MailTimes(Optional<Duration> holdFor, Optional<Instant> holdUntil, Optional<By> by) {
    /** No such parameter. */
    public static final MailTimes NONE = new MailTimes(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * In how many seconds the message is to be delivered.
     *
     * @param seconds up to nine digits; zero or negative only for {@link DeliverBy.Mode#NOTIFY}: the time is over.
     */
    public record By(long seconds, DeliverBy.Mode mode, boolean isTraced) {}

    /** The time of release, if the message is to be held back. */
    public Optional<Instant> releaseAt(Instant now) {
        return holdUntil.or(() -> holdFor.map(now::plus));
    }

    /** The deadline. */
    public Optional<DeliverBy> deliverBy(Instant now) {
        return by.map(asked -> new DeliverBy(now.plusSeconds(asked.seconds()), asked.mode(), asked.isTraced()));
    }
}
