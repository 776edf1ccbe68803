package dev.caravan.admin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueState;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QueueVerbTest {
    private static final Path PAGE = Path.of("docs/queue.md");

    @ParameterizedTest
    @EnumSource
    void isDocumented(QueueVerb verb) throws Exception {
        String page = Files.readString(PAGE);
        assertTrue(page.contains("caravan queue " + verb.word()), verb.word());
        assertTrue(page.contains("`POST " + verb.path() + "`"), verb.path());
        assertTrue(page.contains("\n## " + verb.word() + "\n"), verb.word());
    }

    @Test
    void aVerbWithoutFilterLeavesReturnedMailAlone() {
        for (QueueVerb verb : QueueVerb.values()) {
            assertTrue(QueueState.UNFINISHED.containsAll(verb.states()), verb.word());
        }
    }
}
