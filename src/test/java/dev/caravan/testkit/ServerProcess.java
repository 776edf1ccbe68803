package dev.caravan.testkit;

import dev.caravan.housekeeping.JournalCompactor;
import dev.caravan.lifecycle.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * A server as a process of its own, so that a test can kill it. Timers run. Standard input takes {@code depth QUEUE},
 * {@code open}, {@code http}, {@code broker}, {@code renew}, {@code renewed}, {@code stop} and {@code halt}, each answered by one line; its end halts the server too, so that none
 * outlives the test.
 */
public final class ServerProcess {
    private static final int HALTED = 9;

    private final TestServer node;
    private final AtomicLong renewed = new AtomicLong();

    private ServerProcess(TestServer node) {
        this.node = node;
    }

    /** @param arguments the home, then {@code key=value} for each setting. */
    public static void main(String[] arguments) throws Exception {
        TestServer node =
                new TestServer(Path.of(arguments[0])).with(Clock.systemUTC()).ticking();
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            node.set(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        node.start();
        tell("ready " + node.smtp().getPort());
        new ServerProcess(node).obey();
    }

    private static void tell(String line) {
        System.out.println("> " + line);
        System.out.flush();
    }

    private void obey() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, Runnable> orders = new LinkedHashMap<>();
        orders.put("halt", () -> Runtime.getRuntime().halt(HALTED));
        orders.put("stop", this::stop);
        orders.put("renew", () -> {
            Threads.start("renew-without-end", this::renew);
            tell("begun");
        });
        orders.put("renewed", () -> tell(Long.toString(renewed.get())));
        orders.put("http", () -> tell(node.node().http().orElseThrow().toString()));
        orders.put("broker", () -> tell(brokerAddress()));
        orders.put("open", () -> tell(Long.toString(open())));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("depth ")) {
                tell(Long.toString(depth(line.substring("depth ".length()))));
            } else {
                Optional.ofNullable(orders.get(line)).orElseThrow().run();
            }
        }
        Runtime.getRuntime().halt(HALTED);
    }

    private void renew() {
        JournalCompactor renewal =
                node.node().camel().getRegistry().lookupByNameAndType("journalRenewal", JournalCompactor.class);
        while (true) {
            renewed.addAndGet(renewal.compact());
        }
    }

    private void stop() {
        node.stop();
        tell("stopped");
        System.exit(0);
    }

    private String brokerAddress() {
        try {
            return node.node().broker().orElseThrow().addresses().get(0);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private long depth(String queue) {
        return node.hasQueue(queue) ? node.depth(queue) : 0;
    }

    /** How many mails are still on their way. */
    private long open() {
        try {
            return node.node().broker().orElseThrow().service().getRegionBroker().getDestinationMap().keySet().stream()
                    .filter(destination -> destination instanceof ActiveMQQueue)
                    .map(queue -> queue.getPhysicalName())
                    .filter(name -> name.startsWith("mail.") && !name.equals("mail.bounced"))
                    .mapToLong(node::depth)
                    .sum();
        } catch (RuntimeException e) {
            throw new AssertionError(e);
        }
    }
}
