package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.smtp.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SmtpSessionHandlerTest {
    private static final String UNTIL_DATA =
            "EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n" + "RCPT TO:<b@local.example>\r\nDATA\r\n";

    private final ScriptedRoute late = new ScriptedRoute(true);
    private final SessionRegistry registry = new SessionRegistry(SessionLimits.Connections.DEFAULT);

    private SessionServer lateServer() {
        return new SessionServer(SessionLimits.DEFAULT, late, registry, SessionListener.NONE);
    }

    /** The codes of the replies; one of several lines counts once. */
    private static String codes(SessionServer server) {
        return server.sent().replaceAll("\\d{3}-[^|]*[|]", "").replaceAll("(\\d{3}) [^|]*", "$1");
    }

    @Test
    void asksOneQuestionAtATime() {
        SessionServer server = lateServer();
        server.receive(UNTIL_DATA);
        assertEquals(1, late.questions.size());
        late.next();
        assertEquals(2, late.questions.size());
        assertTrue(late.questions.get(1) instanceof PolicyRequest.SenderQuestion);
        late.next();
        assertEquals(3, late.questions.size());
        assertEquals("220|250|250|250|354", codes(server));
        server.channel.close();
        assertFalse(server.channel.finish());
    }

    @Test
    void sendsRepliesToPipelinedCommandsTogether() {
        SessionServer server = SessionServer.withDefaults();
        server.sent();
        AtomicInteger flushesWithOctets = new AtomicInteger();
        server.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            private boolean written;

            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                written = true;
                ctx.write(message, promise);
            }

            @Override
            public void flush(ChannelHandlerContext ctx) {
                flushesWithOctets.addAndGet(written ? 1 : 0);
                written = false;
                ctx.flush();
            }
        });
        server.receive("NOOP\r\nNOOP\r\nNONSENSE\r\n");
        assertEquals(1, flushesWithOctets.get());
        assertEquals("250|250|500", codes(server));
        assertFalse(server.channel.finish());
    }

    @Test
    void abandonsContentWhenTheConnectionIsLost() {
        SessionServer server = SessionServer.withDefaults();
        server.receive(UNTIL_DATA + "half a mail\r\n");
        server.channel.close();
        assertEquals(1, server.sinks.abandoned);
        assertEquals(0, server.sinks.finished);
        assertEquals(0, server.route.taken.size());
        server.sent();
        assertFalse(server.channel.finish());
    }

    @Test
    void asksNobodyToTakeAMailWhoseClientIsGone() {
        SessionServer server = lateServer();
        server.sent();
        server.receive(UNTIL_DATA);
        server.sent();
        server.receive("a mail\r\n.\r\n");
        assertEquals(1, server.sinks.finished);
        server.channel.close();
        server.sent();
        assertEquals(0, late.taken.size());
        assertEquals(1, server.sinks.unclaimed);
        assertEquals(0, server.sinks.abandoned);
        assertFalse(server.channel.finish());
    }

    @Test
    void takesAClientForGoneThatEndsItsSideAfterALongWait() {
        SessionServer server = lateServer();
        server.receive(UNTIL_DATA);
        server.sent();
        server.receive("Subject: x\r\n\r\n.\r\n");
        // The mail is whole, and the route has not answered.
        while (late.questions.size() < 4) {
            late.next();
        }
        server.channel.advanceTimeBy(11, TimeUnit.SECONDS);
        server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertFalse(server.channel.isOpen());
        server.settle();
        assertFalse(server.channel.finish());
    }

    @Test
    void sendsAwayAClientThatHasEndedItsSide() {
        SessionServer server = lateServer();
        server.receive("NONSENSE\r\n".repeat(30));
        server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertTrue(codes(server).endsWith("|500|421"));
        assertFalse(server.channel.isOpen());
        assertFalse(server.channel.finish());
    }

    @Test
    void dropsAnAnswerThatComesAfterTheClientLeft() {
        SessionServer server = lateServer();
        server.sent();
        server.receive("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n");
        server.channel.close();
        assertEquals("250", codes(server));
        assertFalse(server.channel.finish());
    }

    @Test
    void dropsAnAnswerThatNobodyAskedFor() {
        SessionServer server = SessionServer.withDefaults();
        server.sent();
        server.channel.writeAndFlush(PolicyResult.of(Reply.of(250, "2.0.0", "ok")));
        assertEquals("", server.sent());
        assertFalse(server.channel.finish());
    }

    @Test
    void drainsIdleSessionsAtOnce() {
        SessionServer server =
                new SessionServer(SessionLimits.DEFAULT, new ScriptedRoute(false), registry, SessionListener.NONE);
        assertEquals(1, registry.open());
        server.sent();
        CompletableFuture<Void> drained = registry.drain().toCompletableFuture();
        assertEquals("421 4.3.2 mx.example is shutting down, try again later", server.sent());
        assertFalse(server.channel.isOpen());
        assertTrue(drained.isDone());
        assertEquals(0, registry.open());
        assertFalse(server.channel.finish());
    }

    @Test
    void drainsASessionAfterItsMail() {
        SessionServer server = lateServer();
        server.receive(UNTIL_DATA);
        server.sent();
        CompletableFuture<Void> drained = registry.drain().toCompletableFuture();
        assertEquals("", server.sent());
        server.receive("a mail\r\n.\r\nMAIL FROM:<second@example.org>\r\n");
        assertFalse(drained.isDone());
        assertEquals("250|421", codes(server));
        assertEquals(1, late.taken.size());
        assertTrue(drained.isDone());
        assertFalse(server.channel.finish());
    }

    @Test
    void refusesNewSessionsWhileDraining() {
        registry.drain();
        SessionServer server = lateServer();
        assertEquals("421 4.3.2 mx.example is shutting down, try again later", server.sent());
        assertFalse(server.channel.finish());
        assertEquals(0, registry.open());
    }

    @Test
    void countsConnectionsPerAddress() {
        SessionRegistry small = new SessionRegistry(new SessionLimits.Connections(10, 1));
        SessionServer first =
                new SessionServer(SessionLimits.DEFAULT, new ScriptedRoute(false), small, SessionListener.NONE);
        SessionServer second =
                new SessionServer(SessionLimits.DEFAULT, new ScriptedRoute(false), small, SessionListener.NONE);
        assertEquals("421 4.7.0 mx.example too many connections from your address, try again later", second.sent());
        assertEquals(1, small.open());
        first.channel.close();
        first.sent();
        assertEquals(0, small.open());
        SessionServer third =
                new SessionServer(SessionLimits.DEFAULT, new ScriptedRoute(false), small, SessionListener.NONE);
        assertEquals("220 mx.example ESMTP Caravan", third.sent());
        for (SessionServer server : List.of(first, second, third)) {
            assertFalse(server.channel.finish());
        }
    }

    @Test
    void doesNotBlameTheClientForOurOwnSlowness() {
        SessionServer server = lateServer();
        server.sent();
        server.receive("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n");
        passWithoutAnAnswer(server, 299);
        assertEquals("250|250", codes(server));
        server.pass(299);
        assertTrue(server.channel.isOpen());
        server.pass(2);
        assertEquals("421", codes(server));
        assertFalse(server.channel.finish());
    }

    private static void passWithoutAnAnswer(SessionServer server, long seconds) {
        server.channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        server.channel.runScheduledPendingTasks();
    }

    @Test
    void endsASessionWhoseQuestionIsNotAnswered() {
        SessionServer server = lateServer();
        server.sent();
        server.receive("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@local.example>\r\n");
        passWithoutAnAnswer(server, 301);
        // The answer comes now, and is nobody's: not that of RCPT either.
        assertEquals("250|451|421", codes(server));
        assertEquals(2, late.questions.size());
        assertFalse(server.channel.isOpen());
        assertFalse(server.channel.finish());
        assertEquals(0, registry.open());
    }

    @Test
    void aMailWhoseStoringIsNotAnsweredIsNotTaken() {
        SessionServer server = lateServer();
        server.receive(UNTIL_DATA);
        server.sent();
        server.receive("a mail\r\n.\r\nQUIT\r\n");
        late.next();
        passWithoutAnAnswer(server, 301);
        assertEquals("451|421", codes(server));
        assertFalse(server.channel.isOpen());
        assertFalse(server.channel.finish());
    }

    @Test
    void aGreetingThatIsNotDecidedIs421() {
        SessionServer server = lateServer();
        passWithoutAnAnswer(server, 301);
        assertEquals("421 4.3.0 mx.example trouble on our side, closing", server.sent());
        assertFalse(server.channel.finish());
    }

    @Test
    void everyQuestionHasTheWholeTimeForItself() {
        SessionServer server = lateServer();
        server.sent();
        server.receive("EHLO client.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@local.example>\r\n");
        passWithoutAnAnswer(server, 200);
        late.next();
        passWithoutAnAnswer(server, 200);
        assertEquals("250|250|250", codes(server));
        assertFalse(server.channel.finish());
    }

    @Test
    void tellsOfEveryRefusal() {
        List<String> heard = new ArrayList<>();
        SessionListener listener = new SessionListener() {
            @Override
            public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
                heard.add(reply.code() + " " + what);
            }

            @Override
            public void closed(SessionFacts facts) {
                heard.add("closed " + facts.helo());
            }
        };
        SessionServer server = new SessionServer(SessionLimits.DEFAULT, new ScriptedRoute(false), registry, listener);
        server.receive("EHLO client.example\r\nMAIL FROM:<refused@example.org>\r\nNO\0OP\r\n");
        server.receive(UNTIL_DATA + "bare\nLF\r\n.\r\n");
        server.sent();
        server.pass(301);
        server.sent();
        assertEquals(
                List.of(
                        "550 MAIL from <refused@example.org>",
                        "500 line",
                        "554 content from <a@example.org>",
                        "421 connection",
                        "closed client.example"),
                heard);
        assertFalse(server.channel.finish());
    }

    @Test
    void aFaultOfOursEndsTheSessionWithAReply() {
        SessionServer server = SessionServer.withDefaults();
        server.sent();
        server.channel.pipeline().fireExceptionCaught(new IllegalStateException("bug"));
        assertEquals("421 4.3.0 mx.example trouble on our side, closing", server.sent());
        assertFalse(server.channel.finish());
    }
}
