package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class AliasFileTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example, b.example");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> TABLE = List.of(
            "# who gets what",
            "postmaster: alice",
            "Team: alice, bob,   # the two of us",
            "",
            "# and one more",
            "\tcarol@else.example",
            "info@b.example: dave",
            "info: erin",
            "all: team, info, ALICE@local.example",
            "alice: alice, archive@else.example",
            "ping: pong",
            "pong: ping",
            "far: \"a, b # c\"@else.example");

    private final MovingClock clock = new MovingClock(START);

    @TempDir
    Path folder;

    private record Case(String recipient, String targets, String reason) {}

    @TestFactory
    Stream<DynamicTest> findsTheEndsOfAnAlias() throws IOException {
        AliasFile aliases = open(TABLE);
        return Stream.of(
                        new Case("bob@local.example", "bob@local.example", "no alias"),
                        new Case("team@else.example", "team@else.example", "an alias here, not elsewhere"),
                        new Case("info@local.example", "erin@local.example", "one target, at the same domain"),
                        new Case("INFO@Local.Example", "erin@Local.Example", "in any case"),
                        new Case("info@b.example", "dave@b.example", "one domain before every domain"),
                        new Case("info+x@b.example", "dave@b.example", "a detail is for the alias"),
                        new Case("\"info\"@b.example", "dave@b.example", "quotes are no part of the name"),
                        new Case(
                                "\"info@b.example\"@local.example",
                                "\"info@b.example\"@local.example",
                                "a local part is not an address"),
                        new Case(
                                "alice@b.example",
                                "alice@b.example archive@else.example",
                                "an alias that names itself is the user"),
                        new Case(
                                "postmaster@local.example",
                                "alice@local.example archive@else.example",
                                "postmaster may be an alias of an alias"),
                        new Case(
                                "team@b.example",
                                "alice@b.example archive@else.example bob@b.example carol@else.example",
                                "targets go on in the next line"),
                        new Case(
                                "all@local.example",
                                "alice@local.example archive@else.example bob@local.example carol@else.example"
                                        + " erin@local.example",
                                "who is reached twice gets it once"),
                        new Case("ping@local.example", "ping@local.example", "a loop ends"),
                        new Case("far@local.example", "\"a, b # c\"@else.example", "quotes hide commas"))
                .map(c -> DynamicTest.dynamicTest(
                        c.recipient() + ": " + c.reason(),
                        () -> assertEquals(c.targets(), paths(expand(aliases, Recipient.of(c.recipient()))))));
    }

    @Test
    void makesAliasNamesValidRecipients() throws IOException {
        AliasFile aliases = open(TABLE);
        assertTrue(aliases.isAlias(ForwardPath.of("TEAM@local.example")));
        assertFalse(aliases.isAlias(ForwardPath.of("bob@local.example")));
        assertFalse(aliases.isAlias(ForwardPath.of("team@else.example")));
    }

    @Test
    void passesTheSendersWishesOnToASingleTarget() throws IOException {
        Notify notify = Notify.of(Notify.Condition.SUCCESS, Notify.Condition.DELAY);
        AliasExpansion expansion =
                expand(open(TABLE), new Recipient(ForwardPath.of("info@local.example"), notify, Optional.empty()));
        assertEquals(List.of(), expansion.expanded());
        assertEquals(
                List.of(new Recipient(
                        ForwardPath.of("erin@local.example"),
                        notify,
                        Optional.of(new OriginalRecipient("rfc822", "info@local.example")))),
                recipients(expansion));
    }

    @Test
    void keepsSuccessForItselfWhenThereAreSeveralTargets() throws IOException {
        OriginalRecipient original = new OriginalRecipient("rfc822", "first@else.example");
        AliasExpansion expansion = expand(
                open(TABLE),
                new Recipient(
                        ForwardPath.of("team@local.example"),
                        Notify.of(Notify.Condition.SUCCESS, Notify.Condition.FAILURE),
                        Optional.of(original)));
        assertEquals(1, expansion.expanded().size());
        for (Recipient recipient : recipients(expansion)) {
            assertEquals(Notify.of(Notify.Condition.FAILURE), recipient.notification());
            assertEquals(Optional.of(original), recipient.original());
        }
    }

    @Test
    void leavesNeverAndDefaultAsTheyAre() throws IOException {
        AliasFile aliases = open(TABLE);
        for (Notify notify : List.of(Notify.NEVER, Notify.DEFAULT)) {
            AliasExpansion expansion =
                    expand(aliases, new Recipient(ForwardPath.of("team@local.example"), notify, Optional.empty()));
            assertEquals(notify, recipients(expansion).get(0).notification());
        }
    }

    @Test
    void leavesARecipientThatIsNoAliasUntouched() throws IOException {
        Recipient bob = Recipient.of("bob@local.example");
        AliasExpansion expansion = expand(open(TABLE), bob);
        assertEquals(List.of(bob), recipients(expansion));
        assertEquals(List.of(), expansion.expanded());
    }

    @Test
    void deliversOnceToWhomAMailReachesInSeveralWays() throws IOException {
        Recipient bob = new Recipient(
                ForwardPath.of("bob@local.example"), Notify.of(Notify.Condition.SUCCESS), Optional.empty());
        Recipient team = Recipient.of("team@local.example");
        Recipient info = Recipient.of("info@local.example");
        AliasExpansion expanded =
                expand(open(TABLE), new Envelope(ReversePath.NULL, List.of(team, bob, info), MailParameters.NONE));
        assertEquals(
                List.of("bob", "alice", "archive", "carol", "erin"),
                expanded.recipients().stream()
                        .map(AliasExpansion.Reached::recipient)
                        .map(recipient -> recipient.path().mailbox().localPart())
                        .toList());
        assertEquals(bob, expanded.recipients().get(0).recipient());
        assertEquals(List.of(team), expanded.expanded());
    }

    private record Broken(String line, String words) {}

    @TestFactory
    Stream<DynamicTest> refusesWhatItDoesNotUnderstandAndNamesTheLine() {
        return Stream.of(
                        new Broken("robot: |/usr/bin/robot", "is a program"),
                        new Broken("robot: \"|/usr/bin/robot -x\"", "is a program"),
                        new Broken("log: /var/log/mail", "is a file"),
                        new Broken("log: \"/var/log/mail\"", "is a file"),
                        new Broken("list: \"|/usr/bin/robot x, y\", alice", "is a program"),
                        new Broken("@: alice", "not a domain name"),
                        new Broken("list: @b.example", "not a mailbox"),
                        new Broken("list: <alice", "malformed name"),
                        new Broken("\"no end: alice", "no colon in"),
                        new Broken("nobody", "no colon in"),
                        new Broken("nobody:", "without a target"),
                        new Broken("nobody: ,", "without a target"),
                        new Broken("no body: alice", "malformed name"),
                        new Broken("list: alice bob", "malformed name"),
                        new Broken("list: a@b@c.example", "malformed local part"),
                        new Broken("list: alice@", "not a domain name"),
                        new Broken("first: bob", "occurs twice"))
                .map(c -> DynamicTest.dynamicTest(c.line(), () -> {
                    String words = assertThrows(
                                    IllegalArgumentException.class, () -> open(List.of("first: alice", c.line())))
                            .getMessage();
                    assertTrue(words.contains("aliases: line 2: ") && words.contains(c.words()), words);
                    assertTrue(words.contains("expected"), words);
                }));
    }

    private static final List<String> FOREIGN = List.of(
            "\ufeff# brought from elsewhere",
            "\"quoted\": \"bob\"",
            "\"John Smith\": john",
            "bracketed: <bob@else.example>, <alice>",
            "named: Bob B. <bob@else.example>, \"Smith, John\" <john>",
            "<left@local.example>: bob",
            "alice: \\alice, copy@else.example",
            "boss: alice",
            "direct: \\alice",
            "escaped: \"\\alice\"",
            "odd: \"a b\"",
            "@b.example: caught",
            "friends: :include:friends, zoe",
            "bounces+" + "x".repeat(100) + ": bob");

    @TestFactory
    Stream<DynamicTest> readsTheFormsOfSendmailAndPostfix() throws IOException {
        Files.write(
                folder.resolve("friends"),
                "# fr\u00e8res\nbob, <carol@else.example>\n\n\"dave\"\n".getBytes(StandardCharsets.ISO_8859_1));
        AliasFile aliases = open(FOREIGN);
        return Stream.of(
                        new Case("quoted@local.example", "bob@local.example", "quotes that are not needed"),
                        new Case("\"john  smith\"@local.example", "\"john  smith\"@local.example", "another name"),
                        new Case("\"john smith\"@local.example", "john@local.example", "a name with a space"),
                        new Case(
                                "bracketed@local.example",
                                "bob@else.example alice@local.example copy@else.example",
                                ""),
                        new Case(
                                "named@local.example", "bob@else.example john@local.example", "names before addresses"),
                        new Case("left@local.example", "bob@local.example", "a name in brackets"),
                        new Case("alice@local.example", "alice@local.example copy@else.example", "a copy for oneself"),
                        new Case("boss@local.example", "alice@local.example copy@else.example", "by another alias"),
                        new Case("direct@local.example", "alice@local.example", "past the alias"),
                        new Case("escaped@local.example", "alice@local.example", "in quotes"),
                        new Case("odd@local.example", "\"a b\"@local.example", "a target with a space"),
                        new Case("nobody@b.example", "caught@b.example", "caught"),
                        new Case("NoBody+x@B.example", "caught@B.example", "caught with its detail"),
                        new Case("bob@b.example", "bob@b.example", "a user of every domain is not caught"),
                        new Case("quoted@b.example", "bob@b.example", "nor an alias"),
                        new Case("nobody@local.example", "nobody@local.example", "nor a name elsewhere"),
                        new Case(
                                "friends@local.example",
                                "bob@local.example carol@else.example dave@local.example zoe@local.example",
                                "addresses of another file"),
                        new Case("bounces+" + "x".repeat(100) + "@local.example", "bob@local.example", "a long name"))
                .map(c -> DynamicTest.dynamicTest(
                        c.recipient() + ": " + c.reason(),
                        () -> assertEquals(c.targets(), paths(expand(aliases, Recipient.of(c.recipient()))))));
    }

    @Test
    void readsAnIncludedFileAgainWhenItChanges() throws IOException {
        Path list = Files.writeString(folder.resolve("list"), "bob\n");
        Files.setLastModifiedTime(list, FileTime.from(START.minusSeconds(60)));
        AliasFile aliases = open(List.of("team: :include:" + list));
        assertEquals("bob@local.example", paths(expand(aliases, Recipient.of("team@local.example"))));
        Files.writeString(list, "bob, zoe\n");
        Files.setLastModifiedTime(list, FileTime.from(START.minusSeconds(50)));
        aliases.look();
        assertEquals("bob@local.example zoe@local.example", paths(expand(aliases, Recipient.of("team@local.example"))));
        Files.writeString(list, "bob zoe\n");
        Files.setLastModifiedTime(list, FileTime.from(START.minusSeconds(40)));
        aliases.look();
        assertFalse(aliases.lacks(ForwardPath.of("zoe@local.example")), "broken, so nothing is certain");
        Files.writeString(list, "yves\n");
        Files.setLastModifiedTime(list, FileTime.from(START.minusSeconds(30)));
        aliases.look();
        assertEquals("yves@local.example", paths(expand(aliases, Recipient.of("team@local.example"))));
        Files.delete(list);
        aliases.look();
        assertEquals("yves@local.example", paths(expand(aliases, Recipient.of("team@local.example"))));
        assertFalse(aliases.lacks(ForwardPath.of("zoe@local.example")));
    }

    @Test
    void refusesAListThatIsMissingOrBroken() throws IOException {
        String words = assertThrows(IllegalArgumentException.class, () -> open(List.of("", "team: :include:list")))
                .getMessage();
        assertTrue(words.contains("aliases: line 2: cannot include ") && words.contains("NoSuchFile"), words);
        Files.writeString(folder.resolve("list"), "bob\n:include:other\n");
        words = assertThrows(IllegalArgumentException.class, () -> open(List.of("team: :include:list")))
                .getMessage();
        assertTrue(words.contains("is a list within a list"), words);
        Files.writeString(folder.resolve("list"), "# nobody yet\n");
        words = assertThrows(IllegalArgumentException.class, () -> open(List.of("team: :include:list")))
                .getMessage();
        assertTrue(words.contains("alias team has a list without an address"), words);
    }

    @Test
    void leavesOutWhatItDoesNotSupportForWhoBringsAliasesFromElsewhere() throws IOException {
        write(List.of("robot: \"|/usr/bin/robot\"", "team: alice, /var/log/team, bob", "all: team"));
        AliasFile aliases =
                AliasFile.open(List.of(folder.resolve("aliases")), new AliasFile.Rules(LOCAL, standard(), true), clock);
        assertFalse(aliases.isAlias(ForwardPath.of("robot@local.example")));
        assertEquals(
                "alice@local.example bob@local.example", paths(expand(aliases, Recipient.of("all@local.example"))));
    }

    @Test
    void doubtsAliasesThatLeadNowhere() throws IOException {
        AliasFile aliases = open(List.of(
                "a: b",
                "b: a",
                "alice: alice, copy@else.example",
                "team: alice, nobody",
                "postmaster: alice",
                "one: two@b.example",
                "x@b.example: bob, one"));
        assertEquals(
                List.of(
                        "line 1: alias a forms a loop at a, which is not a user",
                        "line 2: alias b forms a loop at b, which is not a user",
                        "line 4: alias team leads to nobody, which is neither a user nor an alias",
                        "line 6: alias one leads to two@b.example, which is neither a user nor an alias",
                        "line 7: alias x@b.example leads to two@b.example, which is neither a user nor an alias"),
                aliases.doubts());
        assertEquals(
                List.of("line 2: alias @b.example forms a loop at gone, which is not a user"),
                open(List.of("alice: bob", "@b.example: gone")).doubts());
    }

    @Test
    void findsTheOwnerOfAList() throws IOException {
        AliasFile aliases = open(List.of(
                "list: bob", "owner-list: alice", "outer: list", "other: bob", "owner-one@b.example: bob", "one: bob"));
        assertEquals("bob owner-list@local.example", owners(aliases, "list@local.example"));
        assertEquals("bob owner-list@local.example", owners(aliases, "outer@local.example"), "of the inner list");
        assertEquals("bob owner-list@local.example", owners(aliases, "LIST+x@Local.example"));
        assertEquals("bob owner-one@b.example", owners(aliases, "one@b.example"));
        assertEquals("bob ", owners(aliases, "one@local.example"));
        assertEquals("bob ", owners(aliases, "other@local.example"));
        assertEquals("alice ", owners(aliases, "owner-list@local.example"));
        assertEquals("bob ", owners(aliases, "bob@local.example"));
    }

    private static String owners(AliasFile aliases, String address) {
        return expand(aliases, Recipient.of(address)).recipients().stream()
                .map(reached -> reached.recipient().path().mailbox().localPart() + " "
                        + reached.owner().map(Mailbox::toString).orElse(""))
                .collect(Collectors.joining(", "));
    }

    private static StandardNames standard() {
        return new StandardNames(
                Optional.empty(),
                mailbox -> List.of("alice", "bob", "postmaster").contains(mailbox.localKey()));
    }

    @Test
    void refusesALineThatContinuesNothing() {
        String words = assertThrows(IllegalArgumentException.class, () -> open(List.of("", "  alice, bob")))
                .getMessage();
        assertTrue(words.contains("line 2: a continuation line without an entry"), words);
    }

    @Test
    void refusesTooManySteps() throws IOException {
        assertEquals("end@local.example", paths(expand(open(chain(10)), Recipient.of("a1@local.example"))));
        String words = assertThrows(IllegalArgumentException.class, () -> open(chain(11)))
                .getMessage();
        assertTrue(words.contains("alias a1 leads through more than 10 aliases"), words);
    }

    @Test
    void refusesTooManyAddresses() throws IOException {
        assertEquals(
                10_000,
                expand(open(crowd(10_000)), Recipient.of("all@local.example"))
                        .recipients()
                        .size());
        String words = assertThrows(IllegalArgumentException.class, () -> open(crowd(10_001)))
                .getMessage();
        assertTrue(words.contains("alias all stands for more than 10000 addresses"), words);
    }

    @Test
    void expandsDenselyConnectedAliasesInOneWalk() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int level = 1; level < 10; level++) {
            for (int i = 0; i < 20; i++) {
                String next = "l" + (level + 1) + "n";
                lines.add("l" + level + "n" + i + ": "
                        + Stream.iterate(0, n -> n + 1)
                                .limit(20)
                                .map(n -> next + n)
                                .collect(Collectors.joining(", ")));
            }
        }
        assertEquals(
                20,
                expand(open(lines), Recipient.of("l1n0@local.example"))
                        .recipients()
                        .size());
    }

    @Test
    void readsAFileThatAppearsLater() throws IOException {
        AliasFile aliases = AliasFile.open(
                List.of(folder.resolve("aliases")), new AliasFile.Rules(LOCAL, StandardNames.NONE, false), clock);
        assertFalse(aliases.isAlias(ForwardPath.of("team@local.example")));
        write(TABLE);
        clock.advance(Duration.ofSeconds(1));
        aliases.look();
        assertTrue(aliases.isAlias(ForwardPath.of("team@local.example")));
    }

    private static List<String> chain(int length) {
        List<String> lines = new ArrayList<>();
        for (int i = 1; i < length; i++) {
            lines.add("a" + i + ": a" + (i + 1));
        }
        lines.add("a" + length + ": end");
        return lines;
    }

    private static List<String> crowd(int size) {
        List<String> lines = new ArrayList<>(List.of("all:"));
        for (int i = 0; i < size; i++) {
            lines.add(" user" + i + ",");
        }
        return lines;
    }

    private AliasFile open(List<String> lines) throws IOException {
        write(lines);
        return AliasFile.open(List.of(folder.resolve("aliases")), new AliasFile.Rules(LOCAL, standard(), false), clock);
    }

    private void write(List<String> lines) throws IOException {
        Path file = Files.write(folder.resolve("aliases"), lines);
        Files.setLastModifiedTime(file, FileTime.from(START.minusSeconds(60)));
    }

    private static AliasExpansion expand(AliasFile aliases, Recipient recipient) {
        return expand(aliases, new Envelope(ReversePath.NULL, List.of(recipient), MailParameters.NONE));
    }

    private static AliasExpansion expand(AliasFile aliases, Envelope envelope) {
        return new AliasExpander(aliases, LOCAL)
                .expand(envelope, () -> ForwardTrace.NONE)
                .toCompletableFuture()
                .join();
    }

    private static List<Recipient> recipients(AliasExpansion expansion) {
        return expansion.recipients().stream()
                .map(AliasExpansion.Reached::recipient)
                .toList();
    }

    private static String paths(AliasExpansion expansion) {
        return recipients(expansion).stream()
                .map(recipient -> recipient.path().address())
                .collect(Collectors.joining(" "));
    }
}
