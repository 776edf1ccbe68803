package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.config.ConfigProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that beans had in earlier versions. */
class BeanNamesTest {
    @TempDir
    Path folder;

    @Test
    void saysOnceWhatABeanIsCalledNow() throws Exception {
        Path file = Files.writeString(folder.resolve("policy.camel.yaml"), """
                # ref: signEvent is only a comment
                - bean: { ref: copy, method: "to('a@b.example')" }
                - bean: { ref: "question", method: json }
                - bean: { ref: copy, method: "to('c@b.example')" }
                - log: "${bean:headerField?method=value('Subject')}"
                - bean: { ref: addRecipient, method: "to('d@b.example')" }
                - bean: { ref: copyright, method: check }
                - bean: { ref: nextHops, method: split }
                - process: { ref: store }
                - process: { ref: storeItems }
                """);
        assertEquals(
                List.of(
                        file + ":2: bean copy is now called addRecipient",
                        file + ":3: bean question is now called httpPolicy",
                        file + ":5: bean headerField is now called headerFields",
                        file
                                + ":8: bean nextHops is replaced by the steps expandAliases, chooseTransport and splitByNextHop",
                        file + ":9: bean store is replaced by the step storeItems"),
                BeanNames.findFormer(List.of(file)).stream()
                        .map(ConfigProblem::toString)
                        .toList());
    }

    @Test
    void findsABeanByBothNames() {
        Object bean = new Object();
        assertEquals(Map.of("addRecipient", bean, "copy", bean), BeanNames.withFormer(Map.of("addRecipient", bean)));
    }

    /** An operator's own bean is never hidden by an alias. */
    @Test
    void keepsABeanThatHasAFormerName() {
        assertEquals(Map.of("addRecipient", 1, "copy", 2), BeanNames.withFormer(Map.of("addRecipient", 1, "copy", 2)));
    }
}
