package dev.caravan.routetest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScenarioServerTest {
    /** Tests of routes that users have written name results by these words. */
    @Test
    void namesEachResultAsItAlwaysDid() {
        ForwardPath path = ForwardPath.of("b@x.example");
        Diagnosis said = Diagnosis.ours("4.0.0", "said");
        List<RecipientResult> results = List.of(
                new RecipientResult.Delivered(path, said, RecipientResult.Handling.FINAL),
                new RecipientResult.Deferred(path, said),
                new RecipientResult.Failed(path, said),
                new RecipientResult.NotAttempted(path, said));
        assertEquals(
                List.of("delivered", "deferred", "failed", "untried"),
                results.stream().map(ScenarioServer::word).toList());
    }
}
