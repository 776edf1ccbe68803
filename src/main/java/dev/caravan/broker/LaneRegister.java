package dev.caravan.broker;

import dev.caravan.queue.QueueNames;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The names of the lanes of parked mail on a broker that does not announce its queues, as Artemis: each is a message in the
 * queue {@code mail.lanes}, so that every server finds all lanes, also after a restart. A name is entered in the
 * transaction that parks the first item, and again each hour while the lane is used; it is removed when it has been entered
 * by nobody for three hours and the lane is empty. Thread-safe.
 */
public final class LaneRegister {
    private static final String ENTRY = "laneEntry";
    private static final Duration VALID = Duration.ofHours(1);
    private static final Duration REMOVABLE = VALID.multipliedBy(3);
    /** The most entries that are removed at a time. */
    private static final int MOST_REMOVED = 200;

    private static final long LONGEST_RECEIVE_MILLIS = 200;
    /** Of a message with a short name and its properties. */
    private static final long APPROXIMATE_OCTETS = 300;

    private final BrokerConnections connections;
    private final Clock clock;
    private final Map<String, Instant> entered = new ConcurrentHashMap<>();
    private volatile boolean needed;

    private record Entry(String id, String lane, Instant at) {}

    public LaneRegister(BrokerConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** Finds out whether the broker of a connection announces its queues; then nothing is entered. */
    public void probe(Connection connection) {
        needed = !BrokerConnections.announcesQueues(connection);
    }

    /**
     * What is to be sent in the transaction that parks an item; empty if the lane's name is entered already.
     *
     * @param lane the name of its queue.
     */
    public Optional<TransactedSend> entry(String lane) {
        Instant last = entered.get(lane);
        boolean isKnown = last != null && clock.instant().isBefore(last.plus(VALID));
        return !needed || isKnown ? Optional.empty() : Optional.of(new NewEntry(lane));
    }

    /** The transaction with the entry is committed. */
    public void entered(String lane) {
        if (needed) {
            Instant now = clock.instant();
            entered.values().removeIf(at -> at.plus(VALID).isBefore(now));
            entered.putIfAbsent(lane, now);
        }
    }

    /** The names of the queues of all lanes; none if the broker announces its queues. */
    public Set<String> names() throws JMSException {
        if (!needed) {
            return Set.of();
        }
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            Set<String> names = new TreeSet<>();
            entries(session).forEach(entry -> names.add(entry.lane()));
            return names;
        }
    }

    /** Removes entries that are not needed any more; some of them if there are many. */
    public void tidy(Connection connection) throws JMSException {
        if (!needed) {
            return;
        }
        try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            int removed = 0;
            for (Entry entry : removable(session)) {
                if (++removed > MOST_REMOVED || !remove(session, entry)) {
                    return;
                }
            }
        }
    }

    private List<Entry> removable(Session session) throws JMSException {
        Map<String, Entry> newest = new HashMap<>();
        List<Entry> removable = new ArrayList<>();
        for (Entry entry : entries(session)) {
            Entry other = newest.get(entry.lane());
            boolean isNewer = other == null || entry.at().isAfter(other.at());
            if (isNewer) {
                newest.put(entry.lane(), entry);
            }
            if (other != null) {
                removable.add(isNewer ? other : entry);
            }
        }
        Instant limit = clock.instant().minus(REMOVABLE);
        for (Entry entry : newest.values()) {
            if (entry.at().isBefore(limit) && isEmpty(session, entry.lane())) {
                removable.add(entry);
            }
        }
        return removable;
    }

    private static boolean isEmpty(Session session, String queue) throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(session, queue)) {
            return !browsed.hasNext();
        }
    }

    /** False if another server has removed it. */
    private static boolean remove(Session session, Entry entry) throws JMSException {
        try (MessageConsumer consumer =
                session.createConsumer(session.createQueue(QueueNames.LANES), ENTRY + " = '" + entry.id() + "'")) {
            return consumer.receive(LONGEST_RECEIVE_MILLIS) != null;
        }
    }

    private static List<Entry> entries(Session session) throws JMSException {
        List<Entry> entries = new ArrayList<>();
        try (BrowsedQueue browsed = new BrowsedQueue(session, QueueNames.LANES)) {
            while (browsed.hasNext()) {
                entry(browsed.next()).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** Empty for another program's message. */
    private static Optional<Entry> entry(Message message) throws JMSException {
        String id = message.getStringProperty(ENTRY);
        if (id == null || !isUuid(id) || !(message instanceof TextMessage text) || text.getText() == null) {
            return Optional.empty();
        }
        return text.getText().startsWith(QueueNames.PARKED_PREFIX)
                ? Optional.of(new Entry(id, text.getText(), Instant.ofEpochMilli(message.getJMSTimestamp())))
                : Optional.empty();
    }

    /** Only such an id may become part of a selector. */
    private static boolean isUuid(String id) {
        return id.matches("[0-9a-f-]{36}");
    }

    private record NewEntry(String lane) implements TransactedSend {
        @Override
        public long size() {
            return APPROXIMATE_OCTETS;
        }

        @Override
        public void send(Session session, ProducerCache producers) throws JMSException {
            TextMessage message = session.createTextMessage(lane);
            message.setStringProperty(ENTRY, UUID.randomUUID().toString());
            producers.to(QueueNames.LANES).send(message);
        }
    }
}
