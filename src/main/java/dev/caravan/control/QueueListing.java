package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import java.util.List;
import java.util.Optional;

/** Lists the queues page by page, so that memory is bounded, and without consuming messages. */
public interface QueueListing {
    /**
     * A page of a listing.
     *
     * @param lines JSON objects, one for each item.
     * @param next the position of the next page; empty at the end.
     */
    record Page(List<String> lines, Optional<String> next) {
        public Page {
            lines = List.copyOf(lines);
        }
    }

    /**
     * The request for a page.
     *
     * @param after the {@code next} of the page before; empty to begin.
     * @param limit the maximum number of lines; greater than zero.
     * @param withDetails whether lines have all that is known about an item.
     */
    record Request(QueueFilter filter, Optional<String> after, int limit, boolean withDetails) {}

    /**
     * Reads a page. It may have fewer lines than the limit, even none, and yet not be the last.
     *
     * @throws IllegalArgumentException if {@code after} is not the {@code next} of a page.
     * @throws Exception if the queues cannot be read.
     */
    Page page(Request request) throws Exception;

    /** Tells the reader what the listing cannot see; empty if it sees all. */
    Optional<String> note();

    /** The number of messages in queues of the states, if the filter is for nothing else and it is known. */
    Optional<Long> count(QueueFilter filter) throws Exception;
}
