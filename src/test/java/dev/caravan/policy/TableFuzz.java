package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.Networks;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** An operator's table is one or is refused with words of one line; nothing in it leads to a loop or a strange name. */
public final class TableFuzz {
    private static final LocalDomains LOCAL = LocalDomains.parse("a.example, b.example");
    private static final List<String> LOCAL_PARTS =
            List.of("a", "A", "b", "a+b", "postmaster", "\"a\"", "\"a@a.example\"", "\"../a\"", "c.d");

    private TableFuzz() {}

    public static void run(byte[] octets) {
        FuzzInput input = new FuzzInput(octets);
        int kind = input.below(4);
        String text = new String(input.rest(), StandardCharsets.UTF_8);
        switch (kind) {
            case 0 -> users(text);
            case 1 -> aliases(text);
            case 2 -> networks(text);
            default -> hosts(text);
        }
    }

    private static void users(String text) {
        valid(() -> UserTable.parse(text.lines().toList())).ifPresent(table -> {
            for (String localPart : LOCAL_PARTS) {
                table.userOf(new Mailbox(localPart, new Domain("a.example")))
                        .ifPresent(user -> assertTrue(user.matches("[a-z0-9_][a-z0-9_+=&'.@:\\[\\]-]*"), user));
            }
        });
    }

    private static void aliases(String text) {
        valid(() -> AliasTable.parse(
                        text.lines().toList(), new AliasFile.Rules(LOCAL, StandardNames.NONE, false), Path.of("")))
                .ifPresent(table -> {
                    for (String localPart : LOCAL_PARTS) {
                        Mailbox mailbox = new Mailbox(localPart, new Domain("b.example"));
                        Optional<List<ForwardPath>> ends = valid(() -> table.expand(mailbox));
                        ends.ifPresent(paths -> assertFalse(paths.isEmpty(), "expanded to nobody"));
                        if (!table.has(mailbox)) {
                            assertEquals(Optional.of(List.of(new ForwardPath(mailbox))), ends);
                        }
                    }
                });
    }

    private static void networks(String text) {
        valid(() -> Networks.parse(text))
                .ifPresent(networks -> assertEquals(networks, Networks.parse(networks.toString())));
        valid(() -> LocalDomains.parse(text))
                .ifPresent(local -> local.domains().forEach(domain -> assertTrue(local.contains(domain))));
    }

    private static void hosts(String text) {
        valid(() -> HostAndPort.parse(text, 25))
                .ifPresent(host -> assertEquals(host, HostAndPort.parse(host.toString(), 26)));
    }

    private static <T> Optional<T> valid(Supplier<T> reader) {
        try {
            return Optional.of(reader.get());
        } catch (IllegalArgumentException | UncheckedIOException e) {
            String words = String.valueOf(e.getMessage());
            assertFalse(words.contains("\n") || words.contains("\r"), "words of many lines: " + words);
            return Optional.empty();
        }
    }
}
