package dev.caravan.control;

import dev.caravan.admin.QueueJson;
import dev.caravan.broker.MessageCopy;
import dev.caravan.queue.MissingContentException;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueItemFormatException;
import dev.caravan.queue.Spool;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Fills one page of a listing: ends it when it has enough lines, enough text, or took long enough. */
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

    /** Whether the page is to end here. */
    boolean isFull() {
        return lines.size() >= request.limit()
                || characters >= MAX_CHARACTERS
                || System.nanoTime() - begun >= MAX_NANOS;
    }

    /** Looks at a message, and adds a line if it is meant. */
    void see(String queue, Message message) throws JMSException {
        Optional<QueueItem> item = item(message, spool).filter(request.filter()::matches);
        if (item.isPresent()) {
            String line =
                    request.withDetails() ? QueueJson.details(queue, item.get()) : QueueJson.line(queue, item.get());
            lines.add(line);
            characters += line.length();
        }
    }

    List<String> lines() {
        return lines;
    }

    /** The item that a message holds, also if its content is missing; empty for what is no item. */
    static Optional<QueueItem> item(Message message, Spool spool) throws JMSException {
        Optional<byte[]> octets = MessageCopy.octets(message);
        if (octets.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(QueueItemFormat.read(octets.get(), spool));
        } catch (MissingContentException e) {
            return Optional.of(e.item());
        } catch (QueueItemFormatException e) {
            return Optional.empty();
        }
    }
}
