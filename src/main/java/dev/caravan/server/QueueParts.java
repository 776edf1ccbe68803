package dev.caravan.server;

import dev.caravan.admin.ControlFile;
import dev.caravan.broker.Connections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.QueueWalk;
import dev.caravan.control.BrowsedListing;
import dev.caravan.control.ControlServer;
import dev.caravan.control.FlushVerb;
import dev.caravan.control.QueueCommands;
import dev.caravan.control.QueueListing;
import dev.caravan.control.QueuePages;
import dev.caravan.control.QueuePass;
import dev.caravan.control.RemoveVerb;
import dev.caravan.control.StoreListing;
import dev.caravan.delivery.HostMemory;
import dev.caravan.events.EventOutlets;
import dev.caravan.housekeeping.BrokerQueues;
import dev.caravan.housekeeping.JournalRenewal;
import dev.caravan.housekeeping.RetryMover;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.WebReply;
import dev.caravan.lifecycle.Stopping;
import dev.caravan.queue.QueueState;
import dev.caravan.queue.Spool;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Makes what answers the commands of operators. */
public final class QueueParts {
    private static final String NOT_HERE = "a broker by itself changes nothing (expected: the home of a server)";

    private QueueParts() {}

    /**
     * What commands stand on.
     *
     * @param walk through the broker's store, if it is in our process.
     */
    record Ground(
            HttpEngine engine,
            Path data,
            Stopping stopping,
            Connections connections,
            Optional<QueueWalk> walk,
            Spool spool,
            Clock clock) {}

    /** What moves mail, or knows of it. */
    record Movers(RetryMover mover, JournalRenewal renewal, EventOutlets outlets, HostMemory hosts) {}

    /**
     * The control server of a broker by itself: it lists, and leaves all else to the servers, which have the spool.
     *
     * @param spool the folder of large contents, as far as it is known here.
     */
    public static ControlServer control(HttpEngine engine, Path data, EmbeddedBroker broker, Spool spool) {
        QueueListing listing = new StoreListing(new QueueWalk(broker.service()), spool);
        ControlServer control = new ControlServer(engine, data.resolve(ControlFile.NAME), new Stopping());
        control.add("GET", "/queue", request -> QueuePages.list(listing, request));
        for (String verb : List.of(FlushVerb.NAME, RemoveVerb.NAME)) {
            control.add("POST", "/queue/" + verb, request -> WebReply.refusal(409, NOT_HERE));
        }
        return control;
    }

    /** The control server with the pages of the queues; it does not serve yet. */
    static ControlServer control(Ground ground, Movers movers) {
        Spool spool = ground.spool();
        BrokerQueues queues = new BrokerQueues(ground.walk(), movers.mover());
        QueueListing listing = ground.walk()
                .<QueueListing>map(walk -> new StoreListing(walk, spool))
                .orElseGet(() -> new BrowsedListing(ground.connections(), queues, spool));
        QueueCommands commands = new QueueCommands(
                queues,
                ground.walk(),
                new QueuePass(ground.connections(), ground.clock()),
                new QueueCommands.Ground(movers.mover(), movers.renewal(), ground.stopping(), spool, ground.clock()));
        QueuePages pages = new QueuePages(commands);
        ControlServer control =
                new ControlServer(ground.engine(), ground.data().resolve(ControlFile.NAME), ground.stopping());
        control.add("GET", "/queue", request -> QueuePages.list(listing, request));
        control.add(
                "POST",
                "/queue/" + FlushVerb.NAME,
                request ->
                        pages.run(request, FlushVerb.STATES, filter -> new FlushVerb(filter, spool, movers.hosts())));
        control.add(
                "POST",
                "/queue/" + RemoveVerb.NAME,
                request -> pages.run(
                        request,
                        QueueState.UNFINISHED,
                        filter -> new RemoveVerb(filter, spool, movers.outlets(), ground.clock())));
        return control;
    }
}
