package dev.caravan.mail;

import java.time.Instant;

/**
 * Until when the sender wants a message delivered, and what is to become of it then: BY (RFC 2852 §4).
 *
 * @param at the time by which it is to be delivered; the parameter gives seconds from the MAIL command on.
 * @param mode what happens at that time.
 * @param isTraced whether each relay reports that it has passed the message on ({@code T}).
 * @param isTold whether the sender has been told that the time is over; then it means nothing more.
 */
public record DeliverBy(Instant at, Mode mode, boolean isTraced, boolean isTold) {
    /** A deadline that the sender was not told of. */
    public DeliverBy(Instant at, Mode mode, boolean isTraced) {
        this(at, mode, isTraced, false);
    }

    /** The same, of which the sender was told. */
    public DeliverBy told() {
        return new DeliverBy(at, mode, isTraced, true);
    }

    /** Whether it is over and something is still to be done about that. */
    public boolean isMissed(Instant now) {
        return !isTold && !now.isBefore(at);
    }

    /** What happens to a message that has not been delivered in time. */
    public enum Mode {
        /** It is returned ({@code R}). */
        RETURN("R"),
        /** Its sender is told, and attempts go on ({@code N}). */
        NOTIFY("N");

        private final String letter;

        Mode(String letter) {
            this.letter = letter;
        }

        /** The mode as a parameter of MAIL has it. */
        public String letter() {
            return letter;
        }
    }
}
