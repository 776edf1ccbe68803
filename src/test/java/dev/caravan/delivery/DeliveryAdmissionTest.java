package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryAdmission.Admission;
import dev.caravan.delivery.DeliveryAdmission.Admission.Admitted;
import dev.caravan.delivery.DeliveryAdmission.Admission.Parked;
import dev.caravan.delivery.DeliveryAdmission.Admission.Refused;
import dev.caravan.delivery.PlaceRequest.Otherwise;
import dev.caravan.testkit.Await;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Waits end when another attempt ends, and parked items are taken when there is room. */
class DeliveryAdmissionTest {
    private static final AttemptNews TAKEN = new AttemptNews(AttemptNews.Kind.DELIVERED, "250 ok");
    private static final ItemOrigin QUEUE = new ItemOrigin("smtp", Optional.empty(), true);

    private final DeliveryAdmission admission = new DeliveryAdmission(new ConcurrencyLimits(1000, 20));

    @AfterEach
    void close() {
        admission.close();
    }

    private CompletableFuture<Admission> ask(String domain, ItemOrigin origin) {
        return ask(domain, origin, DestinationRule.NONE, new AttemptProgress());
    }

    private CompletableFuture<Admission> ask(
            String domain, ItemOrigin origin, DestinationRule rule, AttemptProgress progress) {
        PlaceRequest request = new PlaceRequest(domain, domain, false, "a", rule, origin.otherwise());
        return admission
                .admit(request, origin, progress.begin(List.of(domain)).get(0))
                .toCompletableFuture();
    }

    @Test
    void theNextOneStartsWhenOneEnds() {
        List<Admitted> first = Stream.generate(() -> ask("a.test", QUEUE))
                .limit(5)
                .map(one -> assertInstanceOf(Admitted.class, one.getNow(null)))
                .toList();
        CompletableFuture<Admission> second = ask("a.test", QUEUE);
        assertFalse(second.isDone());
        assertInstanceOf(Admitted.class, ask("b.test", QUEUE).getNow(null));
        first.get(0).slot().end(TAKEN);
        assertInstanceOf(Admitted.class, second.getNow(null));
        CompletableFuture<Admission> third = ask("a.test", QUEUE);
        // The success has raised the limit by one.
        assertInstanceOf(Admitted.class, third.getNow(null));
        // Ending again has no effect.
        first.get(0).slot().end(TAKEN);
        assertFalse(ask("a.test", QUEUE).isDone());
    }

    @Test
    void tenThousandThatEndAtOnceDoNotNest() {
        DeliveryAdmission one = new DeliveryAdmission(new ConcurrencyLimits(100_000, 1));
        int[] ended = {0};
        Admitted first = (Admitted) admit(one).join();
        for (int i = 0; i < 10_000; i++) {
            admit(one).thenAccept(admitted -> {
                ended[0]++;
                ((Admitted) admitted).slot().end(TAKEN);
            });
        }
        first.slot().end(TAKEN);
        assertEquals(10_000, ended[0]);
        one.close();
    }

    private static CompletableFuture<Admission> admit(DeliveryAdmission admission) {
        return admission
                .admit(
                        new PlaceRequest("a.test", "a.test", false, "a", DestinationRule.NONE, Otherwise.WAIT),
                        new ItemOrigin("smtp", Optional.of(ParkingLane.ofDestination("a.test")), true),
                        new AttemptProgress().begin(List.of("a.test")).get(0))
                .toCompletableFuture();
    }

    @Test
    void nothingIsParkedUntilItCanBeTakenAgain() {
        List<CompletableFuture<Admission>> all =
                Stream.generate(() -> ask("a.test", QUEUE)).limit(50).toList();
        assertEquals(
                0,
                all.stream().filter(one -> one.getNow(null) instanceof Parked).count());
        assertTrue(all.stream().anyMatch(one -> one.getNow(null) instanceof Refused));
    }

    @Test
    void whatIsParkedIsTakenWhenThereIsRoom() {
        List<String> takes = new CopyOnWriteArrayList<>();
        admission.parkedMail((transport, lane, most) -> {
            takes.add(transport + " " + lane + " " + most);
            return CompletableFuture.completedFuture(0);
        });
        List<CompletableFuture<Admission>> all =
                Stream.generate(() -> ask("a.test", QUEUE)).limit(50).toList();
        List<Admission> parked = all.stream()
                .map(one -> one.getNow(null))
                .filter(Parked.class::isInstance)
                .toList();
        assertEquals(50 - 5 - 10, parked.size());
        parked.forEach(one -> assertEquals(ParkingLane.ofDestination("a.test"), ((Parked) one).lane()));
        assertEquals(List.of(), takes);
        admission.parked("smtp", ParkingLane.ofDestination("a.test"));
        // All that has a place ends, and so does what waits.
        for (CompletableFuture<Admission> one : all) {
            if (one.getNow(null) instanceof Admitted admitted) {
                admitted.slot().end(TAKEN);
            }
        }
        Await.until("the lane is read", () -> !takes.isEmpty());
        assertTrue(takes.get(0).startsWith("smtp to.a.test "), takes.get(0));
    }

    @Test
    void aRateStartsTheNextOneByItself() {
        DestinationRule rule = new DestinationRule(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.of(120), true);
        assertInstanceOf(
                Admitted.class,
                ask("a.test", QUEUE, rule, new AttemptProgress()).getNow(null));
        List<CompletableFuture<Admission>> next = Stream.generate(
                        () -> ask("a.test", QUEUE, rule, new AttemptProgress()))
                .limit(3)
                .toList();
        Await.until("the rate allows it", () -> next.stream().allMatch(CompletableFuture::isDone));
        next.forEach(one -> assertInstanceOf(Admitted.class, one.getNow(null)));
    }

    @Test
    void oneThatIsGivenUpWaitsNoMore() {
        List<CompletableFuture<Admission>> first =
                Stream.generate(() -> ask("a.test", QUEUE)).limit(5).toList();
        AttemptProgress progress = new AttemptProgress();
        CompletableFuture<Admission> waits = ask("a.test", QUEUE, DestinationRule.NONE, progress);
        assertEquals(1, admission.snapshot().waiting());
        assertTrue(progress.giveUp());
        assertTrue(waits.isCompletedExceptionally());
        assertEquals(0, admission.snapshot().waiting());
        ((Admitted) first.get(0).join()).slot().end(TAKEN);
        assertEquals(4, admission.snapshot().running());
    }

    @Test
    void whatWaitsIsRefusedAtTheEnd() {
        List<CompletableFuture<Admission>> all =
                Stream.generate(() -> ask("a.test", QUEUE)).limit(8).toList();
        admission.close();
        assertInstanceOf(Refused.class, all.get(7).getNow(null));
        assertInstanceOf(Refused.class, ask("b.test", QUEUE).getNow(null));
    }
}
