package dev.caravan.chaos;

import dev.caravan.testkit.ReadDsn;
import jakarta.mail.internet.InternetHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The home and the settings of a server that is to suffer: mx.test, with the users alice, bob and carol at local.test.
 * bob sends all mail, so that reports come to him.
 */
final class ChaosHome {
    private static final String REPORT = "\nContent-Type: multipart/report";
    private static final String FAILED = "failed";
    private static final Duration LONGEST_DRAIN = Duration.ofMinutes(2);
    private static final long PAUSE_NANOS = 200_000_000;
    private static final int ADDRESS_TYPE = "rfc822;".length();

    private final Path folder;
    private final Map<String, String> settings = new LinkedHashMap<>();

    ChaosHome(Path folder) throws IOException {
        this.folder = folder;
        set("mail.hostname", "mx.test")
                .set("mail.local-domains", "local.test")
                .set("smtp.listen", "127.0.0.1:0")
                .set("http.listen", "");
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("users"), "alice\nbob\ncarol\n");
    }

    ChaosHome set(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** What is deferred is tried again after that delay, so often before it is returned. */
    ChaosHome retry(Duration delay, int redeliveries) throws IOException {
        Path own = Files.createDirectories(folder.resolve("broker-config"));
        String policies = Files.readString(Path.of("broker-config/redelivery.xml"))
                .replace("value=\"900000\"", "value=\"" + delay.toMillis() + "\"")
                .replace(
                        "name=\"maximumRedeliveries\" value=\"480\"",
                        "name=\"maximumRedeliveries\" value=\"" + redeliveries + "\"");
        Files.writeString(own.resolve("redelivery.xml"), policies);
        return this;
    }

    Path folder() {
        return folder;
    }

    Map<String, String> settings() {
        return Map.copyOf(settings);
    }

    /** Starts the server and waits until it serves. */
    ServerProgram start() throws Exception {
        return ServerProgram.run(folder, settings);
    }

    /** Waits until no mail is on its way. */
    static void drain(ServerProgram server) throws Exception {
        long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
        while (!server.isDrained()) {
            if (System.nanoTime() > end) {
                server.dumpThreads();
                throw new AssertionError("not delivered in " + LONGEST_DRAIN + ": " + server.depths());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Writes down what is in the users' Maildirs, and empties them. Nothing may be on its way meanwhile. */
    void collect(Ledger ledger) throws IOException {
        for (String user : List.of("alice", "bob", "carol")) {
            Path mails = folder.resolve("data/maildir").resolve(user).resolve("new");
            if (Files.isDirectory(mails)) {
                try (Stream<Path> files = Files.list(mails)) {
                    for (Path file : files.toList()) {
                        note(ledger, Files.readString(file, StandardCharsets.ISO_8859_1));
                        Files.delete(file);
                    }
                }
            }
        }
    }

    private static void note(Ledger ledger, String mail) {
        String head = mail.substring(0, mail.indexOf("\n\n") + 1);
        if (!head.contains(REPORT)) {
            ChaosMail.of(mail, "\n")
                    .ifPresentOrElse(
                            id -> ledger.arrived(new Copy(id, field(head, "Delivered-To: "))),
                            () -> ledger.complain("not whole: " + head));
            return;
        }
        ReadDsn report = ReadDsn.of(mail);
        String id = ChaosMail.subject(report.returned());
        for (InternetHeaders recipient : report.recipients()) {
            if (recipient.getHeader("Action", null).equals(FAILED)) {
                String address = recipient.getHeader("Final-Recipient", null);
                ledger.bounced(new Copy(id, address.substring(ADDRESS_TYPE).strip()));
            }
        }
    }

    private static String field(String head, String name) {
        int begin = head.indexOf(name);
        if (begin < 0) {
            return "";
        }
        return head.substring(begin + name.length(), head.indexOf('\n', begin)).strip();
    }
}
