package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import java.util.List;
import java.util.Optional;

/** Reads what is in the queues without taking part in deliveries, page by page, so that memory stays flat. */
public interface QueueListing {
    /**
     * A part of a listing.
     *
     * @param lines JSON objects, one for each item.
     * @param next from where to go on; empty if nothing is left.
     */
    record Page(List<String> lines, Optional<String> next) {
        public Page {
            lines = List.copyOf(lines);
        }
    }

    /**
     * What is asked for.
     *
     * @param after the {@code next} of the page before; empty to begin.
     * @param limit how many lines; greater than zero.
     * @param withDetails whether all is told that is known of each item.
     */
    record Request(QueueFilter filter, Optional<String> after, int limit, boolean withDetails) {}

    /**
     * The next items. A page may have fewer than were asked for, even none, and yet not be the last.
     *
     * @throws IllegalArgumentException if {@code after} is not of a page.
     * @throws Exception if the queues cannot be read.
     */
    Page page(Request request) throws Exception;

    /** What a reader must know of how far this sees; empty if it sees all. */
    Optional<String> note();

    /** How many mails there are in queues of these states; empty if that is not known. */
    Optional<Long> count(QueueFilter filter) throws Exception;
}
