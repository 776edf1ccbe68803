package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.HoldingMailHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attempts that are given up at each stage, and what becomes of the next one. */
class GivenUpDeliveryTest {
    private static final Domain US = new Domain("us.example");

    private final SmtpClient client = new SmtpClient(
            US,
            DeliveryTimeouts.all(Duration.ofMinutes(1)),
            ConnectionReuse.DEFAULT,
            new DeadHostCache(Clock.systemUTC(), Duration.ofMinutes(15)),
            SmtpClient.eventLoops(1));
    private final SmtpDelivery delivery = new SmtpDelivery(
            new SmtpDeliverySettings(new OwnAddresses(US, List.of()), 25, 10, ConcurrencyLimits.DEFAULT),
            new DnsJavaMailDns(DnsSettings.of(List.of(new InetSocketAddress("127.0.0.1", 9)))),
            client,
            Clock.systemUTC(),
            new Random(1));

    @AfterEach
    void close() {
        client.close();
    }

    private CompletionStage<DeliveryReport> attempt(MailObject mail, String host, AttemptProgress progress) {
        return delivery.attempt(mail, SmtpDestination.parse(host), Instant.MAX, progress);
    }

    private static String results(CompletionStage<DeliveryReport> attempt) throws Exception {
        return attempt.toCompletableFuture().get(30, TimeUnit.SECONDS).results().stream()
                .map(result -> result.getClass().getSimpleName())
                .sorted()
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "EHLO", "MAIL", "RCPT", "DATA"})
    void isNoAttemptAndSaysNothingOfTheHost(String stage) throws Exception {
        try (HoldingMailHost host = new HoldingMailHost(stage)) {
            AttemptProgress progress = new AttemptProgress();
            CompletionStage<DeliveryReport> first = attempt(Mails.to("a@x.test", "b@y.test"), host.address(), progress);
            host.awaitHeld(1);
            assertTrue(progress.giveUp());
            assertEquals("NotAttempted NotAttempted", results(first));
            host.release();
            assertEquals("Delivered", results(attempt(Mails.to("c@x.test"), host.address(), new AttemptProgress())));
            assertEquals(1, host.taken().size());
        }
    }

    @Test
    void isTooLateAfterTheFinalDot() throws Exception {
        try (HoldingMailHost host = new HoldingMailHost(".")) {
            AttemptProgress progress = new AttemptProgress();
            CompletionStage<DeliveryReport> attempt = attempt(Mails.to("a@x.test"), host.address(), progress);
            host.awaitHeld(1);
            assertFalse(progress.giveUp());
            assertFalse(progress.stop());
            host.release();
            assertEquals("Delivered", results(attempt));
        }
    }

    @Test
    void leavesAHostThatDoesNotReadWithoutTheFinalDot() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> rest = CompletableFuture.supplyAsync(() -> slowReader(server, mayRead));
            AttemptProgress progress = new AttemptProgress();
            byte[] large = "0123456789\r\n".repeat(2_000_000).getBytes(StandardCharsets.US_ASCII);
            MailObject mail = Mails.to("a@x.test").withContent(new Content.InMemory(large));
            CompletionStage<DeliveryReport> attempt = attempt(mail, "127.0.0.1:" + server.getLocalPort(), progress);
            Await.until("it sends its content", () -> progress.seen().get(0).stage() == AttemptProgress.Stage.CONTENT);
            assertTrue(progress.giveUp());
            assertEquals("NotAttempted", results(attempt));
            mayRead.countDown();
            assertEquals("cut off", rest.get(30, TimeUnit.SECONDS));
        }
    }

    private static String slowReader(ServerSocket server, CountDownLatch mayRead) {
        try (Socket socket = server.accept();
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
            for (String reply : List.of("220 hi", "250 hello", "250 ok", "250 ok", "354 go on")) {
                socket.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
                if (!reply.startsWith("354")) {
                    in.readLine();
                }
            }
            Await.zero("the attempt is given up", mayRead);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals(".")) {
                    return "whole";
                }
            }
            return "cut off";
        } catch (IOException e) {
            return "cut off";
        } catch (InterruptedException e) {
            return "interrupted";
        }
    }
}
