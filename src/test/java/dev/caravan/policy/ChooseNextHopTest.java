package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import dev.caravan.queue.NextHop;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChooseNextHopTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example, [192.0.2.1]");
    private static final ChooseNextHop BY_MX = new ChooseNextHop(LOCAL, Optional.empty());
    private static final ChooseNextHop BY_RELAY =
            new ChooseNextHop(LOCAL, Optional.of(new RelayHost(new HostAndPort("relay.example", 2525))));
    private static final Destinations CHOICES = Destinations.NONE
            .with("orders@local.example", "orders")
            .with("x.example", "first")
            .with("x.example", "second")
            .with("direct.example", "smtp")
            .with("local.example", "smtp");

    private record Case(ChooseNextHop rule, Destinations choices, String recipient, String nextHop) {}

    @TestFactory
    Stream<DynamicTest> choosesForARecipient() {
        return Stream.of(
                        new Case(BY_MX, Destinations.NONE, "b@local.example", "local local.example"),
                        new Case(BY_MX, Destinations.NONE, "b@LOCAL.example", "local local.example"),
                        new Case(BY_MX, Destinations.NONE, "b@[192.0.2.1]", "local [192.0.2.1]"),
                        new Case(BY_MX, Destinations.NONE, "b@Far.example", "smtp far.example"),
                        new Case(BY_MX, Destinations.NONE, "b@[192.0.2.2]", "smtp [192.0.2.2]"),
                        new Case(BY_RELAY, Destinations.NONE, "b@far.example", "smtp relay.example:2525"),
                        new Case(BY_RELAY, Destinations.NONE, "b@local.example", "local local.example"),
                        new Case(BY_RELAY, CHOICES, "b@x.example", "first x.example"),
                        new Case(BY_MX, CHOICES, "ORDERS@local.example", "orders local.example"),
                        new Case(BY_MX, CHOICES, "other@local.example", "smtp local.example"),
                        new Case(BY_MX, CHOICES, "b@direct.example", "smtp direct.example"),
                        new Case(BY_MX, Destinations.NONE.with("*", "all"), "b@far.example", "all far.example"),
                        new Case(BY_MX, Destinations.NONE.with("*", "all"), "b@local.example", "local local.example"))
                .map(c -> DynamicTest.dynamicTest(
                        c.recipient() + " -> " + c.nextHop(),
                        () -> assertEquals(
                                c.nextHop(),
                                text(c.rule().choose(ForwardPath.of(c.recipient()), ReversePath.NULL, c.choices())))));
    }

    @Test
    void namesTheRule() {
        Destinations named = Destinations.NONE.with("x.example", "first", "choose-transport@destinations.camel.yaml:9");
        assertEquals(
                "the transport chosen for x.example by choose-transport@destinations.camel.yaml:9",
                BY_MX.rule(ForwardPath.of("b@x.example"), ReversePath.NULL, named));
        assertEquals("a local domain", BY_MX.rule(ForwardPath.of("b@local.example"), ReversePath.NULL, named));
        assertEquals(
                "the mail hosts of the domain", BY_MX.rule(ForwardPath.of("b@far.example"), ReversePath.NULL, named));
        assertEquals(
                "the relay host for all other domains",
                BY_RELAY.rule(ForwardPath.of("b@far.example"), ReversePath.NULL, named));
    }

    private record Queued(String reason, ChooseNextHop rule, String nextHop, String recipients, String now) {}

    @TestFactory
    Stream<DynamicTest> looksTheRelayHostUpAgainForEachAttempt() {
        return Stream.of(
                        new Queued("nothing changed", BY_MX, "smtp far.example", "b@far.example", "smtp far.example"),
                        new Queued(
                                "nothing changed",
                                BY_RELAY,
                                "smtp relay.example:2525",
                                "b@far.example c@x.example",
                                "smtp relay.example:2525"),
                        new Queued(
                                "a relay host was set",
                                BY_RELAY,
                                "smtp far.example",
                                "b@far.example",
                                "smtp relay.example:2525"),
                        new Queued(
                                "another relay host was set",
                                BY_RELAY,
                                "smtp old.example:25",
                                "b@far.example",
                                "smtp relay.example:2525"),
                        new Queued(
                                "the relay host was removed",
                                BY_MX,
                                "smtp old.example:25",
                                "b@Far.example c@far.example",
                                "smtp far.example"),
                        new Queued(
                                "it was, and the recipients are at several domains",
                                BY_MX,
                                "smtp [2001:db8::1]:25",
                                "b@far.example c@x.example",
                                "smtp "),
                        new Queued(
                                "a relay host is back",
                                BY_RELAY,
                                "smtp ",
                                "b@far.example c@x.example",
                                "smtp relay.example:2525"),
                        new Queued(
                                "a route of the operator's delivers by smtpTransport",
                                BY_MX,
                                "bulk far.example",
                                "b@far.example",
                                "bulk far.example"),
                        new Queued(
                                "it does, and a relay host was set",
                                BY_RELAY,
                                "bulk far.example",
                                "b@far.example",
                                "bulk relay.example:2525"))
                .map(c -> DynamicTest.dynamicTest(
                        c.nextHop() + ", " + c.reason(),
                        () -> assertEquals(
                                c.now(),
                                text(c.rule()
                                        .forAttempt(
                                                nextHop(c.nextHop()), ReversePath.NULL, recipients(c.recipients()))))));
    }

    private static NextHop nextHop(String text) {
        int space = text.indexOf(' ');
        return new NextHop(text.substring(0, space), text.substring(space + 1));
    }

    private static List<Recipient> recipients(String text) {
        return Stream.of(text.split(" ")).map(Recipient::of).toList();
    }

    private static String text(NextHop hop) {
        return hop.transport() + " " + hop.destination();
    }
}
