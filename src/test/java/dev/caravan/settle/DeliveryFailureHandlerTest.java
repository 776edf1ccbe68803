package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.broker.TakenItem;
import dev.caravan.camel.HttpEndpoints;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.MemoryShare;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Spool;
import dev.caravan.store.QueueTransaction;
import dev.caravan.testkit.LoggedLines;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the recipients of a message are told when a step of a delivery route throws. */
class DeliveryFailureHandlerTest {
    private static final String OUR_FAULT = "4.3.0 The delivery attempt failed because of a fault of this server.";

    @TempDir
    Path folder;

    private final DeliveryFailureHandler handler =
            new DeliveryFailureHandler(Clock.fixed(ItemExamples.ARRIVED, ZoneOffset.UTC), new ShutdownState());

    @Test
    void namesAServerThatRefusesConnections() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (LoggedLines log = new LoggedLines()) {
            assertEquals("4.4.1 cannot connect to 127.0.0.1:" + port + ": Connection refused", afterPost(port));
            assertEquals(
                    List.of(ItemExamples.plain().id() + " is deferred, the attempt by "
                            + ItemExamples.plain().nextHop().transport() + " failed: cannot connect to 127.0.0.1:"
                            + port + ": Connection refused"),
                    log.of(DeliveryFailureHandler.class, Level.WARN));
        }
    }

    @Test
    void namesAServerThatClosesWithoutAnAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            answerOnce(server, "");
            int port = server.getLocalPort();
            assertEquals(
                    "4.4.2 the connection to 127.0.0.1:" + port + " broke off: closed without an answer",
                    afterPost(port));
        }
    }

    @Test
    void namesAServerThatTruncatesItsAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            answerOnce(server, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
            int port = server.getLocalPort();
            String words = afterPost(port);
            assertTrue(
                    words.startsWith("4.4.2 the connection to 127.0.0.1:" + port + " broke off: Premature end"), words);
        }
    }

    static Stream<Arguments> exceptions() {
        return Stream.of(
                Arguments.of(
                        new UnknownHostException("nowhere.test: Name or service not known"),
                        "4.4.1 cannot connect to nowhere.test: unknown host"),
                Arguments.of(
                        new NoRouteToHostException("No route to host"),
                        "4.4.1 cannot connect to the destination: No route to host"),
                Arguments.of(
                        new ConnectException("cannot reach https://user:secret@a.test/secret"),
                        "4.4.1 cannot connect to the destination: ConnectException"),
                Arguments.of(
                        new SocketTimeoutException("Connect timed out"),
                        "4.4.1 cannot connect to the destination: Connect timed out"),
                Arguments.of(
                        new SocketTimeoutException("Read timed out"),
                        "4.4.2 the connection to the destination broke off: no answer in time"),
                Arguments.of(
                        new SocketException("Connection\r\nreset"),
                        "4.4.2 the connection to the destination broke off: Connection??reset"),
                Arguments.of(
                        new SSLHandshakeException("PKIX path building failed"),
                        "4.4.2 the connection to the destination broke off: PKIX path building failed"),
                Arguments.of(new SocketException("Too many open files"), OUR_FAULT),
                Arguments.of(new BindException("Address already in use"), OUR_FAULT),
                Arguments.of(new EOFException("a file is truncated"), OUR_FAULT),
                Arguments.of(new NoSuchFileException("archive"), OUR_FAULT),
                Arguments.of(new IllegalStateException("a mistake"), OUR_FAULT));
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void tellsTheOtherSideFromThisServer(Exception thrown, String words) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        assertEquals(words, after(new IllegalStateException(new IOException(thrown)), null, exchange));
    }

    @Test
    void takesAFailureAfterTheAttemptForAFaultOfThisServer() {
        DeliveryReport known = new DeliveryReport(ItemExamples.ARRIVED, List.of());
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        assertEquals(OUR_FAULT, after(new ConnectException("Connection refused"), known, exchange));
    }

    private String afterPost(int port) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addComponent("http", HttpEndpoints.create());
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    errorHandler(noErrorHandler());
                    from("direct:post").to("http://user:secret@127.0.0.1:" + port + "/secret?token=secret");
                }
            });
            context.start();
            Exchange exchange = context.createProducerTemplate()
                    .request("direct:post", asked -> asked.getMessage().setHeader(Exchange.HTTP_METHOD, "GET"));
            return after(exchange.getException(), null, exchange);
        }
    }

    private String after(Exception thrown, DeliveryReport known, Exchange exchange) {
        DeliveryReport report = handler.deferAll(ItemExamples.plain(), known, transaction(), thrown, exchange);
        List<String> words = report.results().stream()
                .map(RecipientResult.Deferred.class::cast)
                .map(RecipientResult.Deferred::diagnosis)
                .map(DeliveryFailureHandlerTest::words)
                .distinct()
                .toList();
        assertEquals(1, words.size());
        return words.get(0);
    }

    private QueueTransaction transaction() {
        try {
            return new QueueTransaction(
                    TakenItem.ofListener(nothing(Session.class), nothing(Message.class)),
                    new Spool(folder, 16, MemoryShare.unlimited("content")),
                    Clock.systemUTC());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw new AssertionError(method);
                }));
    }

    private static String words(Diagnosis diagnosis) {
        return diagnosis.status() + " " + diagnosis.reply();
    }

    private static void answerOnce(ServerSocket server, String answer) {
        CompletableFuture.runAsync(() -> {
            try (Socket socket = server.accept()) {
                BufferedReader request =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                for (String line = request.readLine(); line != null && !line.isEmpty(); ) {
                    line = request.readLine();
                }
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
