package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.caravan.auth.SaslMechanism;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.ListenerKind;
import dev.caravan.session.SessionLimits.PerMail;
import dev.caravan.smtp.AddressCompletion;
import dev.caravan.smtp.Reply;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Plays every transcript of the server side in several chunkings, with a route that answers at once or late. */
class TranscriptTest {
    private static final Path FOLDER = Path.of("src/test/resources/transcripts/server");

    @TestFactory
    Stream<DynamicTest> plays() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(FOLDER)) {
            files = all.filter(file -> file.toString().endsWith(".smtp"))
                    .sorted()
                    .toList();
        }
        return files.stream()
                .flatMap(file -> Stream.of(1, 3, 7, Integer.MAX_VALUE)
                        .flatMap(chunk -> Stream.of(false, true)
                                .map(late -> DynamicTest.dynamicTest(
                                        file.getFileName() + " in chunks of " + chunk + (late ? ", late" : ""),
                                        () -> new Player(file, chunk, late).play()))));
    }

    private static final class Player {
        private final Transcript transcript;
        private final int chunk;
        private final SessionServer server;
        private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
        private Optional<PolicyRequest.MailQuestion> mail = Optional.empty();

        Player(Path file, int chunk, boolean late) throws IOException {
            this.transcript = Transcript.read(file);
            this.chunk = chunk;
            ScriptedRoute route = new ScriptedRoute(late);
            SessionLimits limits = limits(route);
            this.server = new SessionServer(
                    setting("listener")
                            .map(word -> ListenerKind.valueOf(word.toUpperCase(Locale.ROOT)))
                            .orElse(ListenerKind.SMTP),
                    limits,
                    tolerance(),
                    admission(),
                    auth(route),
                    route,
                    registry(limits),
                    SessionListener.NONE);
            setting("storage").ifPresent(mood -> server.sinks.mood = MemorySinks.Mood.valueOf(mood));
        }

        private Optional<String> setting(String name) {
            return transcript.lines().stream()
                    .filter(line -> line.kind() == Transcript.Kind.SETTING)
                    .map(Transcript.Line::text)
                    .filter(text -> text.equals(name) || text.startsWith(name + " "))
                    .map(text -> text.substring(name.length()).strip())
                    .findFirst();
        }

        private SessionLimits limits(ScriptedRoute route) {
            setting("connection").ifPresent(text -> route.connectionAnswer = connectionAnswer(text));
            return new SessionLimits(
                    SessionLimits.Connections.DEFAULT,
                    new SessionLimits.Patience(
                            setting("errors").map(Integer::valueOf).orElse(20),
                            setting("junk").map(Integer::valueOf).orElse(100)),
                    new PerMail(
                            setting("recipients").map(Integer::valueOf).orElse(1000),
                            setting("octets").map(Long::valueOf).orElse(1_000_000L),
                            setting("line").map(Integer::valueOf).orElse(1_000_000)),
                    SessionLimits.Times.DEFAULT);
        }

        /** {@code @ auth MECHANISM,...}, of which the first word may be {@code tls} for "only under TLS". */
        private AuthTerms auth(ScriptedRoute route) {
            List<String> words =
                    setting("auth").map(text -> List.of(text.split(","))).orElse(List.of());
            Set<SaslMechanism> mechanisms = words.stream()
                    .flatMap(word -> SaslMechanism.of(word).stream())
                    .collect(Collectors.toSet());
            return new AuthTerms(
                    mechanisms,
                    words.contains("tls"),
                    setting("tries").map(Integer::valueOf).orElse(3),
                    new ScriptedAuthenticator(route));
        }

        /** {@code @ admission 530 5.7.0 text} refuses each MAIL, {@code @ admission 554 ...} each connection. */
        private Admission admission() {
            Optional<Reply> refusal = setting("admission")
                    .map(text -> text.split(" ", 3))
                    .map(words -> Reply.of(Integer.parseInt(words[0]), words[1], words[2]));
            return new Admission() {
                @Override
                public Optional<Reply> refuseConnection(SessionFacts facts) {
                    return refusal.filter(reply -> reply.code() == 554);
                }

                @Override
                public boolean mayNameClient(SessionFacts facts) {
                    return setting("xclient").isPresent();
                }

                @Override
                public Optional<Reply> refuseSender(SessionFacts facts, ReversePath sender) {
                    return refusal;
                }
            };
        }

        private Tolerance tolerance() {
            boolean isOwn = setting("own-client").isPresent();
            LocalAddresses local = new LocalAddresses();
            return new Tolerance(
                    setting("strict-helo").isPresent(),
                    // Strangers meet a server that is as lenient as it can be to others.
                    client -> isOwn,
                    setting("complete-addresses").map("false"::equals).orElse(false)
                            ? Optional.empty()
                            : Optional.of(
                                    new AddressCompletion(new Domain("mx.example"), local::isLocal, local::isOwn)),
                    true);
        }

        private static final class LocalAddresses {
            boolean isLocal(Domain domain) {
                return domain.key().equals("local.example");
            }

            boolean isOwn(InetAddress address) {
                return address.isLoopbackAddress() || address.getHostAddress().equals("192.0.2.1");
            }
        }

        private static PolicyResult connectionAnswer(String text) {
            return text.equals("HOLD")
                    ? new PolicyResult(Reply.plain(220, "welcome"), Disposition.HOLD)
                    : PolicyResult.of(
                            Reply.of(Integer.parseInt(text), text.charAt(0) + ".7.1", "not from your network"));
        }

        private SessionRegistry registry(SessionLimits limits) {
            SessionRegistry registry = new SessionRegistry(setting("connections")
                    .map(count -> new SessionLimits.Connections(Integer.parseInt(count), Integer.parseInt(count)))
                    .orElse(limits.connections()));
            setting("connections").ifPresent(count -> {
                for (int i = 0; i < Integer.parseInt(count); i++) {
                    registry.enter(new Bystander(i), InetAddress.getLoopbackAddress(), SessionServer.replies());
                }
            });
            return registry;
        }

        private record Bystander(int number) implements SessionRegistry.Member {
            @Override
            public void drain() {}
        }

        void play() {
            for (Transcript.Line line : transcript.lines()) {
                try {
                    play(line);
                } catch (AssertionError e) {
                    throw new AssertionError(
                            transcript.name() + ":" + line.number() + ": " + line.text() + ": " + e.getMessage(), e);
                }
            }
            send();
            assertEquals("", server.sent(), "more was sent");
            assertEquals(0, server.route.taken.size(), "more mails were taken");
            assertFalse(server.channel.finish());
            assertEquals(server.sinks.opened, server.sinks.finished + server.sinks.abandoned, "sinks left open");
        }

        private void play(Transcript.Line line) {
            switch (line.kind()) {
                case CLIENT -> unsent.writeBytes((line.text() + "\r\n").getBytes(StandardCharsets.UTF_8));
                case OCTETS -> unsent.writeBytes(Transcript.octets(line.text()));
                case SERVER -> {
                    send();
                    expect(line.text());
                }
                case CHECK -> {
                    send();
                    server.settle();
                    check(line.text());
                }
                case SETTING -> {
                    if (line.text().equals("end of input")) {
                        send();
                        server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                    } else if (line.text().startsWith("wait ")) {
                        send();
                        server.pass(Long.parseLong(line.text().substring(5)));
                    }
                }
            }
        }

        private void send() {
            byte[] octets = unsent.toByteArray();
            unsent.reset();
            server.receive(octets, chunk);
        }

        private void expect(String pattern) {
            String line = nextLine();
            if (pattern.equals("...")) {
                while (line.charAt(3) == '-') {
                    line = nextLine();
                }
            } else if (pattern.endsWith("*")) {
                assertTrue(line.startsWith(pattern.substring(0, pattern.length() - 1)), "got: " + line);
            } else {
                assertEquals(pattern, line);
            }
        }

        private String nextLine() {
            return server.nextLine().orElseGet(() -> fail("nothing was sent"));
        }

        private void check(String text) {
            String argument = text.substring(text.indexOf(' ') + 1);
            switch (text.split(" ", 2)[0]) {
                case "no" -> assertEquals(0, server.route.taken.size(), text);
                case "mail" -> {
                    mail = Optional.ofNullable(server.route.taken.poll());
                    assertTrue(mail.isPresent(), "no mail was taken");
                }
                case "from" ->
                    assertEquals(
                            argument, mail().mail().envelope().reversePath().toString());
                case "to" ->
                    assertEquals(
                            argument,
                            String.join(
                                    " ",
                                    mail().mail().envelope().recipients().stream()
                                            .map(recipient -> recipient.path().toString())
                                            .toList()));
                case "recipient" ->
                    assertTrue(
                            mail().mail().envelope().recipients().toString().contains(argument),
                            mail().mail().envelope().recipients().toString());
                case "parameters" ->
                    assertTrue(
                            mail().mail().envelope().parameters().toString().contains(argument),
                            mail().mail().envelope().parameters().toString());
                case "content" ->
                    assertEquals(new String(Transcript.octets(argument), StandardCharsets.ISO_8859_1), content());
                case "size" ->
                    assertEquals(
                            Long.parseLong(argument), mail().mail().content().size());
                case "disposition" ->
                    assertEquals(argument, mail().disposition().name());
                case "protocol" ->
                    assertEquals(argument, mail().mail().arrival().protocol());
                case "client" ->
                    assertEquals(
                            argument,
                            mail().facts().remote().getAddress().getHostAddress() + ":"
                                    + mail().facts().remote().getPort());
                case "server" ->
                    assertEquals(
                            argument,
                            mail().facts().local().getAddress().getHostAddress() + ":"
                                    + mail().facts().local().getPort());
                case "user" -> assertEquals(argument, mail().facts().user());
                case "helo" -> assertEquals(argument, mail().mail().arrival().helo());
                case "open" -> assertTrue(server.channel.isOpen(), "closed");
                case "closed" -> assertFalse(server.channel.isOpen(), "open");
                default -> fail("unknown check");
            }
        }

        private PolicyRequest.MailQuestion mail() {
            return mail.orElseThrow();
        }

        private String content() {
            try {
                return new String(mail().mail().content().open().readAllBytes(), StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
