package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.Networks;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A name that no table has is refused only if the files say so at that moment. */
class LocalRecipientsTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example, b.example");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final MovingClock clock = new MovingClock(START);
    private final TableWatch watch = new TableWatch(Runnable::run);

    @TempDir
    Path folder;

    private LocalRecipients recipients;

    @BeforeEach
    void open() throws IOException {
        write("own/users", "bob\n", START.minusSeconds(60));
        recipients = opened(List.of(folder.resolve("own/users")));
    }

    @AfterEach
    void close() {
        watch.close();
    }

    @Test
    void findsUsersAndAliases() throws IOException {
        write("own/aliases", "team: bob\n", START.minusSeconds(60));
        assertEquals("pass", answer("bob"));
        assertEquals("pass", answer("team"));
        assertEquals(
                "550 5.1.1 <nobody@local.example> does not exist here"
                        + " (expected: a user or an alias of this server)",
                answer("nobody"));
    }

    @Test
    void takesTheFirstMailOfAUserAddedAMomentAgo() throws IOException {
        write("own/users", "bob\nzoe\n", START.minusSeconds(2));
        assertEquals("pass", answer("zoe"), "no look was taken since the edit but this one");
    }

    @Test
    void putsOffAnUnknownNameWhileTheFileIsWritten() throws IOException {
        write("own/users", "bob\n", START);
        assertPutOff("zoe");
        assertEquals("pass", answer("bob"));
        write("own/users", "bob\nzoe\n", START);
        assertPutOff("zoe");
        clock.advance(Duration.ofMillis(500));
        assertPutOff("zoe");
        clock.advance(Duration.ofMillis(600));
        assertEquals("pass", answer("zoe"));
        assertTrue(answer("nobody").startsWith("550"));
    }

    @Test
    void putsOffAnUnknownNameWhileATableIsBroken() throws IOException {
        write("own/aliases", "team bob\n", START.minusSeconds(60));
        assertPutOff("team");
        assertPutOff("team");
        assertEquals("pass", answer("bob"));
        write("own/aliases", "team: bob\n", START.minusSeconds(50));
        assertEquals("pass", answer("team"));
        assertTrue(answer("nobody").startsWith("550"));
    }

    @Test
    void isCertainAgainWhenTheOldFileIsPutBack() throws IOException {
        Path old = Files.move(folder.resolve("own/users"), folder.resolve("own/users.old"));
        write("own/users", "b ob\n", START.minusSeconds(50));
        assertPutOff("zoe");
        Files.delete(folder.resolve("own/users"));
        Files.move(old, folder.resolve("own/users"));
        assertTrue(answer("zoe").startsWith("550"));
    }

    @Test
    void putsOffAnUnknownNameWhenAFileVanishes() throws IOException {
        Files.delete(folder.resolve("own/users"));
        assertPutOff("zoe");
        assertEquals("pass", answer("bob"));
    }

    @Test
    void readsAFileThatAppearsInTheHomeAfterTheStart() throws IOException {
        write("shipped/users", "# none\n", START.minusSeconds(60));
        Files.delete(folder.resolve("own/users"));
        recipients = opened(List.of(folder.resolve("own/users"), folder.resolve("shipped/users")));
        assertTrue(answer("zoe").startsWith("550"));
        write("own/users", "zoe\n", START.minusSeconds(50));
        assertEquals("pass", answer("zoe"));
        Files.delete(folder.resolve("own/users"));
        assertEquals("pass", answer("zoe"), "the shipped table does not come back in its place");
        assertPutOff("yves");
    }

    @Test
    void putsOffWhenTheWatchHasEnded() {
        watch.close();
        assertPutOff("zoe");
    }

    @Test
    void expandsNoNameThatMayBeAnAliasOfABrokenTable() throws IOException {
        assertEquals(Optional.empty(), alias("nobody@local.example"));
        write("own/aliases", "team bob\n", START.minusSeconds(60));
        watch.look();
        CompletionException failure = assertThrows(CompletionException.class, () -> alias("team@local.example"));
        assertInstanceOf(StaleTableException.class, failure.getCause());
        assertEquals(Optional.empty(), alias("bob@local.example"));
        assertEquals(Optional.empty(), alias("team@else.example"));
    }

    @Test
    void givesTheStandardNamesToThePostmasterUnlessATableSaysOtherwise() throws IOException {
        assertEquals("postmaster", expanded("abuse@local.example"));
        assertEquals("postmaster", expanded("MAILER-DAEMON@Local.example"));
        assertEquals("postmaster", expanded("root+cron@local.example"));
        assertEquals("root", expanded("root@b.example"), "at our own name only");
        assertEquals("pass", answer("root"));
        assertEquals("pass", answer("Abuse"));
        assertEquals("pass", answer("mailer-daemon"));
        write("own/aliases", "postmaster: bob\nabuse: bob, zoe@else.example\n", START.minusSeconds(50));
        write("own/users", "bob\nroot\n", START.minusSeconds(50));
        watch.look();
        assertEquals("bob", expanded("mailer-daemon@local.example"));
        assertEquals("bob zoe", expanded("abuse@local.example"));
        assertEquals("root", expanded("root@local.example"), "a user of that name");
        assertEquals("pass", answer("root"));
    }

    private String expanded(String address) {
        Envelope envelope = new Envelope(ReversePath.NULL, List.of(Recipient.of(address)), MailParameters.NONE);
        AliasExpansion expansion = new AliasExpander(recipients, LOCAL)
                .expand(envelope, () -> ForwardTrace.NONE)
                .toCompletableFuture()
                .join();
        return expansion.recipients().stream()
                .map(reached -> reached.recipient().path().mailbox().localPart())
                .collect(Collectors.joining(" "));
    }

    private Optional<Alias> alias(String address) {
        return recipients.find(Mailbox.parse(address)).toCompletableFuture().join();
    }

    private LocalRecipients opened(List<Path> users) {
        UserFile opened = UserFile.open(users, LOCAL, clock).watchedBy(watch);
        StandardNames standard = new StandardNames(
                Optional.of(new Domain("local.example")),
                mailbox -> opened.userOf(new ForwardPath(mailbox)).isPresent());
        return new LocalRecipients(
                opened,
                AliasFile.open(
                                List.of(folder.resolve("own/aliases")),
                                new AliasFile.Rules(LOCAL, standard, false),
                                clock)
                        .watchedBy(watch),
                LOCAL,
                watch);
    }

    private void assertPutOff(String name) {
        String words = answer(name);
        assertTrue(words.startsWith("451 4.3.0 <" + name + "@local.example> is not known yet"), words);
    }

    private String answer(String name) {
        Verdict verdict = new RecipientCheck(
                        new RelayControl(LOCAL, Networks.parse("")), recipients, RecipientDomainCheck.none())
                .checkLocal(ForwardPath.of(name + "@local.example"))
                .toCompletableFuture()
                .join();
        return verdict instanceof Verdict.Answer answer ? answer.reply().text() : "pass";
    }

    private void write(String name, String text, Instant modified) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(modified));
    }
}
