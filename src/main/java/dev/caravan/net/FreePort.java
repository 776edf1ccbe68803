package dev.caravan.net;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds a port where no process listens. It does not ask the system for one: the system chooses such ports from the
 * same range as those of outgoing connections, so the port might be taken before the caller listens there.
 */
public final class FreePort {
    /** Below the range that systems use for outgoing connections (Linux from 32768, others from 49152). */
    private static final int FIRST = 20_000;

    private static final int PORTS = 10_000;
    private static final int TRIES = 100;

    private FreePort() {}

    /**
     * A port that is free at all of these hosts, of 20000 to 29999.
     *
     * @throws IOException if none was found, or a host is not one of this machine.
     */
    public static int at(String... hosts) throws IOException {
        for (int i = 1; true; i++) {
            int port = FIRST + ThreadLocalRandom.current().nextInt(PORTS);
            List<ServerSocket> probes = new ArrayList<>();
            try {
                for (String host : hosts) {
                    probes.add(new ServerSocket(port, 1, InetAddress.getByName(host)));
                }
                return port;
            } catch (BindException e) {
                if (i == TRIES) {
                    throw e;
                }
            } finally {
                for (ServerSocket probe : probes) {
                    probe.close();
                }
            }
        }
    }
}
