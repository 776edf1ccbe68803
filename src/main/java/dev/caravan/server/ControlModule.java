package dev.caravan.server;

import dev.caravan.admin.ControlFile;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.StoreScanner;
import dev.caravan.control.BrowserListing;
import dev.caravan.control.ControlListener;
import dev.caravan.control.Flush;
import dev.caravan.control.QueueListing;
import dev.caravan.control.QueueOperations;
import dev.caravan.control.QueueResource;
import dev.caravan.control.QueueRotation;
import dev.caravan.control.Remove;
import dev.caravan.control.StoreListing;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpResponse;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.queue.QueueState;
import dev.caravan.queue.Spool;
import dev.caravan.trace.MailEvents;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Makes what answers the commands of operators. */
public final class ControlModule {
    private static final String NOT_HERE = "a broker by itself changes nothing (expected: the home of a server)";

    private ControlModule() {}

    /**
     * What commands stand on.
     *
     * @param walk through the broker's store, if it is in our process.
     */
    record Ground(
            HttpEngine engine,
            Path data,
            ShutdownState stopping,
            BrokerConnections connections,
            Optional<StoreScanner> walk,
            Spool spool,
            Clock clock) {}

    /** What moves mail, or knows of it. */
    record Movers(RetryScheduler mover, JournalCompactor renewal, MailEvents events, DeadHostCache hosts) {}

    /**
     * The control server of a broker by itself: it lists, and leaves all else to the servers, which have the spool.
     *
     * @param spool the folder of large contents, as far as it is known here.
     */
    public static ControlListener control(HttpEngine engine, Path data, EmbeddedBroker broker, Spool spool) {
        QueueListing listing = new StoreListing(new StoreScanner(broker.service()), spool);
        ControlListener control = new ControlListener(engine, data.resolve(ControlFile.NAME), new ShutdownState());
        control.add("GET", "/queue", request -> QueueResource.list(listing, request));
        for (String verb : List.of(Flush.NAME, Remove.NAME)) {
            control.add("POST", "/queue/" + verb, request -> HttpResponse.refusal(409, NOT_HERE));
        }
        return control;
    }

    /** The control server with the pages of the queues; it does not serve yet. */
    static ControlListener control(Ground ground, Movers movers) {
        Spool spool = ground.spool();
        KnownQueues queues = new KnownQueues(ground.walk(), movers.mover());
        QueueListing listing = ground.walk()
                .<QueueListing>map(walk -> new StoreListing(walk, spool))
                .orElseGet(() -> new BrowserListing(ground.connections(), queues, spool));
        QueueOperations commands = new QueueOperations(
                queues,
                ground.walk(),
                new QueueRotation(ground.connections(), ground.clock()),
                new QueueOperations.Ground(movers.mover(), movers.renewal(), ground.stopping(), spool, ground.clock()));
        QueueResource pages = new QueueResource(commands);
        ControlListener control =
                new ControlListener(ground.engine(), ground.data().resolve(ControlFile.NAME), ground.stopping());
        control.add("GET", "/queue", request -> QueueResource.list(listing, request));
        control.add(
                "POST",
                "/queue/" + Flush.NAME,
                request -> pages.run(
                        request, Flush.STATES, filter -> new Flush(filter, spool, movers.hosts(), movers.events())));
        control.add(
                "POST",
                "/queue/" + Remove.NAME,
                request -> pages.run(
                        request,
                        QueueState.UNFINISHED,
                        filter -> new Remove(filter, spool, movers.events(), ground.clock())));
        return control;
    }
}
