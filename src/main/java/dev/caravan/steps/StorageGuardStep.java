package dev.caravan.steps;

import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.smtp.Reply;
import dev.caravan.store.FreeSpaceGuard;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Answers 452 4.3.1 while the disk or the broker's store has too little free space. */
public final class StorageGuardStep implements Processor, NonBlockingStep {
    private static final Reply NO_ROOM = Reply.of(452, "4.3.1", "no room to keep mail now, try again later");

    private final FreeSpaceGuard guard;

    public StorageGuardStep(FreeSpaceGuard guard) {
        this.guard = guard;
    }

    @Override
    public void process(Exchange exchange) {
        if (guard.isFull()) {
            MailExchange.of(exchange).reply(NO_ROOM);
        }
    }
}
