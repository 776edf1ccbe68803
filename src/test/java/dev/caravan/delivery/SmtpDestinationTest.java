package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a destination says in queue items of this and of every earlier release. */
class SmtpDestinationTest {
    private static final SmtpDestination DOMAINS = new SmtpDestination.RecipientDomains();

    private record Case(String destination, SmtpDestination expected) {}

    @TestFactory
    Stream<DynamicTest> readsDestinations() {
        return Stream.of(
                        new Case("x.example", mailHosts("x.example")),
                        new Case("localhost", mailHosts("localhost")),
                        new Case("[192.0.2.1]", mailHosts("[192.0.2.1]")),
                        new Case("[ipv6:2001:db8::1]", mailHosts("[IPv6:2001:db8::1]")),
                        new Case("relay.example:25", relayHosts(new HostAndPort("relay.example", 25))),
                        new Case("192.0.2.1:2525", relayHosts(new HostAndPort("192.0.2.1", 2525))),
                        new Case("[2001:db8::1]:25", relayHosts(new HostAndPort("2001:db8::1", 25))),
                        new Case(
                                "one.example:25, two.example:26",
                                relayHosts(new HostAndPort("one.example", 25), new HostAndPort("two.example", 26))),
                        new Case("", DOMAINS),
                        new Case("one.example two.example", DOMAINS),
                        new Case("one.example:99999", DOMAINS),
                        new Case("one.example:25,two.example", DOMAINS),
                        new Case("?", DOMAINS))
                .map(c -> DynamicTest.dynamicTest(
                        '"' + c.destination() + '"',
                        () -> assertEquals(c.expected(), SmtpDestination.parse(c.destination()))));
    }

    @Test
    void readsWhatARelayHostWrites() {
        for (String host : List.of("relay.example", "192.0.2.1", "2001:db8::1")) {
            RelayHost relay = new RelayHost(new HostAndPort(host, 2525));
            assertEquals(new SmtpDestination.RelayHosts(List.of(relay)), SmtpDestination.parse(relay.toString()), host);
        }
    }

    private static SmtpDestination mailHosts(String domain) {
        return new SmtpDestination.MailHosts(new Domain(domain));
    }

    private static SmtpDestination relayHosts(HostAndPort... hosts) {
        return new SmtpDestination.RelayHosts(
                Stream.of(hosts).map(RelayHost::new).toList());
    }
}
