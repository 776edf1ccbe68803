package dev.caravan.control;

import dev.caravan.admin.ControlFile;
import dev.caravan.admin.QueueVerb;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.QueueRotation;
import dev.caravan.broker.StoreScanner;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.delivery.PacingSnapshot;
import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpResponse;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.queue.Spool;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.trace.MailEvents;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes the listeners for operators' commands. */
public final class ControlModule {
    private static final String NOT_HERE = "a broker by itself changes nothing (expected: the home of a server)";

    private ControlModule() {}

    /**
     * The listener of a broker without a server: it lists, and refuses to change queues, since only servers have the
     * spool.
     *
     * @param spool the folder of large contents; it need not be readable from here.
     */
    public static ControlListener ofBroker(HttpEngine engine, Path data, EmbeddedBroker broker, Spool spool) {
        QueueListing listing = new StoreListing(new StoreScanner(broker.service()), spool);
        ControlListener control = new ControlListener(engine, data.resolve(ControlFile.NAME), new ShutdownState());
        control.add("GET", "/queue", request -> QueueResource.list(listing, Optional.empty(), request));
        for (QueueVerb verb : QueueVerb.values()) {
            control.add("POST", verb.path(), request -> HttpResponse.refusal(409, NOT_HERE));
        }
        return control;
    }

    /**
     * The listener of a server; it does not serve yet.
     *
     * @param scanner of the broker's store; empty if the broker is a process of its own.
     * @param queues the names of all queues.
     * @param scheduler paused during each slice of a command, which would miss the messages that it moves meanwhile.
     * @param compactor paused likewise.
     * @param hosts forgets unreachable hosts when mail is flushed.
     * @param inHand what this server is delivering.
     * @param hasPeers whether other servers may use the same broker.
     * @param pacing what runs and waits by SMTP.
     */
    public static ControlListener ofServer(
            HttpEngine engine,
            Path data,
            ShutdownState shutdown,
            BrokerConnections connections,
            Optional<StoreScanner> scanner,
            KnownQueues queues,
            Spool spool,
            RetryScheduler scheduler,
            JournalCompactor compactor,
            DeadHostCache hosts,
            DeliveriesInHand inHand,
            boolean hasPeers,
            Supplier<PacingSnapshot> pacing,
            MailEvents events,
            Clock clock) {
        QueueListing listing = scanner.<QueueListing>map(store -> new StoreListing(store, spool))
                .orElseGet(() -> new BrowserListing(connections, queues, spool));
        QueueActions actions = new QueueActions(spool, hosts, events, clock);
        InHandCommands commands = new InHandCommands(inHand);
        Optional<PeerCommands> peers = hasPeers
                ? Optional.of(new PeerCommands(
                        connections,
                        shutdown,
                        asked -> actions.of(asked.verb(), asked.filter(), asked.request()),
                        commands))
                : Optional.empty();
        QueueOperations operations = new QueueOperations(
                queues,
                scanner,
                new QueueRotation(connections, clock),
                commands,
                peers,
                scheduler,
                compactor,
                shutdown,
                spool,
                clock);
        QueueListing delivered = new InHandListing(inHand, hasPeers, clock);
        QueueResource resource = new QueueResource(operations, actions);
        ControlListener control = new ControlListener(engine, data.resolve(ControlFile.NAME), shutdown);
        control.add("GET", "/queue", request -> QueueResource.list(listing, Optional.of(delivered), request));
        peers.ifPresent(control::with);
        control.add("GET", DeliveriesResource.PATH, new DeliveriesResource(inHand, pacing, clock)::answer);
        for (QueueVerb verb : QueueVerb.values()) {
            control.add("POST", verb.path(), request -> resource.run(verb, request));
        }
        return control;
    }
}
