package dev.caravan.queue;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Printable;
import java.time.Instant;

/**
 * One delivery attempt, for operators. Characters other than printable ASCII are masked.
 *
 * @param at when it ended.
 * @param remote the host that replied, or empty; cut to 255 characters.
 * @param reply its reply, on one line; cut to 1 KiB.
 */
public record Attempt(Instant at, String remote, String reply) {
    public Attempt {
        remote = Printable.line(remote, Printable.MAX_HOST);
        reply = Printable.line(reply, Diagnosis.MAX_REPLY);
    }

    /** The attempt as it concerns one of its recipients. */
    public static Attempt of(Instant at, Diagnosis diagnosis) {
        return new Attempt(
                at, diagnosis.remoteMta().orElse(""), diagnosis.said().replace('\n', ' '));
    }
}
