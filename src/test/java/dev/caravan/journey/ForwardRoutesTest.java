package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.reload.RoutesAtStart;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What routes of an operator's own see of aliases, and what they send on. */
@Tag("server")
class ForwardRoutesTest {
    private static final String EXPAND =
            "        - process:\n            id: expand-aliases\n            ref: expandAliases\n";
    /** The route as earlier releases shipped it, with the names that its steps had. */
    private static final String EARLIER_SUBMIT = """
            - route:
                id: submit
                routeConfigurationId: receive-failures
                from:
                  uri: direct:submit
                  steps:
            """
            + "        - process:\n            id: refuse-loops\n            ref: hopLimit\n"
            + EXPAND
            + "        - to:\n            uri: direct:destinations\n"
            + "        - bean:\n            id: split-by-next-hop\n            ref: nextHops\n            method: split\n"
            + "        - bean:\n            id: confirm-expansion\n            ref: confirmExpansion\n"
            + "            method: confirm\n"
            + "        - process:\n            id: store-items\n            ref: store\n";

    private static final String FIRST_STEP = "        - log:\n            message: \"${body.id} is on its way\"\n";

    @TempDir
    Path folder;

    @Test
    void seeTheRecipientsBehindAliases() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.edit(
                "destinations",
                FIRST_STEP,
                "        - filter:\n            simple: \"${body.envelope.recipients[0].path.address} == 'bob@local.test'\"\n"
                        + "            steps:\n              - bean: { ref: headerField, method: \"put('X-Seen', 'bob')\" }\n"
                        + FIRST_STEP);
        try (FakeMailServer peer = new FakeMailServer();
                TestServer node = new TestServer(folder)
                        .with(peer)
                        .write("aliases", "team: bob\n")
                        .start()) {
            assertTrue(node.trySend("<s@out.test>", List.of("<team@local.test>"), "Subject: x\r\n\r\nhello\r\n")
                    .startsWith("250"));
            assertTrue(node.mailbox("bob", 1).get(0).contains("X-Seen: bob\n"));
        }
    }

    /** Before that, next hops were chosen without a step that expands aliases. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passASubmitRouteOfAnEarlierRelease(boolean expands) throws Exception {
        new OwnRoutes(folder).write("submit", expands ? EARLIER_SUBMIT : EARLIER_SUBMIT.replace(EXPAND, ""));
        try (LoggedLines log = new LoggedLines();
                FakeMailServer peer = new FakeMailServer();
                TestServer node = new TestServer(folder)
                        .with(peer)
                        .write("aliases", "team: bob, x@far.test\naway: y@far.test\n")
                        .start()) {
            assertTrue(node.trySend(
                            "<s@out.test>", List.of("<team@local.test> NOTIFY=SUCCESS"), "Subject: x\r\n\r\nhello\r\n")
                    .startsWith("250"));
            assertEquals(1, node.mailbox("bob", 1).size());
            Await.until(
                    "it is sent on, and its expansion reported",
                    () -> peer.taken().size() == 2);
            String forwarded = peer.takenFor("x@far.test").get(0).content();
            assertTrue(node.trySend("<s@out.test>", List.of("<team@local.test>"), forwarded)
                    .startsWith("250"));
            node.awaitQuiet();
            assertEquals(1, node.mailbox("bob").size());
            assertTrue(node.trySend("<s@out.test>", List.of("<away@local.test>"), "Subject: x\r\n\r\nhello\r\n")
                    .startsWith("250"));
            Await.until("it is sent on", () -> peer.taken().size() == 3);
            assertTrue(node.trySend(
                            "<s@out.test>",
                            List.of("<away@local.test>"),
                            peer.takenFor("y@far.test").get(0).content())
                    .startsWith("554 5.4.6"));
            List<String> warnings = log.of(RoutesAtStart.class, Level.WARN);
            for (String old : List.of("nextHops", "confirmExpansion", "store")) {
                assertEquals(
                        1,
                        warnings.stream()
                                .filter(line -> line.contains(" " + old + " "))
                                .count(),
                        old + ": " + warnings);
            }
        }
    }

    @Test
    void copyOnceWhatTheArchiveSendsBack() throws Exception {
        new OwnRoutes(folder)
                .edit(
                        "destinations",
                        FIRST_STEP,
                        "        - bean: { ref: copy, method: \"to('archive@far.test')\" }\n" + FIRST_STEP);
        try (FakeMailServer peer = new FakeMailServer();
                TestServer node = new TestServer(folder).with(peer).start()) {
            assertTrue(node.trySend("<s@out.test>", List.of("<bob@local.test>"), "Subject: x\r\n\r\nhello\r\n")
                    .startsWith("250"));
            Await.until("it is copied", () -> peer.taken().size() == 1);
            assertTrue(node.trySend(
                            "<s@out.test>",
                            List.of("<bob@local.test>"),
                            peer.taken().get(0).content())
                    .startsWith("250"));
            assertEquals(2, node.mailbox("bob", 2).size());
            node.awaitQuiet();
            assertEquals(1, peer.taken().size());
        }
    }

    @Test
    void leaveNoFileOfALargeMessageBehind() throws Exception {
        String content = "Subject: x\r\n\r\n" + "0123456789012345678901234567890123456789\r\n".repeat(1000);
        try (FakeMailServer peer = new FakeMailServer();
                TestServer node = new TestServer(folder)
                        .with(peer)
                        .set("content.inline-limit", "1KiB")
                        .write("aliases", "one: x@far.test\ntwo: y@far.test\n")
                        .start()) {
            node.send("<s@out.test>", List.of("<one@local.test>", "<two@local.test>"), content);
            Await.until("both are sent on", () -> peer.taken().size() == 2);
            assertTrue(peer.takenFor("x@far.test").get(0).content().endsWith(content));
            assertTrue(peer.takenFor("y@far.test").get(0).content().contains("X-Caravan-Forwarded: two@local.test "));
            Await.until("the spool is empty", () -> isEmpty(folder.resolve("data/spool")));
        }
    }

    private static boolean isEmpty(Path spool) {
        try (Stream<Path> files = Files.list(spool)) {
            return files.toList().equals(List.of());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
