package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueJson;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.queue.MissingContentException;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueItemFormatException;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects one page of a listing, up to a number of lines, a number of characters and a time. */
final class ListingPage {
    /** Lines with many recipients are long. */
    private static final int MAX_CHARACTERS = 1 << 20;

    private static final long MAX_NANOS = 1_000_000_000;

    private final QueueListing.Request request;
    private final Spool spool;
    private final List<String> lines = new ArrayList<>();
    private final long begun = System.nanoTime();
    private int characters;

    ListingPage(QueueListing.Request request, Spool spool) {
        this.request = request;
        this.spool = spool;
    }

    /** Whether the page must end here. */
    boolean isFull() {
        return lines.size() >= request.limit()
                || characters >= MAX_CHARACTERS
                || System.nanoTime() - begun >= MAX_NANOS;
    }

    /** Adds a line for a message if the filter selects it. */
    void addIfSelected(String queue, Message message) throws JMSException {
        Optional<QueueItem> item = item(message, spool).filter(request.filter()::matches);
        if (item.isPresent()) {
            String line =
                    request.withDetails() ? QueueJson.details(queue, item.get()) : QueueJson.line(queue, item.get());
            add(line);
            return;
        }
        Optional<UnsupportedItemException> unsupported = MessageCopy.unsupported(message);
        if (unsupported.isPresent()
                && request.filter().mayList(unsupported.get().id())) {
            add(QueueJson.unsupported(queue, unsupported.get(), ItemProperties.known(message)));
        }
    }

    private void add(String line) {
        lines.add(line);
        characters += line.length();
    }

    List<String> lines() {
        return lines;
    }

    /**
     * The item that a message holds, as {@link #item}; the caller asks the filter whether it selects the item.
     *
     * @throws UnsupportedItemException if a newer server wrote the item, and the filter may select it.
     */
    static Optional<QueueItem> itemFor(QueueFilter filter, Message message, Spool spool)
            throws JMSException, UnsupportedItemException {
        Optional<QueueItem> item = item(message, spool);
        if (item.isEmpty()) {
            Optional<UnsupportedItemException> unsupported = MessageCopy.unsupported(message);
            if (unsupported.isPresent() && filter.mayMean(unsupported.get().id())) {
                throw unsupported.get();
            }
        }
        return item;
    }

    /**
     * The item that a message holds, also if its content is missing; empty if the message is no item, or an item of a newer
     * server.
     */
    static Optional<QueueItem> item(Message message, Spool spool) throws JMSException {
        Optional<byte[]> octets = MessageCopy.octets(message);
        if (octets.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(QueueItemFormat.read(octets.get(), spool));
        } catch (MissingContentException e) {
            return Optional.of(e.item());
        } catch (QueueItemFormatException | UnsupportedItemException e) {
            return Optional.empty();
        }
    }
}
