package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.smtp.Reply;
import dev.caravan.store.FreeSpaceGuard;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Answers 452 4.3.1 while the disk or the broker's store has too little free space. */
public final class StorageGuardStep implements Processor, NonBlockingStep {
    private static final Reply NO_ROOM = Reply.of(452, "4.3.1", "no room to keep mail now, try again later");

    private static final String NAME = "storageGuard";

    private final FreeSpaceGuard guard;
    private final Decisions decisions;

    public StorageGuardStep(FreeSpaceGuard guard, Decisions decisions) {
        this.guard = guard;
        this.decisions = decisions;
    }

    @Override
    public void process(Exchange exchange) {
        if (guard.isFull()) {
            decisions.reply(exchange, NAME, NO_ROOM, () -> guard.freeOctets() + " octets free on disk");
        } else {
            decisions.pass(exchange, NAME, () -> "");
        }
    }
}
