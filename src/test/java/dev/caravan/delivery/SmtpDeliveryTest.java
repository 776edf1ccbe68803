package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.dns.LoopbackDns;
import dev.caravan.dns.LoopbackDns.Mood;
import dev.caravan.dns.MailDns;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.net.FreePort;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deliveries by MX to hosts at several loopback addresses, and what happens on the way from host to host. */
@Timeout(120)
class SmtpDeliveryTest {
    private static final Domain US = new Domain("caravan.example");
    private static final int WHOLE = Integer.MAX_VALUE / 2;
    private static final List<String> YES = List.of(
            "S: 220 mx.example",
            "C: EHLO caravan.example",
            "S: 250-mx.example",
            "S: 250 PIPELINING",
            "C: MAIL FROM:*",
            "C: RCPT TO:*",
            "C: DATA",
            "S: 250 ok",
            "S: 250 ok",
            "S: 354 go on",
            "C: ...",
            "C: .",
            "S: 250 2.0.0 taken");

    private static final SmtpDestination DOMAINS = new SmtpDestination.RecipientDomains();

    private final List<AutoCloseable> open = new ArrayList<>();
    private LoopbackDns server;
    private MailDns dns;
    private int port;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        server = LoopbackDns.start();
        open.add(server);
        dns = new DnsJavaMailDns(new DnsSettings(List.of(server.address()), Duration.ofSeconds(2), 1, 100));
        port = FreePort.at("127.0.0.2", "127.0.0.3", "127.0.0.4");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
    }

    private ScriptedMx host(String name, String address, List<String> script) throws IOException {
        server.address(name, address);
        ScriptedMx mx = ScriptedMx.play(address, port, WHOLE, script);
        open.add(mx);
        return mx;
    }

    private SmtpDelivery delivery(ConnectionReuse reuse, MailDns asked) {
        SmtpClient client = new SmtpClient(
                US,
                DeliveryTimeouts.all(Duration.ofSeconds(10)),
                reuse,
                new DeadHostCache(Clock.systemUTC(), Duration.ofMinutes(15)),
                SmtpClient.eventLoops(1));
        open.add(client);
        OwnAddresses own = new OwnAddresses(US, List.of(new InetSocketAddress("127.0.0.9", port)));
        return new SmtpDelivery(
                new SmtpDeliverySettings(own, port, 10, ConcurrencyLimits.DEFAULT),
                asked,
                client,
                Clock.fixed(Mails.ARRIVED, ZoneOffset.UTC),
                new Random(1));
    }

    private static String results(SmtpDelivery delivery, MailObject mail) throws Exception {
        return results(delivery, mail, Instant.MAX);
    }

    private static String results(SmtpDelivery delivery, MailObject mail, Instant givenUpAt) throws Exception {
        return results(delivery, mail, DOMAINS, givenUpAt);
    }

    private SmtpDestination relayHosts(String... names) {
        return new SmtpDestination.RelayHosts(Stream.of(names)
                .map(name -> new RelayHost(new HostAndPort(name, port)))
                .toList());
    }

    private static String results(
            SmtpDelivery delivery, MailObject mail, SmtpDestination destination, Instant givenUpAt) throws Exception {
        DeliveryReport report = delivery.attempt(mail, destination, givenUpAt, new AttemptProgress())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        return report.results().stream().map(SmtpDeliveryTest::line).sorted().collect(Collectors.joining(", "));
    }

    private static String line(RecipientResult result) {
        String what = result instanceof Delivered ? "delivered" : result instanceof Deferred ? "deferred" : "failed";
        return what + " " + result.recipient().address() + " "
                + result.diagnosis().remoteMta().orElse("-") + " "
                + result.diagnosis().status();
    }

    private String results(String... to) throws Exception {
        return results(delivery(ConnectionReuse.NONE, dns), Mails.to(to));
    }

    @Test
    void triesTheHostOfLowestPreferenceFirst() throws Exception {
        server.mx("x.example", 20, "two.example").mx("x.example", 10, "one.example");
        ScriptedMx one = host("one.example", "127.0.0.2", YES);
        ScriptedMx two = host("two.example", "127.0.0.3", YES);
        assertEquals("delivered b@x.example one.example 2.0.0", results("b@x.example"));
        one.assertPlayed();
        assertEquals(0, two.connections());
    }

    @Test
    void triesTheNextHostIfOneCannotBeReached() throws Exception {
        server.mx("x.example", 10, "one.example")
                .mx("x.example", 20, "two.example")
                .address("one.example", "127.0.0.2");
        host("two.example", "127.0.0.3", YES);
        assertEquals("delivered b@x.example two.example 2.0.0", results("b@x.example"));
    }

    @Test
    void triesTheNextHostIfOneIsBusyOrTakesNoMail() throws Exception {
        server.mx("x.example", 10, "one.example")
                .mx("x.example", 20, "two.example")
                .mx("x.example", 30, "three.example");
        host("one.example", "127.0.0.2", List.of("S: 554 no mail here"));
        host(
                "two.example",
                "127.0.0.3",
                List.of("S: 220 mx", "C: EHLO *", "S: 250 mx", "C: MAIL *", "S: 451 4.3.0 busy", "C: QUIT"));
        host("three.example", "127.0.0.4", YES);
        assertEquals("delivered b@x.example three.example 2.0.0", results("b@x.example"));
    }

    @Test
    void reportsWhatEachHostSaid() throws Exception {
        server.mx("x.example", 10, "one.example")
                .mx("x.example", 20, "two.example")
                .mx("x.example", 30, "three.example")
                .address("one.example", "127.0.0.2");
        List<String> busy = List.of("S: 220 mx", "C: EHLO *", "S: 250 mx", "C: MAIL *", "S: 451 4.3.0 busy", "! next");
        List<String> twice = new ArrayList<>(busy);
        twice.addAll(busy);
        host("two.example", "127.0.0.3", twice);
        List<String> refusing = new ArrayList<>(YES.subList(0, YES.size() - 1));
        refusing.addAll(List.of("S: 550 5.7.1 spam", "C: QUIT", "S: 221 bye", "! next"));
        refusing.addAll(YES);
        host("three.example", "127.0.0.4", refusing);
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals(
                List.of(
                        "one.example 127.0.0.2 none deferred b@x.example - 4.4.1",
                        "two.example 127.0.0.3 none deferred b@x.example two.example 4.3.0",
                        "three.example 127.0.0.4 none failed b@x.example three.example 5.7.1"),
                hosts(delivery, Mails.to("b@x.example")));
        // The first is known to be unreachable by now, and says so at once.
        assertEquals(
                List.of(
                        "one.example 127.0.0.2 none deferred b@x.example - 4.4.1",
                        "two.example 127.0.0.3 none deferred b@x.example two.example 4.3.0",
                        "three.example 127.0.0.4 none delivered b@x.example three.example 2.0.0"),
                hosts(delivery, Mails.to("b@x.example")));
    }

    @Test
    void reportsTheHostsOfEachDomain() throws Exception {
        server.mx("x.example", 10, "one.example").mx("y.example", 10, "two.example");
        host("one.example", "127.0.0.2", YES);
        host("two.example", "127.0.0.3", YES);
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals(
                List.of(
                        "one.example 127.0.0.2 none delivered b@x.example one.example 2.0.0",
                        "two.example 127.0.0.3 none delivered b@y.example two.example 2.0.0"),
                hosts(delivery, Mails.to("b@x.example", "b@y.example")));
    }

    private static List<String> hosts(SmtpDelivery delivery, MailObject mail) throws Exception {
        return delivery
                .attempt(mail, DOMAINS, Instant.MAX, new AttemptProgress())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS)
                .hosts()
                .stream()
                .map(host -> host.host() + " " + host.address().getAddress().getHostAddress() + " "
                        + host.tls().word() + " "
                        + host.answers().stream().map(SmtpDeliveryTest::line).collect(Collectors.joining(", ")))
                .toList();
    }

    @Test
    void goesToTheHostsThatAreNamedInTheirOrderAndAsksNoMx() throws Exception {
        server.mx("x.example", 10, "three.example");
        server.address("one.example", "127.0.0.2");
        host("two.example", "127.0.0.3", YES);
        ScriptedMx three = host("three.example", "127.0.0.4", YES);
        SmtpDestination named = relayHosts("missing.example", "one.example", "two.example", "three.example");
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        DeliveryReport report = delivery.attempt(Mails.to("b@x.example"), named, Instant.MAX, new AttemptProgress())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(
                List.of("delivered b@x.example two.example 2.0.0"),
                report.results().stream().map(SmtpDeliveryTest::line).toList());
        assertEquals(0, three.connections());
    }

    @Test
    void defersWhenNoneOfTheNamedHostsExists() throws Exception {
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        DeliveryReport report = delivery.attempt(
                        Mails.to("b@x.example"),
                        relayHosts("no.example", "nor.example"),
                        Instant.MAX,
                        new AttemptProgress())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(
                List.of("deferred b@x.example - 4.3.5"),
                report.results().stream().map(SmtpDeliveryTest::line).toList());
    }

    @Test
    void failsOnlyIfEveryHostSaysSo() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        server.mx("y.example", 10, "one.example")
                .mx("y.example", 20, "gone.example")
                .address("gone.example", "127.0.0.4");
        host("one.example", "127.0.0.2", List.of("S: 554 no", "! next", "S: 554 no", "! next"));
        host("two.example", "127.0.0.3", List.of("S: 554 never", "! next"));
        assertEquals("failed b@x.example two.example 5.0.0", results("b@x.example"));
        assertEquals("deferred b@y.example - 4.4.1", results("b@y.example"));
    }

    @Test
    void asksNoOtherHostAboutARefusedRecipient() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        host(
                "one.example",
                "127.0.0.2",
                List.of(
                        "S: 220 mx",
                        "C: EHLO *",
                        "S: 250 mx",
                        "C: MAIL *",
                        "S: 250 ok",
                        "C: RCPT *",
                        "S: 550 5.1.1 no",
                        "C: QUIT"));
        ScriptedMx two = host("two.example", "127.0.0.3", YES);
        assertEquals("failed b@x.example one.example 5.1.1", results("b@x.example"));
        assertEquals(0, two.connections());
    }

    @Test
    void asksNoOtherHostWhenTheMailMayHaveBeenTaken() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        List<String> script = new ArrayList<>(YES.subList(0, YES.size() - 1));
        script.add("! close");
        host("one.example", "127.0.0.2", script);
        ScriptedMx two = host("two.example", "127.0.0.3", YES);
        assertEquals("deferred b@x.example - 4.4.2", results("b@x.example"));
        assertEquals(0, two.connections());
    }

    @Test
    void asksTheNextHostWhenTheContentWasRefusedForNow() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        List<String> script = new ArrayList<>(YES.subList(0, YES.size() - 1));
        script.add("S: 452 4.3.1 full");
        script.add("C: QUIT");
        host("one.example", "127.0.0.2", script);
        host("two.example", "127.0.0.3", YES);
        assertEquals("delivered b@x.example two.example 2.0.0", results("b@x.example"));
    }

    @Test
    void knowsWhereNoMailGoes() throws Exception {
        server.nullMx("null.example").exists("empty.example").mood("odd.example", Mood.SERVFAIL);
        server.mx("ours.example", 5, "caravan.example").address("caravan.example", "127.0.0.2");
        server.mx("hostless.example", 5, "nowhere.example").mood("late.example", Mood.SILENT);
        server.address("self.example", "127.0.0.9").mx("lost.example", 5, "odd.example");
        assertEquals(
                "deferred b@late.example - 4.4.3, deferred b@lost.example - 4.4.3, deferred b@odd.example - 4.4.3, "
                        + "failed b@empty.example - 5.1.2, failed b@hostless.example - 5.4.4, "
                        + "failed b@none.example - 5.1.2, failed b@null.example - 5.1.10, "
                        + "failed b@ours.example - 5.4.6, failed b@self.example - 5.4.6",
                results(
                        "b@null.example",
                        "b@empty.example",
                        "b@odd.example",
                        "b@ours.example",
                        "b@hostless.example",
                        "b@none.example",
                        "b@late.example",
                        "b@self.example",
                        "b@lost.example"));
    }

    @Test
    void goesToTheDomainItselfAndToLiterals() throws Exception {
        server.alias("x.example", "z.example");
        host("z.example", "127.0.0.2", YES);
        host("y.example", "127.0.0.3", YES);
        assertEquals(
                "delivered b@[127.0.0.3] [127.0.0.3] 2.0.0, delivered b@x.example x.example 2.0.0",
                results("b@x.example", "b@[127.0.0.3]"));
    }

    @Test
    void givesAllToTheSmarthostWithoutAskingTheDns() throws Exception {
        List<String> script = new ArrayList<>(YES.subList(0, 4));
        script.addAll(
                List.of("C: MAIL *", "C: RCPT *", "C: RCPT *", "C: DATA", "S: 250", "S: 250", "S: 250", "S: 354"));
        script.addAll(YES.subList(10, YES.size()));
        host("smart.example", "127.0.0.2", script);
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals(
                "delivered b@none.example 127.0.0.2 2.0.0, delivered b@x.example 127.0.0.2 2.0.0",
                results(delivery, Mails.to("b@none.example", "b@x.example"), relayHosts("127.0.0.2"), Instant.MAX));
        assertEquals(List.of(), server.queries());
    }

    @Test
    void defersWhenTheSmarthostIsMistaken() throws Exception {
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        for (String mistaken : List.of("smart.example", "127.0.0.9")) {
            assertEquals(
                    "deferred b@x.example - 4.3.5",
                    results(delivery, Mails.to("b@x.example"), relayHosts(mistaken), Instant.MAX),
                    mistaken);
        }
    }

    @Test
    void goesToTheMailHostsOfTheDestinationAndNotOfTheRecipients() throws Exception {
        server.mx("x.example", 10, "one.example").mx("y.example", 10, "one.example");
        server.mx("other.example", 10, "two.example");
        ScriptedMx one = host("one.example", "127.0.0.2", YES);
        List<String> script = new ArrayList<>(YES.subList(0, 4));
        script.addAll(
                List.of("C: MAIL *", "C: RCPT *", "C: RCPT *", "C: DATA", "S: 250", "S: 250", "S: 250", "S: 354"));
        script.addAll(YES.subList(10, YES.size()));
        host("two.example", "127.0.0.3", script);
        assertEquals(
                "delivered b@x.example two.example 2.0.0, delivered b@y.example two.example 2.0.0",
                results(
                        delivery(ConnectionReuse.NONE, dns),
                        Mails.to("b@x.example", "b@y.example"),
                        SmtpDestination.parse("other.example"),
                        Instant.MAX));
        assertEquals(0, one.connections());
    }

    @Test
    void goesToTheNextHostAtOnceWhileTheFirstIsDead() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        server.address("one.example", "127.0.0.2");
        List<String> twice = new ArrayList<>(YES);
        twice.addAll(List.of("C: QUIT", "S: 221 bye", "! next"));
        twice.addAll(YES);
        ScriptedMx two = host("two.example", "127.0.0.3", twice);
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals("delivered a@x.example two.example 2.0.0", results(delivery, Mails.to("a@x.example")));
        // It would take mail by now, but nobody asks it before its time is over.
        host("one.example", "127.0.0.2", YES);
        assertEquals("delivered a@x.example two.example 2.0.0", results(delivery, Mails.to("a@x.example")));
        two.assertPlayed();
    }

    @Test
    void triesTheNextHostHoweverManyAddressesOfTheFirstAreDead() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        for (int i = 100; i < 160; i++) {
            server.address("one.example", "127.0.1." + i);
        }
        ScriptedMx two = host("two.example", "127.0.0.3", YES);
        assertEquals("delivered a@x.example two.example 2.0.0", results("a@x.example"));
        two.assertPlayed();
    }

    @Test
    void doesNotCountHostsThatRefuseASession() throws Exception {
        server.mx("x.example", 99, "last.example");
        for (int i = 10; i < 22; i++) {
            server.mx("x.example", i, "mx" + i + ".example");
            host(
                    "mx" + i + ".example",
                    "127.0.1." + i,
                    i % 3 == 0
                            ? List.of("S: 554 no mail here", "! next")
                            : i % 3 == 1 ? List.of("S: 421 busy", "! next") : List.of("S! 22", "! close"));
        }
        ScriptedMx last = host("last.example", "127.0.0.3", YES);
        assertEquals("delivered a@x.example last.example 2.0.0", results("a@x.example"));
        last.assertPlayed();
    }

    @Test
    void holdsSessionsWithTenHostsAtMost() throws Exception {
        List<ScriptedMx> hosts = new ArrayList<>();
        for (int i = 10; i < 22; i++) {
            server.mx("x.example", i, "mx" + i + ".example");
            hosts.add(host(
                    "mx" + i + ".example",
                    "127.0.1." + i,
                    List.of("S: 220", "C: EHLO *", "S: 250", "C: MAIL *", "S: 451 4.3.0 later", "C: QUIT")));
        }
        assertEquals("deferred a@x.example mx19.example 4.3.0", results("a@x.example"));
        assertEquals(10, hosts.stream().mapToInt(ScriptedMx::connections).sum());
    }

    @Test
    void triesADeadHostAgainBeforeTheMailIsGivenUp() throws Exception {
        server.mx("x.example", 10, "one.example").address("one.example", "127.0.0.2");
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals("deferred a@x.example - 4.4.1", results(delivery, Mails.to("a@x.example")));
        ScriptedMx one = host("one.example", "127.0.0.2", YES);
        Instant later = Mails.ARRIVED.plusSeconds(60);
        assertEquals("deferred a@x.example - 4.4.1", results(delivery, Mails.to("a@x.example"), later));
        assertEquals(0, one.connections());
        assertEquals(
                "delivered a@x.example one.example 2.0.0", results(delivery, Mails.to("a@x.example"), Mails.ARRIVED));
    }

    @Test
    void sendsManyRecipientsInSeveralTransactions() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES.subList(0, 4));
        for (int from : new int[] {0, 100, 200}) {
            script.add("C: MAIL *");
            int to = Math.min(from + 100, 201);
            IntStream.range(from, to).forEach(i -> script.add("C: RCPT TO:<u" + i + "@x.example>"));
            script.add("C: DATA");
            IntStream.range(from, to + 1).forEach(i -> script.add("S: 250 ok"));
            script.addAll(List.of("S: 354", "C: ...", "C: .", "S: 250 ok"));
        }
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        List<Recipient> recipients = IntStream.range(0, 201)
                .mapToObj(i -> Recipient.of("u" + i + "@x.example"))
                .toList();
        String all = results(delivery(ConnectionReuse.NONE, dns), Mails.mail(Mails.CONTENT, recipients));
        one.assertPlayed();
        assertEquals(201, all.split(", ").length);
        assertTrue(!all.contains("deferred") && !all.contains("failed"), all);
    }

    @Test
    void streamsLargeContentFromAFile() throws Exception {
        server.mx("x.example", 10, "one.example");
        ScriptedMx one = host("one.example", "127.0.0.2", YES);
        StringBuilder content = new StringBuilder("Subject: x\r\n\r\n");
        for (int i = 0; i < 60_000; i++) {
            content.append(i % 3 == 0 ? "." : "").append("line ").append(i).append("\r\n");
        }
        Path file = Files.writeString(folder.resolve("spool"), content);
        MailObject mail = Mails.to("b@x.example").withContent(new Content.InFile(file, Files.size(file)));
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery(ConnectionReuse.NONE, dns), mail));
        List<String> heard = one.heard();
        String sent = heard.subList(heard.indexOf("Subject: x"), heard.lastIndexOf(".")).stream()
                .map(line -> (line.startsWith(".") ? line.substring(1) : line) + "\r\n")
                .collect(Collectors.joining());
        assertEquals(content.toString(), sent);
    }

    @Test
    void neverSendsHalfAMail() throws Exception {
        server.mx("x.example", 10, "one.example").mx("x.example", 20, "two.example");
        List<String> script = new ArrayList<>(YES.subList(0, 10));
        script.add("! stall");
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        ScriptedMx two = host("two.example", "127.0.0.3", YES);
        Path file = Files.writeString(folder.resolve("spool"), "Subject: x\r\n");
        MailObject mail = Mails.to("b@x.example").withContent(new Content.InFile(file, 100));
        assertEquals("deferred b@x.example - 4.3.0", results(delivery(ConnectionReuse.NONE, dns), mail));
        one.assertPlayed();
        assertEquals(0, two.connections());
    }

    @Test
    void defersWhatIsUnforeseen() throws Exception {
        MailDns broken = new MailDns() {
            @Override
            public CompletableFuture<dev.caravan.dns.MxAnswer> mx(Domain domain) {
                if (domain.text().startsWith("x")) {
                    throw new IllegalStateException("broken");
                }
                return CompletableFuture.failedFuture(new StackOverflowError("broken"));
            }

            @Override
            public CompletableFuture<dev.caravan.dns.AddressAnswer> addresses(String hostName) {
                throw new IllegalStateException("broken");
            }
        };
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, broken);
        assertEquals(
                "deferred b@x.example - 4.3.0, deferred b@y.example - 4.3.0",
                results(delivery, Mails.to("b@x.example", "b@y.example")));
    }

    @Test
    void defersAfterTheClientIsClosed() throws Exception {
        server.mx("x.example", 10, "one.example").address("one.example", "127.0.0.2");
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        for (AutoCloseable resource : open) {
            if (resource instanceof SmtpClient client) {
                client.close();
            }
        }
        assertTrue(results(delivery, Mails.to("b@x.example")).startsWith("deferred b@x.example - 4."));
    }

    private static final ConnectionReuse KEEP = new ConnectionReuse(Duration.ofSeconds(30), 2, 5, 100);

    @Test
    void reusesAConnectionUpToItsLimit() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES);
        script.addAll(YES.subList(4, YES.size()));
        script.addAll(List.of("C: QUIT", "S: 221 bye", "! next"));
        script.addAll(YES);
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        SmtpDelivery delivery = delivery(KEEP, dns);
        for (int i = 0; i < 3; i++) {
            assertEquals("delivered b@x.example one.example 2.0.0", results(delivery, Mails.to("b@x.example")));
        }
        one.assertPlayed();
        assertEquals(2, one.connections());
    }

    @Test
    void reusesAConnectionForAllDomainsOfAHost() throws Exception {
        List<String> script = new ArrayList<>(YES);
        for (int i = 1; i < 50; i++) {
            script.addAll(YES.subList(4, YES.size()));
        }
        ScriptedMx mx = host("mx.example", "127.0.0.2", script);
        ConnectionReuse many = new ConnectionReuse(Duration.ofSeconds(30), 100, 5, 100);
        SmtpDelivery delivery = delivery(many, dns);
        for (int i = 0; i < 50; i++) {
            server.mx("d" + i + ".example", 10, i % 2 == 0 ? "mx.example" : "MX.Example");
            assertTrue(results(delivery, Mails.to("b@d" + i + ".example")).startsWith("delivered"));
        }
        mx.assertPlayed();
        assertEquals(1, mx.connections());
    }

    @Test
    void reusesNoConnectionThatWasMadeForAnotherName() throws Exception {
        server.mx("x.example", 10, "one.example").mx("y.example", 10, "other.example");
        server.address("other.example", "127.0.0.2");
        List<String> script = new ArrayList<>(YES);
        script.addAll(List.of("C: QUIT", "S: 221 bye", "! next"));
        script.addAll(YES);
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        ConnectionReuse oneSecond = new ConnectionReuse(Duration.ofSeconds(1), 100, 5, 100);
        SmtpDelivery delivery = delivery(oneSecond, dns);
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery, Mails.to("b@x.example")));
        assertEquals("delivered b@y.example other.example 2.0.0", results(delivery, Mails.to("b@y.example")));
        one.assertPlayed();
        assertEquals(2, one.connections());
    }

    @Test
    void remembersADeadAddressWhateverNamesItHas() throws Exception {
        server.mx("x.example", 10, "one.example").mx("y.example", 10, "other.example");
        server.address("one.example", "127.0.0.2").address("other.example", "127.0.0.2");
        SmtpDelivery delivery = delivery(ConnectionReuse.NONE, dns);
        assertEquals("deferred b@x.example - 4.4.1", results(delivery, Mails.to("b@x.example")));
        ScriptedMx one = host("one.example", "127.0.0.2", YES);
        assertEquals("deferred b@y.example - 4.4.1", results(delivery, Mails.to("b@y.example")));
        assertEquals(0, one.connections());
    }

    @Test
    void triesAnewWhenAReusedConnectionIsRefusedOrLost() throws Exception {
        for (List<String> end : List.of(
                List.of("C: MAIL *", "! close"),
                List.of("C: MAIL *", "! reset"),
                List.of("C: MAIL *", "S: 421 4.3.2 bye", "! close"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S: 250 ok", "! close"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S: 421 4.7.0 bye", "! close"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S: 550 no", "S: 421 bye", "! next"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S: 250 ok", "S: 421 4.7.0 bye", "! next"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S! 250 o", "! reset"),
                List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250 ok", "S: a notice", "! next"),
                List.of(
                        "C: MAIL *",
                        "C: RCPT *",
                        "C: DATA",
                        "S: 550 5.7.0 too many on this connection",
                        "S: 503",
                        "S: 503",
                        "C: QUIT",
                        "! close"))) {
            server.forget("one.example");
            server.mx("x.example", 10, "one.example");
            List<String> script = new ArrayList<>(YES);
            script.addAll(end);
            script.addAll(YES);
            ScriptedMx one = host("one.example", "127.0.0.2", script);
            SmtpDelivery delivery = delivery(KEEP, dns);
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        "delivered b@x.example one.example 2.0.0",
                        results(delivery, Mails.to("b@x.example")),
                        end.toString());
            }
            one.assertPlayed();
            one.close();
        }
    }

    @Test
    void triesAnewOnceOnly() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES);
        script.addAll(List.of("C: MAIL *", "S: 421 4.7.0 bye", "! close"));
        script.addAll(List.of("S: 220 mx", "C: EHLO *", "S: 250 mx", "C: MAIL *", "S: 421 4.7.0 no", "! close"));
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        SmtpDelivery delivery = delivery(KEEP, dns);
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery, Mails.to("b@x.example")));
        assertEquals("deferred b@x.example one.example 4.7.0", results(delivery, Mails.to("b@x.example")));
        one.assertPlayed();
        assertEquals(2, one.connections());
    }

    @Test
    void doesNotTryAnewAfterTheBeginOfContent() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES);
        script.addAll(List.of("C: MAIL *", "C: RCPT *", "C: DATA", "S: 250", "S: 250", "S: 354", "C: *", "! close"));
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        SmtpDelivery delivery = delivery(KEEP, dns);
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery, Mails.to("b@x.example")));
        assertEquals("deferred b@x.example - 4.4.2", results(delivery, Mails.to("b@x.example")));
        assertEquals(1, one.connections());
    }

    @Test
    void doesNotTryAnewAfterContent() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES);
        script.addAll(YES.subList(4, YES.size() - 1));
        script.add("! close");
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        SmtpDelivery delivery = delivery(KEEP, dns);
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery, Mails.to("b@x.example")));
        assertEquals("deferred b@x.example - 4.4.2", results(delivery, Mails.to("b@x.example")));
        assertEquals(1, one.connections());
    }

    @Test
    void endsIdleConnectionsPolitely() throws Exception {
        server.mx("x.example", 10, "one.example");
        List<String> script = new ArrayList<>(YES);
        script.addAll(List.of("C: QUIT", "S: 221 bye"));
        ScriptedMx one = host("one.example", "127.0.0.2", script);
        ConnectionReuse brief = new ConnectionReuse(Duration.ofMillis(50), 100, 5, 100);
        assertEquals("delivered b@x.example one.example 2.0.0", results(delivery(brief, dns), Mails.to("b@x.example")));
        one.assertPlayed();
    }
}
