package dev.caravan.server;

import dev.caravan.mail.MemoryShare;

/**
 * What the heap may hold of what comes from outside, in shares, so that no kind of input can take the memory of the
 * others or of the server itself. Together the shares are about half of the heap; the rest is for the broker, the routes
 * and connections.
 *
 * @param content messages that are received and not yet stored.
 * @param input what sources hand in, besides the content: addresses, header fields, long lines.
 * @param network what was received and waits for the disk.
 * @param filters contents that a step works on as a whole.
 * @param deliveries items that are made of messages to many.
 */
record HeapBudget(
        MemoryShare content, MemoryShare input, MemoryShare network, MemoryShare filters, MemoryShare deliveries) {
    /**
     * The shares of a heap.
     *
     * @param heap octets that the heap may have.
     * @param mostContent octets that messages being received may have at most, as the operator has set it.
     */
    static HeapBudget of(long heap, long mostContent) {
        return new HeapBudget(
                new MemoryShare("content", Math.min(mostContent, heap / 6)),
                new MemoryShare("input", heap / 12),
                // Outside the heap, where there is as much.
                new MemoryShare("network", heap / 4),
                new MemoryShare("filters", heap / 8),
                new MemoryShare("deliveries", heap / 10));
    }
}
