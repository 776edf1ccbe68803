package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Aliases of a directory that answers late, or not at all, are followed as those of a file. */
class AliasExpanderTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example");
    private static final Map<String, List<String>> ALIASES = Map.of(
            "team@local.example", List.of("bob@local.example", "inner@local.example", "zoe@else.example"),
            "inner@local.example", List.of("carol@local.example", "team@local.example", "dave@local.example"));

    @Test
    void completesAtOnceIfTheDirectoryDoes() {
        CompletableFuture<AliasExpansion> expansion = expand(new FakeDirectory(ALIASES), "team", "bob");
        assertTrue(expansion.isDone());
        assertEquals(
                List.of("bob", "carol", "team", "dave", "zoe"), names(expansion.join()), "bob as the sender wrote him");
    }

    @Test
    void waitsForEachAnswerWithoutAThread() {
        FakeDirectory directory = new FakeDirectory(ALIASES).slow();
        CompletableFuture<AliasExpansion> expansion = expand(directory, "team", "erin");
        assertEquals(2, directory.open(), "all recipients are looked up at once");
        int answers = 0;
        while (directory.answer()) {
            answers++;
        }
        assertEquals(7, answers, "two recipients, and five local targets; no other domain is asked for");
        assertEquals(List.of("erin", "bob", "carol", "team", "dave", "zoe"), names(expansion.join()));
    }

    @Test
    void needsNoStackForManyTargets() {
        List<String> crowd = IntStream.range(0, AliasWalk.MAX_RECIPIENTS)
                .mapToObj(i -> "user" + i + "@local.example")
                .toList();
        FakeDirectory directory = new FakeDirectory(Map.of("all@local.example", crowd)).slow();
        CompletableFuture<AliasExpansion> expansion = expand(directory, "all");
        while (directory.answer()) {
            assertTrue(directory.open() <= 1);
        }
        assertEquals(AliasWalk.MAX_RECIPIENTS, expansion.join().recipients().size());
    }

    @Test
    void refusesAnAliasThatLeadsTooFar() {
        Map<String, List<String>> chain = new HashMap<>();
        IntStream.rangeClosed(1, 11)
                .forEach(i -> chain.put("a" + i + "@local.example", List.of("a" + (i + 1) + "@local.example")));
        CompletableFuture<AliasExpansion> expansion = expand(new FakeDirectory(chain), "a1");
        CompletionException failure = assertThrows(CompletionException.class, expansion::join);
        assertInstanceOf(IllegalArgumentException.class, failure.getCause());
        assertEquals(
                "alias a1@local.example leads through more than 10 aliases",
                failure.getCause().getMessage());
    }

    @Test
    void failsAsTheDirectoryDoes() {
        FakeDirectory directory = new FakeDirectory(ALIASES).slow();
        CompletableFuture<AliasExpansion> expansion = expand(directory, "team");
        assertTrue(directory.answer());
        assertFalse(expansion.isDone());
        directory.failing(new DirectoryUnavailableException("gone"));
        assertTrue(directory.answer(), "a target of the alias");
        CompletionException failure = assertThrows(CompletionException.class, expansion::join);
        assertInstanceOf(DirectoryUnavailableException.class, failure.getCause());
    }

    private static CompletableFuture<AliasExpansion> expand(AliasDirectory directory, String... names) {
        Envelope envelope = new Envelope(
                ReversePath.NULL,
                Stream.of(names)
                        .map(name -> Recipient.of(name + "@local.example"))
                        .toList(),
                MailParameters.NONE);
        return new AliasExpander(directory, LOCAL)
                .expand(envelope, () -> ForwardTrace.NONE)
                .toCompletableFuture();
    }

    private static List<String> names(AliasExpansion expansion) {
        return expansion.recipients().stream()
                .map(reached -> reached.recipient().path().mailbox().localPart())
                .toList();
    }
}
