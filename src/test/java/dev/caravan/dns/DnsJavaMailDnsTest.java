package dev.caravan.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.LoopbackDns.EdnsMood;
import dev.caravan.dns.LoopbackDns.Mood;
import dev.caravan.mail.Domain;
import dev.caravan.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

@Timeout(120)
class DnsJavaMailDnsTest {
    private LoopbackDns server;
    private MailDns dns;

    @BeforeEach
    void start() throws IOException {
        server = LoopbackDns.start();
        dns = asking(List.of(server.address()));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static MailDns asking(List<InetSocketAddress> servers) {
        return new DnsJavaMailDns(new DnsSettings(servers, Duration.ofSeconds(1), 2, 1000));
    }

    private MxAnswer mx(String domain) throws Exception {
        return dns.mx(new Domain(domain)).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private AddressAnswer addresses(String name) throws Exception {
        return dns.addresses(name).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void sortsHostsByPreference() throws Exception {
        server.mx("a.example", 20, "b.example").mx("a.example", 5, "c.example");
        assertEquals(
                new MxAnswer.Hosts(List.of(new MxHost(5, "c.example"), new MxHost(20, "b.example"))), mx("A.Example"));
    }

    @Test
    void takesTheDomainForItsHostIfItHasAddressesOnly() throws Exception {
        server.address("a.example", "192.0.2.1");
        assertEquals(new MxAnswer.Implicit(), mx("a.example"));
    }

    @Test
    void takesTheDomainForItsHostIfItHasAnIpv6AddressOnly() throws Exception {
        server.address("a.example", "2001:db8::1");
        assertEquals(new MxAnswer.Implicit(), mx("a.example"));
    }

    @Test
    void knowsNullMx() throws Exception {
        server.nullMx("a.example").address("a.example", "192.0.2.1");
        assertEquals(new MxAnswer.NullMx(), mx("a.example"));
    }

    @Test
    void ignoresANullMxBesideOthers() throws Exception {
        server.nullMx("a.example").mx("a.example", 10, "b.example");
        assertEquals(new MxAnswer.Hosts(List.of(new MxHost(10, "b.example"))), mx("a.example"));
    }

    @Test
    void tellsNoSuchDomainFromNoMail() throws Exception {
        server.exists("empty.example");
        assertEquals(new MxAnswer.NoSuchDomain(), mx("nowhere.example"));
        assertEquals(new MxAnswer.NoMail(), mx("empty.example"));
    }

    @Test
    void followsAliasesOfDomainsAndHosts() throws Exception {
        server.alias("a.example", "b.example").mx("b.example", 1, "c.example");
        server.alias("c.example", "d.example").address("d.example", "192.0.2.4");
        assertEquals(new MxAnswer.Hosts(List.of(new MxHost(1, "c.example"))), mx("a.example"));
        assertEquals(new AddressAnswer.Addresses(List.of(InetAddress.getByName("192.0.2.4"))), addresses("c.example"));
    }

    @Test
    void isInTroubleWithAliasesThatGoInCircles() throws Exception {
        server.alias("a.example", "b.example").alias("b.example", "a.example");
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("a.example"));
        assertInstanceOf(AddressAnswer.TemporaryFailure.class, addresses("a.example"));
    }

    @Test
    void isInTroubleWithTooManyAliases() throws Exception {
        for (int i = 0; i < 20; i++) {
            server.alias("a" + i + ".example", "a" + (i + 1) + ".example");
        }
        server.mx("a20.example", 1, "b.example");
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("a0.example"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"TRUNCATED_UDP", "NXDOMAIN"})
    void neverTakesTroubleForAbsence(Mood mood) throws Exception {
        server.mood("a.example", mood);
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("a.example"));
        assertInstanceOf(AddressAnswer.TemporaryFailure.class, addresses("a.example"));
    }

    @Test
    void keepsTheAnswersForTheTypesOfANameApart() throws Exception {
        server.timeToLive(1).address("a.example", "192.0.2.1").mood("a.example", Type.AAAA, Mood.NXDOMAIN);
        server.address("b.example", "2001:db8::1").mood("b.example", Type.A, Mood.NXDOMAIN);
        server.mx("c.example", 1, "a.example")
                .address("c.example", "192.0.2.3")
                .mood("c.example", Type.MX, Mood.NXDOMAIN);
        AddressAnswer four = new AddressAnswer.Addresses(List.of(InetAddress.getByName("192.0.2.1")));
        AddressAnswer six = new AddressAnswer.Addresses(List.of(InetAddress.getByName("2001:db8::1")));
        for (int i = 0; i < 2; i++) {
            int asked = server.queries().size();
            assertEquals(four, addresses("a.example"));
            assertEquals(six, addresses("b.example"));
            assertEquals(new MxAnswer.Implicit(), mx("c.example"));
            if (i == 0) {
                Await.until("the address was forgotten", () -> {
                    dns.addresses("a.example").toCompletableFuture().join();
                    return server.queries().stream()
                                    .filter("A a.example"::equals)
                                    .count()
                            > 1;
                });
            } else {
                assertTrue(
                        server.queries().size() <= asked + 6, server.queries().toString());
            }
        }
        assertEquals(
                1, server.queries().stream().filter("AAAA a.example"::equals).count());
    }

    @Test
    void findsAnAddressThoughTheOtherFamilyIsInTrouble() throws Exception {
        server.address("a.example", "192.0.2.1").mood("a.example", Type.AAAA, Mood.SERVFAIL);
        server.address("b.example", "2001:db8::1").mood("b.example", Type.A, Mood.SILENT);
        server.mood("c.example", Type.A, Mood.SERVFAIL).mood("c.example", Type.AAAA, Mood.NXDOMAIN);
        server.mood("d.example", Type.MX, Mood.NXDOMAIN).mood("d.example", Type.A, Mood.SERVFAIL);
        assertInstanceOf(AddressAnswer.Addresses.class, addresses("a.example"));
        assertInstanceOf(AddressAnswer.Addresses.class, addresses("b.example"));
        assertInstanceOf(AddressAnswer.TemporaryFailure.class, addresses("c.example"));
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("d.example"));
    }

    @ParameterizedTest
    @EnumSource(EdnsMood.class)
    void asksAgainWithoutEdns(EdnsMood mood) throws Exception {
        server.withoutEdns(mood).mx("a.example", 1, "b.example").address("b.example", "192.0.2.1");
        assertEquals(new MxAnswer.Hosts(List.of(new MxHost(1, "b.example"))), mx("a.example"));
        assertInstanceOf(AddressAnswer.Addresses.class, addresses("b.example"));
        // By now it is known, and nothing is asked twice.
        int asked = server.queries().size();
        assertEquals(AddressAnswer.NoSuchHost.NO_NAME, addresses("c.example"));
        assertEquals(asked + 2, server.queries().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void followsTenAliases(boolean isWhole) throws Exception {
        for (int i = 0; i < 11; i++) {
            server.alias("a" + i + ".example", "a" + (i + 1) + ".example");
        }
        server.address("a11.example", "192.0.2.1").wholeChains(isWhole);
        assertInstanceOf(AddressAnswer.Addresses.class, addresses("a1.example"));
        assertEquals(new MxAnswer.Implicit(), mx("a1.example"));
        assertInstanceOf(AddressAnswer.TemporaryFailure.class, addresses("a0.example"));
    }

    @Test
    void isInTroubleIfNobodyListens() throws Exception {
        server.close();
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("a.example"));
    }

    @Test
    void asksByTcpWhatUdpCannotHold() throws Exception {
        server.mood("a.example", Mood.TRUNCATED_UDP).mx("a.example", 1, "b.example");
        assertEquals(new MxAnswer.Hosts(List.of(new MxHost(1, "b.example"))), mx("a.example"));
        assertTrue(
                server.queries().contains("MX a.example tcp"), server.queries().toString());
    }

    @Test
    void asksTheNextServerIfOneFails() throws Exception {
        try (LoopbackDns failing = LoopbackDns.start()) {
            failing.mood("a.example", Mood.SERVFAIL);
            server.mx("a.example", 1, "b.example");
            dns = asking(List.of(failing.address(), server.address()));
            assertEquals(new MxAnswer.Hosts(List.of(new MxHost(1, "b.example"))), mx("a.example"));
        }
    }

    @Test
    void remembersAnswersAndAbsences() throws Exception {
        server.mx("a.example", 1, "b.example");
        mx("a.example");
        mx("nowhere.example");
        int asked = server.queries().size();
        mx("a.example");
        mx("nowhere.example");
        assertEquals(asked, server.queries().size());
    }

    @Test
    void remembersAbsencesForSecondsThoughTheServerDoesNotSayForHowLong() throws Exception {
        server.withoutSoa().address("a.example", "192.0.2.1");
        assertEquals(new MxAnswer.Implicit(), mx("a.example"));
        int asked = server.queries().size();
        assertEquals(new MxAnswer.Implicit(), mx("A.example"));
        assertEquals(asked, server.queries().size());
        dns.forgetAnswers();
        mx("a.example");
        assertEquals(2 * asked, server.queries().size());
    }

    @Test
    void asksOnceForManyLookupsOfANameAtTheSameTime() throws Exception {
        server.mood("a.example", Mood.SILENT);
        List<CompletableFuture<MxAnswer>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(dns.mx(new Domain("a.example")).toCompletableFuture());
        }
        for (CompletableFuture<MxAnswer> one : all) {
            assertInstanceOf(MxAnswer.TemporaryFailure.class, one.get(30, TimeUnit.SECONDS));
        }
        // With EDNS and without, twice.
        assertTrue(server.queries().size() <= 4, server.queries().toString());
        server.forget("a.example").mx("a.example", 1, "b.example");
        assertInstanceOf(MxAnswer.Hosts.class, mx("a.example"));
    }

    @Test
    void answersManyLookupsAtOnceOneAfterTheOther() throws Exception {
        List<CompletableFuture<MxAnswer>> all = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            server.nullMx("x" + i + ".example");
            all.add(dns.mx(new Domain("x" + i + ".example")).toCompletableFuture());
        }
        for (CompletableFuture<MxAnswer> one : all) {
            assertEquals(new MxAnswer.NullMx(), one.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void findsAddressesOfBothFamilies() throws Exception {
        server.address("a.example", "192.0.2.1").address("a.example", "2001:db8::1");
        AddressAnswer.Addresses found = assertInstanceOf(AddressAnswer.Addresses.class, addresses("a.example"));
        assertEquals(
                Set.of(InetAddress.getByName("192.0.2.1"), InetAddress.getByName("2001:db8::1")),
                Set.copyOf(found.addresses()));
    }

    @Test
    void knowsNoHostWithoutAddress() throws Exception {
        server.exists("empty.example");
        assertEquals(AddressAnswer.NoSuchHost.NO_ADDRESS, addresses("empty.example"));
        assertEquals(AddressAnswer.NoSuchHost.NO_NAME, addresses("nowhere.example"));
    }

    @Test
    void leavesOutHostsWithoutAProperName() throws Exception {
        server.mx("a.example", 1, "b\\(x.example")
                .mx("a.example", 2, "c.example")
                .mx("bad.example", 1, "b\\(.example");
        assertEquals(new MxAnswer.Hosts(List.of(new MxHost(2, "c.example"))), mx("a.example"));
        assertInstanceOf(MxAnswer.TemporaryFailure.class, mx("bad.example"));
    }

    @Test
    void asksNothingAboutLiteralsAndLocalhost() throws Exception {
        assertEquals(new MxAnswer.Implicit(), mx("[192.0.2.1]"));
        assertInstanceOf(AddressAnswer.Addresses.class, addresses("localhost"));
        assertEquals(List.of(), server.queries());
    }
}
