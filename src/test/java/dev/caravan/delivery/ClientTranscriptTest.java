package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.NotAttempted;
import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.mail.Domain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Plays each client transcript over TCP, with the server's octets in chunks and whole. */
@org.junit.jupiter.api.Timeout(60)
class ClientTranscriptTest {
    private static final Domain US = new Domain("caravan.example");
    private static final int WHOLE = Integer.MAX_VALUE / 2;

    @TestFactory
    Stream<DynamicTest> transcripts() throws IOException, URISyntaxException {
        Path folder = Path.of(
                ClientTranscriptTest.class.getResource("/transcripts/client").toURI());
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.sorted().toList();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files) {
            for (int chunk : new int[] {1, 7, WHOLE}) {
                String name = file.getFileName() + (chunk == WHOLE ? " whole" : " in chunks of " + chunk);
                tests.add(DynamicTest.dynamicTest(name, () -> play(file, chunk)));
            }
        }
        return tests.stream();
    }

    private static void play(Path file, int chunk) throws Exception {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        Duration patience = lines.contains("M: impatient") ? Duration.ofSeconds(1) : Duration.ofSeconds(10);
        try (ScriptedMx mx = ScriptedMx.play("127.0.0.1", 0, chunk, lines);
                SmtpClient client = new SmtpClient(
                        US,
                        DeliveryTimeouts.all(patience),
                        ConnectionReuse.NONE,
                        new DeadHostCache(Clock.systemUTC(), Duration.ofMinutes(15)),
                        SmtpClient.eventLoops(1))) {
            SmtpDeliverySettings settings =
                    new SmtpDeliverySettings(new OwnAddresses(US, List.of()), 25, 10, ConcurrencyLimits.DEFAULT);
            SmtpDelivery delivery = new SmtpDelivery(
                    settings,
                    new DnsJavaMailDns(DnsSettings.of(List.of(new InetSocketAddress("127.0.0.1", 9)))),
                    client,
                    Clock.fixed(Mails.ARRIVED, ZoneOffset.UTC),
                    new Random(1));
            DeliveryReport report = delivery.attempt(
                            Mails.of(lines),
                            SmtpDestination.parse("127.0.0.1:" + mx.port()),
                            Instant.MAX,
                            new AttemptProgress())
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
            mx.assertPlayed();
            List<String> expected =
                    lines.stream().filter(line -> line.startsWith("= ")).toList();
            assertEquals(
                    String.join("\n", expected),
                    String.join(
                            "\n",
                            report.results().stream()
                                    .map(ClientTranscriptTest::line)
                                    .sorted()
                                    .toList()),
                    report.toString());
        }
    }

    private static String line(RecipientResult result) {
        String address = result.recipient().address();
        if (result instanceof Delivered delivered) {
            return "= delivered " + address + " " + delivered.handling().name().toLowerCase(java.util.Locale.ROOT);
        }
        String word = result instanceof Deferred ? "deferred " : result instanceof NotAttempted ? "later " : "failed ";
        return "= " + word + address + " " + result.diagnosis().status();
    }
}
