package dev.caravan.routetest;

import dev.caravan.lifecycle.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server for tests, at a loopback address: serves each connection on a thread of its own. Thread-safe. */
public final class LoopbackServer implements AutoCloseable {
    private static final int BACKLOG = 50;

    private final String name;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** What is done with a connection. */
    public interface Handler {
        /**
         * Serves a connection, which is closed when this returns.
         *
         * @throws IOException if the client goes away, or the server is closed meanwhile; both are as it should be.
         */
        void serve(Socket connection) throws IOException;
    }

    /**
     * Binds its address; connections wait until {@link #start}.
     *
     * @param name of its threads.
     * @param address any free port if it has port 0.
     * @throws java.net.BindException if the port is taken.
     */
    public LoopbackServer(String name, InetSocketAddress address) throws IOException {
        this.name = name;
        this.listener = new ServerSocket(address.getPort(), BACKLOG, address.getAddress());
    }

    /** A free port of 127.0.0.1. */
    public static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Serves from now on. */
    public void start(Handler handler) {
        Threads.start(name + "-accept", () -> accept(handler));
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept(Handler handler) {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                Threads.start(name, () -> serve(socket, handler));
            }
        } catch (IOException e) {
            // Closed: the test is over.
            return;
        }
    }

    private void serve(Socket socket, Handler handler) {
        try (socket) {
            socket.setTcpNoDelay(true);
            handler.serve(socket);
        } catch (IOException e) {
            // The client went away, as clients do.
            return;
        } finally {
            open.remove(socket);
        }
    }

    /** Takes no more connections, and ends those that are open. */
    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
