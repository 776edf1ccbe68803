package dev.caravan.server;

import dev.caravan.mail.MemoryShare;

/**
 * Divides the heap into shares for the kinds of input, so that none can take the memory of the others or of the server
 * itself. Together the shares are about half of the heap; the rest is for the broker, the routes and connections.
 *
 * @param content messages that are received and not yet stored.
 * @param input what clients and sources submit besides content: addresses, header fields, long lines.
 * @param network content that was received and waits for the disk.
 * @param filters contents that a step holds as a whole.
 * @param deliveries items of messages to many recipients.
 */
record HeapBudget(
        MemoryShare content, MemoryShare input, MemoryShare network, MemoryShare filters, MemoryShare deliveries) {
    /**
     * The shares of a heap.
     *
     * @param heap octets that the heap may have.
     * @param mostContent the limit in octets that the operator has set for messages being received.
     */
    static HeapBudget of(long heap, long mostContent) {
        return new HeapBudget(
                new MemoryShare("content", Math.min(mostContent, heap / 6)),
                new MemoryShare("input", heap / 12),
                // This is direct memory, which has the size of the heap.
                new MemoryShare("network", heap / 4),
                new MemoryShare("filters", heap / 8),
                new MemoryShare("deliveries", heap / 10));
    }
}
