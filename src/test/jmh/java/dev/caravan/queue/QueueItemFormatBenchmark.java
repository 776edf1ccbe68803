package dev.caravan.queue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A queue item of 4 KiB, as it is stored and read again. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueueItemFormatBenchmark {
    private static final Instant ARRIVED = Instant.parse("2026-01-31T10:15:30Z");
    private static final MailId ID = new MailId("01K7Q3ZV8GABCDEF");
    private static final String REPLY = "450 4.2.1 The mailbox is busy, please try again later";

    @Param({"1", "50"})
    public int recipients;

    /** How often it was tried. */
    @Param({"0", "10"})
    public int attempts;

    private Path folder = Path.of("");
    private Spool spool;
    private QueueItem item;
    private byte[] stored = new byte[0];

    @Setup
    public void makeItem() throws IOException {
        folder = Files.createTempDirectory("caravan-jmh");
        spool = new Spool(folder, 256 * 1024, Spool.DEFAULT_MEMORY_BUDGET);
        item = item();
        stored = QueueItemFormat.write(item);
    }

    @TearDown
    public void removeFolder() throws IOException {
        Files.delete(folder);
    }

    @Benchmark
    public byte[] write() {
        return QueueItemFormat.write(item);
    }

    @Benchmark
    public QueueItem read() throws QueueItemFormatException, MissingContentException, UnsupportedItemException {
        return QueueItemFormat.read(stored, spool);
    }

    /** What the mover reads. */
    @Benchmark
    public Optional<NextHop> nextHop() throws UnsupportedItemException {
        return QueueItemFormat.nextHop(stored);
    }

    private QueueItem item() throws IOException {
        List<Recipient> all = IntStream.range(0, recipients)
                .mapToObj(i -> Recipient.of("recipient" + i + "@example.net"))
                .toList();
        MailObject mail = new MailObject(
                ID,
                new Arrival(ARRIVED, "ESMTP", "client.example", Optional.of(InetAddress.getByName("192.0.2.1"))),
                new Envelope(ReversePath.of(Mailbox.parse("sender@example.org")), all, MailParameters.NONE),
                new Content.InMemory(new byte[4096]));
        return new QueueItem(new ItemId(ID, "1"), mail, new NextHop("smtp", "example.net"), progress(all));
    }

    private Progress progress(List<Recipient> all) {
        if (attempts == 0) {
            return Progress.NEW;
        }
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        Diagnosis last = new Diagnosis(EnhancedStatus.of("4.2.1"), Optional.of("mx.example.net"), REPLY);
        all.forEach(r -> states.put(r.path(), new RecipientProgress(false, false, Optional.of(last))));
        List<Attempt> log = IntStream.range(0, attempts)
                .mapToObj(i -> new Attempt(ARRIVED.plusSeconds(900L * i), "mx.example.net", REPLY))
                .toList();
        return new Progress(attempts, log, states, Optional.of(ARRIVED.plusSeconds(900L * attempts)));
    }
}
