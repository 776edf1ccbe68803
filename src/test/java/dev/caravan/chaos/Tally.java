package dev.caravan.chaos;

import java.util.List;

/**
 * What became of the mails of one round or of many. A mail for three recipients counts as three.
 *
 * @param acknowledged the client saw 250.
 * @param delivered of those, how many arrived.
 * @param bounced of those, how many the sender was told of.
 * @param queued of those, how many still wait.
 * @param lost of those, how many are nowhere.
 * @param duplicated copies too many for which there is no excuse.
 * @param explained copies too many that nobody can avoid: the peer had the mail, and either it or we were gone before
 *     we could know.
 * @param unheard the client saw no reply, and the mail was kept all the same.
 * @param doubtful the client saw 4yz, and the mail was kept all the same; it is doubled if the client sends it again.
 * @param longestWait milliseconds a client waited for a reply.
 */
public record Tally(
        long acknowledged,
        long delivered,
        long bounced,
        long queued,
        long lost,
        long duplicated,
        long explained,
        long unheard,
        long doubtful,
        long longestWait) {
    /** No mail at all. */
    public static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public Tally plus(Tally other) {
        return new Tally(
                acknowledged + other.acknowledged,
                delivered + other.delivered,
                bounced + other.bounced,
                queued + other.queued,
                lost + other.lost,
                duplicated + other.duplicated,
                explained + other.explained,
                unheard + other.unheard,
                doubtful + other.doubtful,
                Math.max(longestWait, other.longestWait));
    }

    /** Nothing was lost, and nothing doubled without an excuse. */
    public boolean isSound() {
        return lost == 0 && duplicated == 0;
    }

    List<Long> numbers() {
        return List.of(
                acknowledged, delivered, bounced, queued, lost, duplicated, explained, unheard, doubtful, longestWait);
    }

    static Tally of(List<Long> n) {
        return new Tally(
                n.get(0), n.get(1), n.get(2), n.get(3), n.get(4), n.get(5), n.get(6), n.get(7), n.get(8), n.get(9));
    }
}
