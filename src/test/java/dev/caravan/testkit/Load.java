package dev.caravan.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that send mail as fast as they can until they are told to stop or the server dies. Every mail has a subject
 * of its own; what became of each is noted: taken (250), refused (any other reply), or unknown (no reply).
 */
public final class Load {
    public enum Fate {
        TAKEN,
        REFUSED,
        UNKNOWN
    }

    private static final int LARGE_EACH = 6;
    private static final String LARGE = ("x".repeat(998) + "\r\n").repeat(300);

    private final String recipient;
    private final int clients;
    private final Map<String, Fate> fates = new ConcurrentHashMap<>();
    private final AtomicInteger number = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ending;

    /** @param recipient of all mails, in angle brackets. */
    public Load(String recipient, int clients) {
        this.recipient = recipient;
        this.clients = clients;
    }

    /** Begins to send; what was sent before is remembered. */
    public void begin(InetSocketAddress server) {
        ending = false;
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> send(server), "client-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** Stops sending, and waits for the clients. */
    public void end() throws InterruptedException {
        ending = true;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    private void send(InetSocketAddress server) {
        try (SmtpTestClient talk = new SmtpTestClient(server)) {
            talk.say("EHLO client.test");
            while (!ending) {
                int mine = number.incrementAndGet();
                String subject = "mail-" + mine;
                // Some are larger than what travels in an item, and go to the spool.
                String body = mine % LARGE_EACH == 0 ? LARGE : "short\r\n";
                fates.put(subject, Fate.UNKNOWN);
                String reply =
                        talk.send("<sender@far.test>", List.of(recipient), "Subject: " + subject + "\r\n\r\n" + body);
                if (!reply.isEmpty()) {
                    fates.put(subject, reply.startsWith("250") ? Fate.TAKEN : Fate.REFUSED);
                }
                if (reply.isEmpty() || reply.startsWith("421")) {
                    return;
                }
            }
        } catch (IOException e) {
            // The server was killed, and that is the point.
            return;
        }
    }

    public Set<String> subjects(Fate fate) {
        Set<String> subjects = ConcurrentHashMap.newKeySet();
        fates.forEach((subject, what) -> {
            if (what == fate) {
                subjects.add(subject);
            }
        });
        return subjects;
    }

    public int taken() {
        return subjects(Fate.TAKEN).size();
    }
}
