package dev.caravan.testkit;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.routetest.LoopbackServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Another mail server, on loopback, that answers a command only when the test says so. All else is well. */
public final class HoldingMailHost extends FakeMailHost {
    private static final String FINAL_DOT = ".";

    private final List<Taken> taken = new CopyOnWriteArrayList<>();
    private final AtomicInteger held = new AtomicInteger();
    private volatile String command;
    private volatile CountDownLatch end = new CountDownLatch(1);

    /** @param command how it begins; {@code connect} for the greeting, {@code .} for the final dot. */
    public HoldingMailHost(String command) throws IOException {
        super("slow.test", LoopbackServer.anyPort(), List.of());
        this.command = command;
        start();
    }

    /** {@code HOST:PORT}, as {@code delivery.smarthost} wants it. */
    public String address() {
        return "127.0.0.1:" + socketAddress().getPort();
    }

    /** Holds the replies to another command from now on; those that are held stay so. */
    public void holdAt(String other) {
        command = other;
    }

    /** Answers all that is held, and holds nothing more. */
    public void release() {
        command = "nothing";
        end.countDown();
    }

    /** Waits until so many clients have come to the command. */
    public void awaitHeld(int clients) {
        Await.until(clients + " clients wait for the reply to " + command, () -> held.get() >= clients);
    }

    /** The messages that got 250, copies included. */
    public List<Taken> taken() {
        return List.copyOf(taken);
    }

    @Override
    protected void onCommand(String heard) {
        if (heard.startsWith(command)) {
            hold();
        }
    }

    @Override
    protected String onMessage(Taken message, String reply) {
        if (command.equals(FINAL_DOT)) {
            hold();
        }
        taken.add(message);
        return reply;
    }

    private void hold() {
        held.incrementAndGet();
        try {
            Await.zero("the test lets the host answer", end);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        release();
        try {
            super.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
