package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.net.Networks;
import dev.caravan.testkit.FakeDns;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RecipientCheckTest {
    private static final Map<String, MxAnswer> ANSWERS = Map.of(
            "hosts.example", new MxAnswer.Hosts(List.of(new MxHost(10, "mx.hosts.example"))),
            "implicit.example", new MxAnswer.Implicit(),
            "null.example", new MxAnswer.NullMx(),
            "missing.example", new MxAnswer.NoSuchDomain(),
            "empty.example", new MxAnswer.NoMail(),
            "trouble.example", new MxAnswer.TemporaryFailure("no answer within 5 s"));

    @TempDir
    Path folder;

    private final TableWatch watch = new TableWatch(Runnable::run);
    private LocalRecipients recipients;
    private RelayControl control;

    @AfterEach
    void close() {
        watch.close();
    }

    @BeforeEach
    void writeTables() throws IOException {
        LocalDomains local = LocalDomains.parse("local.example");
        Path users = Files.write(folder.resolve("users"), List.of("alice"));
        recipients = new LocalRecipients(
                UserFile.open(List.of(users), local, Clock.systemUTC()),
                AliasFile.open(
                        List.of(folder.resolve("aliases")),
                        new AliasFile.Rules(local, StandardNames.NONE, false),
                        Clock.systemUTC()),
                local,
                watch);
        control = new RelayControl(local, Networks.parse("127.0.0.0/8"));
    }

    private record Case(String client, String recipient, String start) {}

    @TestFactory
    Stream<DynamicTest> answersWithTheCodeThatNamesTheTrouble() {
        RecipientCheck check = new RecipientCheck(control, recipients, RecipientDomainCheck.by(dns()));
        return Stream.of(
                        new Case("198.51.100.9", "alice@local.example", "pass"),
                        new Case("198.51.100.9", "nobody@local.example", "550 5.1.1 <nobody@local.example>"),
                        new Case("127.0.0.1", "nobody@local.example", "550 5.1.1 <nobody@local.example>"),
                        new Case("198.51.100.9", "x@hosts.example", "550 5.7.1 <x@hosts.example>"),
                        new Case("198.51.100.9", "x@missing.example", "550 5.7.1 <x@missing.example>"),
                        new Case("127.0.0.1", "x@hosts.example", "pass"),
                        new Case("127.0.0.1", "x@implicit.example", "pass"),
                        new Case("127.0.0.1", "x@null.example", "550 5.1.10 <x@null.example>"),
                        new Case("127.0.0.1", "x@missing.example", "550 5.1.2 <x@missing.example>"),
                        new Case("127.0.0.1", "x@empty.example", "550 5.1.2 <x@empty.example>"),
                        new Case("127.0.0.1", "x@trouble.example", "pass"),
                        new Case("127.0.0.1", "x@[203.0.113.1]", "pass"))
                .map(c -> DynamicTest.dynamicTest(c.client() + " to " + c.recipient(), () -> {
                    String answer = answer(check, c.client(), c.recipient());
                    assertTrue(answer.startsWith(c.start()), answer);
                    assertTrue(answer.equals("pass") || answer.contains("(expected: "), answer);
                }));
    }

    @Test
    void asksNoDnsWhenASmartHostDoes() throws IOException {
        RecipientCheck check = new RecipientCheck(control, recipients, RecipientDomainCheck.none());
        assertEquals("pass", answer(check, "127.0.0.1", "x@missing.example"));
        assertEquals(
                "a smart host gets the mail, so no DNS lookup",
                check.domainCheck().evidence(ForwardPath.of("x@missing.example")));
    }

    @Test
    void saysWhetherTheDnsWasAsked() {
        RecipientDomainCheck check = RecipientDomainCheck.by(dns());
        assertEquals("DNS", check.evidence(ForwardPath.of("x@missing.example")));
        assertEquals("an address literal, so no DNS lookup", check.evidence(ForwardPath.of("x@[203.0.113.1]")));
    }

    @Test
    void waitsForNoDns() throws IOException {
        CompletableFuture<MxAnswer> pending = new CompletableFuture<>();
        CompletableFuture<Verdict> verdict = RecipientDomainCheck.by(new PendingDns(pending))
                .check(ForwardPath.of("x@slow.example"))
                .toCompletableFuture();
        assertFalse(verdict.isDone());
        pending.complete(new MxAnswer.Implicit());
        assertEquals(Verdict.PASS, verdict.join());
    }

    private static String answer(RecipientCheck check, String client, String recipient) throws IOException {
        Verdict verdict = check.check(RelayClient.at(InetAddress.getByName(client)), ForwardPath.of(recipient))
                .toCompletableFuture()
                .join();
        return verdict instanceof Verdict.Answer answer ? answer.reply().text() : "pass";
    }

    private static MailDns dns() {
        FakeDns dns = new FakeDns(host -> {
            throw new AssertionError("asked for " + host);
        });
        dns.answer(ANSWERS);
        return dns;
    }

    private record PendingDns(CompletableFuture<MxAnswer> pending) implements MailDns {
        @Override
        public CompletionStage<MxAnswer> mx(Domain domain) {
            return pending;
        }

        @Override
        public CompletionStage<AddressAnswer> addresses(String hostName) {
            throw new AssertionError("asked for " + hostName);
        }
    }
}
