package dev.caravan.delivery;

import dev.caravan.mail.Printable;
import java.util.List;

/**
 * What runs and waits at one moment. Immutable.
 *
 * @param running the attempts that have their places.
 * @param waiting the attempts that wait in memory for theirs.
 * @param places how many attempts may be in hand, running or waiting.
 * @param destinations those with attempts in hand, in no order.
 */
public record PacingSnapshot(int running, int waiting, int places, List<Destination> destinations) {
    private static final int MAX_TEXT = 200;

    /**
     * One destination: all recipient domains with the same mail hosts.
     *
     * @param name the names of the hosts; as the DNS has them, printable ASCII, cut to 200 characters.
     * @param running its attempts that run.
     * @param waiting its attempts that wait in memory.
     * @param limit how many may run.
     * @param why the limit is what it is, for people.
     * @param speed {@code quick}, {@code unknown} or {@code slow}.
     * @param lastReply the last reply of a host, or why there was none; printable ASCII, cut to 200 characters; empty if
     *     there is none yet.
     */
    public record Destination(
            String name, int running, int waiting, int limit, String why, String speed, String lastReply) {
        public Destination {
            name = Printable.line(name, MAX_TEXT);
            why = Printable.line(why, MAX_TEXT);
            lastReply = Printable.line(lastReply, MAX_TEXT);
        }
    }

    public PacingSnapshot {
        destinations = List.copyOf(destinations);
    }
}
