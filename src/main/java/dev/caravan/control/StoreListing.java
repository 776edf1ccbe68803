package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.StoreScanner;
import dev.caravan.queue.Spool;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Lists the store of the embedded broker: every message, also those in delivery. */
public final class StoreListing implements QueueListing {
    private final StoreScanner scanner;
    private final Spool spool;

    public StoreListing(StoreScanner scanner, Spool spool) {
        this.scanner = scanner;
        this.spool = spool;
    }

    private record Seen(Message message, long place) {}

    @Override
    public Page page(Request request) throws Exception {
        Optional<ListingCursor> after = ListingCursor.of(request.after());
        ListingPage items = new ListingPage(request, spool);
        for (String queue : request.filter().queues(scanner.queues())) {
            if (after.isPresent() && QueueFilter.inOrder(queue, after.get().queue()) < 0) {
                continue;
            }
            OptionalLong next =
                    OptionalLong.of(after.filter(place -> place.queue().equals(queue))
                            .map(ListingCursor::next)
                            .orElse(0L));
            while (next.isPresent()) {
                if (items.isFull()) {
                    return new Page(items.lines(), Optional.of(new ListingCursor(queue, next.getAsLong()).toString()));
                }
                next = read(queue, next.getAsLong(), items);
            }
        }
        return new Page(items.lines(), Optional.empty());
    }

    /** Parses the messages after a page of them is read, since the store is locked while it is read. */
    private OptionalLong read(String queue, long from, ListingPage items) throws Exception {
        List<Seen> page = new ArrayList<>();
        OptionalLong next = scanner.page(queue, from, (message, place) -> page.add(new Seen(message, place)));
        for (Seen seen : page) {
            if (items.isFull()) {
                return OptionalLong.of(seen.place());
            }
            items.addIfSelected(queue, seen.message());
        }
        return next;
    }

    @Override
    public Optional<String> note() {
        return Optional.empty();
    }

    @Override
    public Optional<Long> count(QueueFilter filter) throws Exception {
        if (!filter.isAll()) {
            return Optional.empty();
        }
        long count = 0;
        for (String queue : filter.queues(scanner.queues())) {
            count += scanner.depth(queue);
        }
        return Optional.of(count);
    }
}
