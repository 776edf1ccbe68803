package dev.caravan.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.TakenItem;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import dev.caravan.outcome.Placement;
import dev.caravan.policy.AliasExpander;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.Destinations;
import dev.caravan.policy.DirectoryTimeout;
import dev.caravan.policy.DirectoryUnavailableException;
import dev.caravan.policy.FakeDirectory;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Spool;
import dev.caravan.steps.AddRecipient;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.QueueTransaction;
import dev.caravan.store.StoreException;
import dev.caravan.trace.MailEvents;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of direct:submit without a route: what becomes of recipients, and of a directory that does not answer. */
class SubmitStepsTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example");
    private static final Map<String, List<String>> ALIASES = Map.of(
            "team@local.example", List.of("bob@local.example", "zoe@far.example"),
            "away@local.example", List.of("carol@far.example"));
    private static final Duration LONG = Duration.ofMinutes(10);

    private final FakeDirectory directory = new FakeDirectory(ALIASES);
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final MailExchange view = MailExchange.of(exchange);

    @TempDir
    Path folder;

    @Test
    void makesAnItemForEachNextHop() throws Exception {
        submit(Optional.empty(), "bob@local.example", "x@far.example", "y@near.example", "z@FAR.example");
        assertEquals(
                List.of(
                        "mail.deliver.local local.example: bob@local.example",
                        "mail.deliver.smtp far.example: x@far.example z@FAR.example",
                        "mail.deliver.smtp near.example: y@near.example"),
                items());
    }

    @Test
    void makesOneItemForTheRelayHost() throws Exception {
        RelayHost relay = new RelayHost(new HostAndPort("relay.example", 25));
        submit(Optional.of(relay), "bob@local.example", "x@far.example", "y@near.example");
        assertEquals(
                List.of(
                        "mail.deliver.local local.example: bob@local.example",
                        "mail.deliver.smtp relay.example:25: x@far.example y@near.example"),
                items());
    }

    @Test
    void choosesBehindAliasesAndByTheOperatorsRulesFirst() throws Exception {
        view.destinations(Destinations.NONE.with("zoe@far.example", "bulk"));
        submit(Optional.empty(), "team@local.example", "x@far.example");
        assertEquals(
                List.of(
                        "mail.deliver.smtp far.example: x@far.example",
                        "mail.deliver.local local.example: bob@local.example",
                        "mail.deliver.bulk far.example: zoe@far.example"),
                items());
        assertEquals(
                List.of("team@local.example"),
                split().expanded().stream()
                        .map(recipient -> recipient.path().address())
                        .toList());
    }

    @Test
    void marksWhatLeavesByAnAliasWithIt() throws Exception {
        submit(Optional.empty(), "team@local.example");
        assertTrue(text(split().placements().get(1))
                .startsWith(ForwardTrace.FIELD + ": team@local.example from=<a@example.org> resent=0 stored\r\n"));
        assertTrue(text(split().placements().get(0)).startsWith("Subject: "), "the copy in a Maildir is not marked");
    }

    @Test
    void putsAtMostFiftyRecipientsIntoAnItemOfAnOperatorsTransport() throws Exception {
        String[] crowd =
                IntStream.range(0, 101).mapToObj(i -> "r" + i + "@far.example").toArray(String[]::new);
        view.destinations(Destinations.NONE.with("far.example", "bulk"));
        submit(Optional.empty(), crowd);
        assertEquals(
                List.of(50, 50, 1),
                split().placements().stream()
                        .map(placement -> placement.item().recipients().size())
                        .toList());
        assertEquals(
                List.of("1", "2", "3"),
                split().placements().stream()
                        .map(placement -> placement.item().id().toString().replaceAll(".*\\.", ""))
                        .toList());
    }

    @Test
    void holdsAllItemsOfAMessageThatARuleHolds() throws Exception {
        view.apply(new Verdict.Hold("large"));
        submit(Optional.empty(), "bob@local.example", "x@far.example");
        assertEquals(
                List.of("mail.hold local.example: bob@local.example", "mail.hold far.example: x@far.example"), items());
    }

    @Test
    void returnsToRecipientsThatHaveSentTheMessageOnAndSendsItToTheOthers() throws Exception {
        Content came = ItemExamples.content(ForwardTrace.FIELD
                + ": away@local.example from=<a@example.org> resent=0\r\nSubject: x\r\n\r\nhello\r\n");
        submit(mail("away@local.example", "bob@local.example").withContent(came), Optional.empty());
        assertEquals(
                List.of(
                        "mail.deliver.local local.example: bob@local.example",
                        "mail.dead local.example: away@local.example"),
                items());
        assertTrue(split().placements()
                .get(1)
                .item()
                .progress()
                .toString()
                .contains("mail loop: <away@local.example> has sent this message on before"));
    }

    @Test
    void keepsWhomItDiscardsUntilTheOthersAreStored() throws Exception {
        Content stored = ItemExamples.content(ForwardTrace.FIELD
                + ": away@local.example from=<a@example.org> resent=0 stored\r\nSubject: x\r\n\r\nhello\r\n");
        submit(mail("away@local.example", "bob@local.example").withContent(stored), Optional.empty());
        assertEquals(List.of("mail.deliver.local local.example: bob@local.example"), items());
        assertEquals(
                List.of("[away@local.example] " + ExpandAliases.CAME_BACK),
                split().discarded().stream()
                        .map(discarded -> discarded.part().envelope().recipients().stream()
                                        .map(recipient -> recipient.path().address())
                                        .toList()
                                + " " + discarded.reason())
                        .toList());
        List<String> reported = new ArrayList<>();
        MailEvents events = new MailEvents() {
            @Override
            public void recipientsDiscarded(MailObject part, String reason) {
                reported.add(reason);
            }
        };
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        try (GroupCommitEnqueuer away =
                new GroupCommitEnqueuer(new BrokerConnections("tcp://127.0.0.1:1"), Duration.ofSeconds(10))) {
            new StoreItems(away, spool(), events, Clock.systemUTC(), MemoryShare.unlimited("items"), Runnable::run)
                    .process(exchange, done::complete);
            done.join();
        }
        assertInstanceOf(StoreException.class, exchange.getException());
        assertEquals(List.of(), reported, "the client is told 451 and sends it again");
    }

    @Test
    void refusesALoopThatReachesNobody() throws Exception {
        Content came = ItemExamples.content(ForwardTrace.FIELD
                + ": away@local.example from=<a@example.org> resent=0\r\nSubject: x\r\n\r\nhello\r\n");
        exchange.getMessage().setBody(mail("away@local.example").withContent(came));
        expand(directory, Runnable::run, LONG).process(exchange);
        assertTrue(exchange.isRouteStop());
        assertEquals(
                "554 5.4.6 mail loop: <away@local.example> has sent this message on before",
                view.reply().orElseThrow().text());
    }

    @Test
    void expandsARecipientThatARuleHasAdded() throws Exception {
        ExpandAliases expand = expand(directory, Runnable::run, LONG);
        exchange.getMessage().setBody(mail("x@near.example"));
        expand.process(exchange);
        new AddRecipient(Decisions.NONE).to("away@local.example", exchange);
        new AddRecipient(Decisions.NONE).to("archive@else.example", exchange);
        finish(expand, Optional.empty());
        assertEquals(
                List.of(
                        "mail.deliver.smtp near.example: x@near.example",
                        "mail.deliver.smtp far.example: carol@far.example",
                        "mail.deliver.smtp else.example: archive@else.example"),
                items());
        assertTrue(
                text(split().placements().get(2)).startsWith(ForwardTrace.FIELD + ": archive@else.example "),
                "a copy says so, lest it is made again");
    }

    @Test
    void goesOnWhenASlowDirectoryAnswers() throws Exception {
        directory.slow();
        List<String> done = new ArrayList<>();
        exchange.getMessage().setBody(mail("away@local.example"));
        ExpandAliases expand = expand(directory, Runnable::run, LONG);
        assertFalse(expand.process(exchange, sync -> done.add("done " + sync)), "no thread waits");
        assertEquals(List.of(), done);
        while (directory.answer()) {
            assertNull(exchange.getException());
        }
        assertEquals(List.of("done false"), done);
        MailObject expanded = exchange.getMessage().getBody(MailObject.class);
        assertEquals(
                "<carol@far.example>",
                expanded.envelope().recipients().get(0).path().toString());
    }

    @Test
    void failsIfADirectoryDoesNotAnswerInTime() throws Exception {
        directory.slow();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        exchange.getMessage().setBody(mail("away@local.example"));
        expand(directory, Runnable::run, Duration.ofMillis(20)).process(exchange, done::complete);
        done.join();
        assertInstanceOf(DirectoryUnavailableException.class, exchange.getException());
    }

    @Test
    void failsIfADirectoryDoes() throws Exception {
        directory.failing(new IllegalStateException("no connection"));
        exchange.getMessage().setBody(mail("away@local.example"));
        expand(directory, Runnable::run, LONG).process(exchange);
        assertEquals(
                "the directory of aliases failed: java.lang.IllegalStateException: no connection",
                exchange.getException().getMessage());
        assertInstanceOf(MailObject.class, exchange.getMessage().getBody(), "nothing was changed");
    }

    @Test
    void staysOnTheThreadOfATransaction() throws Exception {
        directory.slow();
        view.transaction(new QueueTransaction(
                TakenItem.ofListener(nothing(Session.class), nothing(Message.class)), spool(), Clock.systemUTC()));
        exchange.getMessage().setBody(mail("away@local.example"));
        AsyncProcessor expand = expand(directory, Runnable::run, Duration.ofMillis(20));
        assertTrue(expand.process(exchange, sync -> {}), "it has waited");
        assertInstanceOf(DirectoryUnavailableException.class, exchange.getException());
    }

    @Test
    void doesNotChooseForAMessageWhoseAliasesAreNotExpanded() throws Exception {
        exchange.getMessage().setBody(mail("team@local.example"));
        ExpandAliases expand = expand(directory, Runnable::run, LONG);
        new ChooseTransport(() -> new ChooseNextHop(LOCAL, Optional.empty()), expand, Decisions.NONE).process(exchange);
        assertNotNull(exchange.getException());
        assertTrue(exchange.getException().getMessage().endsWith("(expected: the step expandAliases before)"));
    }

    private void submit(Optional<RelayHost> relay, String... recipients) throws Exception {
        submit(mail(recipients), relay);
    }

    private void submit(MailObject mail, Optional<RelayHost> relay) throws Exception {
        ExpandAliases expand = expand(directory, Runnable::run, LONG);
        exchange.getMessage().setBody(mail);
        expand.process(exchange);
        finish(expand, relay);
    }

    private void finish(ExpandAliases expand, Optional<RelayHost> relay) throws Exception {
        new ChooseTransport(() -> new ChooseNextHop(LOCAL, relay), expand, Decisions.NONE).process(exchange);
        assertNull(exchange.getException());
        new SplitByNextHop(spool(), java.time.Clock.systemUTC()).process(exchange);
    }

    private static ExpandAliases expand(FakeDirectory directory, Executor answering, Duration limit) {
        return new ExpandAliases(
                new AliasExpander(new DirectoryTimeout(limit, answering).limitedAliases(directory), LOCAL),
                Decisions.NONE);
    }

    private Spool spool() throws java.io.IOException {
        return new Spool(folder, 1024, Spool.DEFAULT_MEMORY_BUDGET);
    }

    private SplitMail split() {
        return exchange.getMessage().getBody(SplitMail.class);
    }

    private List<String> items() {
        return split().placements().stream()
                .map(placement -> placement.queue() + " "
                        + placement.item().nextHop().destination() + ": "
                        + placement.item().recipients().stream()
                                .map(recipient -> recipient.path().address())
                                .collect(Collectors.joining(" ")))
                .toList();
    }

    private static String text(Placement placement) {
        Content.InMemory content =
                assertInstanceOf(Content.InMemory.class, placement.item().mail().content());
        return new String(content.octets(), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static MailObject mail(String... recipients) {
        MailObject mail = ItemExamples.plain().mail();
        Envelope envelope = mail.envelope()
                .withRecipients(Stream.of(recipients).map(Recipient::of).toList());
        assertEquals(ReversePath.of(Mailbox.parse("a@example.org")), envelope.reversePath());
        return mail.withEnvelope(envelope);
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw new AssertionError(method);
                }));
    }
}
