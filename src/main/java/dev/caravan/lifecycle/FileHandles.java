package dev.caravan.lifecycle;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Shares out the file handles that the operating system grants the process. Connections of clients get what the store,
 * the spool and deliveries leave: a store that cannot open its next file stops the server, while a client that gets 421
 * tries again.
 *
 * @param limit handles that the process may have open.
 * @param base handles that the process needs by itself: classes, the store, listeners, logs.
 */
public record FileHandles(long limit, long base) {
    /** The open files of a server that has started, without its jars and without connections. */
    private static final int BESIDES_JARS = 45;

    /** Further files of the store, files of tables and sources, and connections that are about to be refused. */
    private static final int RESERVE = 64;

    /** A connection, and the file of its content. */
    private static final int PER_SESSION = 2;

    /** The file of a content is open only while a part of it is read. */
    private static final int PER_DELIVERY = 1;

    private static final int MOST_IDLE = 1000;
    private static final int HTTP_PART = 4;
    private static final int LEAST = 4;

    /** The handles of this process; without a limit where the system does not name one. */
    public static FileHandles ofProcess() {
        long jars = Arrays.stream(System.getProperty("java.class.path", "").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .count();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long base = Math.max(system.getOpenFileDescriptorCount(), jars + BESIDES_JARS);
            return new FileHandles(system.getMaxFileDescriptorCount(), base);
        }
        return new FileHandles(Long.MAX_VALUE, jars + BESIDES_JARS);
    }

    /**
     * The connections that the settings allow.
     *
     * @param deliveries at once, at most.
     * @param smtp connections of SMTP clients at once, at most.
     * @param http connections of HTTP clients at once, at most.
     */
    public record Wanted(int deliveries, int smtp, int http) {}

    /**
     * The connections for which there are handles.
     *
     * @param smtp connections of SMTP clients at once, as wanted or fewer.
     * @param http connections of HTTP clients at once, as wanted or fewer.
     * @param deliveries at once, as wanted or fewer.
     * @param idle idle connections to other servers that are kept for the next message.
     * @param needed the limit that would be enough for all that is wanted.
     */
    public record Shares(int smtp, int http, int deliveries, int idle, long needed) {}

    /**
     * Shares the handles out. If there are too few, connections of clients and deliveries get half each, and each may
     * use what the other does not need; at least a few of each kind are granted whatever the limit is.
     */
    public Shares share(Wanted wanted) {
        int idle = idle(wanted.deliveries());
        long clients = PER_SESSION * ((long) wanted.smtp() + wanted.http());
        long deliveries = (long) PER_DELIVERY * wanted.deliveries() + idle;
        long needed = base + RESERVE + deliveries + clients;
        if (needed <= limit) {
            int more = (int) Math.min(MOST_IDLE, idle + (limit - needed));
            return new Shares(wanted.smtp(), wanted.http(), wanted.deliveries(), more, needed);
        }
        long rest = Math.max(0, limit - base - RESERVE);
        long ofDeliveries = Math.max(Math.min(deliveries, rest / 2), rest - clients);
        // An idle connection for two deliveries: half a handle each.
        int delivered = granted(2 * ofDeliveries / (2 * PER_DELIVERY + 1), wanted.deliveries());
        long left = Math.max(0, rest - (long) PER_DELIVERY * delivered - idle(delivered)) / PER_SESSION;
        int http = granted(left / HTTP_PART, wanted.http());
        return new Shares(granted(left - http, wanted.smtp()), http, delivered, idle(delivered), needed);
    }

    private static int idle(int deliveries) {
        return Math.min(MOST_IDLE, Math.max(LEAST, deliveries / 2));
    }

    private static int granted(long room, int wanted) {
        return (int) Math.min(wanted, Math.max(LEAST, room));
    }
}
