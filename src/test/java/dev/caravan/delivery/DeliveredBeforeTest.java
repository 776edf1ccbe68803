package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class DeliveredBeforeTest {
    private static final Instant AT = Instant.parse("2024-07-01T11:00:00Z");
    private static final MailObject MAIL = Mails.to("a@x.example", "b@x.example");

    private final List<List<String>> attempts = new ArrayList<>();
    private Set<String> willing = Set.of("a@x.example", "b@x.example");
    private final DeliveredBefore delivery = new DeliveredBefore(this::deliver);

    private CompletionStage<DeliveryReport> deliver(MailObject mail) {
        List<String> recipients = mail.envelope().recipients().stream()
                .map(Recipient::path)
                .map(ForwardPath::address)
                .toList();
        attempts.add(recipients);
        List<RecipientResult> results = new ArrayList<>();
        for (Recipient recipient : mail.envelope().recipients()) {
            Diagnosis words = Diagnosis.ours("4.0.0", "attempt " + attempts.size());
            results.add(
                    willing.contains(recipient.path().address())
                            ? new Delivered(recipient.path(), words, Handling.RELAYED)
                            : new Deferred(recipient.path(), words));
        }
        return CompletableFuture.completedFuture(new DeliveryReport(AT.plusSeconds(attempts.size()), results));
    }

    private DeliveryReport attempt(String name) {
        return delivery.attempt(name, MAIL).toCompletableFuture().join();
    }

    @Test
    void repeatsTheResultOfAnAttemptThatWasNotWrittenDown() {
        DeliveryReport first = attempt("M.1/0");
        assertEquals(first, attempt("M.1/0"));
        assertEquals(1, attempts.size());
    }

    @Test
    void sendsOnlyToThoseWhoDoNotHaveTheMail() {
        willing = Set.of("a@x.example");
        attempt("M.1/0");
        willing = Set.of("a@x.example", "b@x.example");
        DeliveryReport second = attempt("M.1/0");
        assertEquals(List.of(List.of("a@x.example", "b@x.example"), List.of("b@x.example")), attempts);
        assertEquals(2, second.results().size());
        assertEquals("attempt 1", second.results().get(0).diagnosis().reply());
        assertEquals(second, attempt("M.1/0"));
        assertEquals(2, attempts.size());
    }

    @Test
    void triesAgainWhatNobodyTook() {
        willing = Set.of();
        attempt("M.1/0");
        attempt("M.1/0");
        assertEquals(2, attempts.size());
    }

    @Test
    void makesTheNextAttemptAndThatOfAnotherItem() {
        attempt("M.1/0");
        attempt("M.1/1");
        attempt("M.2/0");
        assertEquals(3, attempts.size());
    }

    @Test
    void sendsAgainWhatIsAskedForAfterItWasWrittenDown() {
        attempt("M.1/0");
        delivery.written("M.1/0");
        attempt("M.1/0");
        assertEquals(2, attempts.size());
    }

    @Test
    void forgetsTheOldestWhenTooManyAreNotWrittenDown() {
        for (int i = 0; i <= DeliveredBefore.MOST; i++) {
            attempt("M." + i + "/0");
        }
        attempt("M." + DeliveredBefore.MOST + "/0");
        assertEquals(DeliveredBefore.MOST + 1, attempts.size());
        attempt("M.0/0");
        assertEquals(DeliveredBefore.MOST + 2, attempts.size());
    }
}
