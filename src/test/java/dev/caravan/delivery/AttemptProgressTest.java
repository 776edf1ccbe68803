package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.net.TlsPolicy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AttemptProgressTest {
    private static final RemoteHost HOST =
            new RemoteHost("mx\u001b[2J.x.test", new InetSocketAddress("127.0.0.2", 25), TlsPolicy.NONE);

    private final AttemptProgress progress = new AttemptProgress();

    private AttemptProgress.Leg leg() {
        return progress.begin(List.of("x.test")).get(0);
    }

    private String seen() {
        AttemptProgress.Seen seen = progress.seen().get(0);
        return seen.destination() + " " + seen.stage().words() + " "
                + seen.host().orElse("-");
    }

    @Test
    void saysWhereAnAttemptIsAndMasksWhatTheHostCallsItself() {
        assertEquals(" running steps -", seen());
        AttemptProgress.Leg leg = leg();
        assertEquals("x.test waiting for a place -", seen());
        leg.at(Stage.EHLO, HOST);
        assertEquals("x.test EHLO mx?[2J.x.test", seen());
        assertEquals(Optional.of(HOST.address()), progress.seen().get(0).address());
        progress.end();
        assertEquals(" running steps -", seen());
        progress.settling();
        assertEquals(" settling -", seen());
    }

    @Test
    void cannotGiveUpStepsThatAreNoDeliveryBySmtp() {
        assertFalse(progress.giveUp());
        AttemptProgress.Leg leg = leg();
        assertFalse(leg.isGivenUp());
        progress.end();
        assertFalse(progress.giveUp(), "the result is being settled");
    }

    @Test
    void forbidsTheFinalDotOnceItIsGivenUp() {
        AttemptProgress.Leg leg = leg();
        assertTrue(progress.giveUp());
        assertFalse(leg.mayEndContent());
        assertFalse(progress.giveUp(), "only one may decide about the item");
    }

    @Test
    void cannotGiveUpWhatAwaitsItsLastReply() {
        AttemptProgress.Leg leg = leg();
        assertTrue(leg.mayEndContent());
        assertFalse(progress.giveUp());
        leg.answered(false);
        assertTrue(progress.giveUp(), "the host has refused it, and the next is not asked");
    }

    @Test
    void cannotGiveUpWhatAHostHasForSomeRecipients() {
        AttemptProgress.Leg leg = leg();
        assertTrue(leg.mayEndContent());
        leg.answered(true);
        assertFalse(progress.giveUp());
    }

    @Test
    void oneOfSeveralDestinationsThatAwaitsItsLastReplyKeepsAll() {
        List<AttemptProgress.Leg> legs = progress.begin(List.of("x.test", "y.test"));
        assertTrue(legs.get(1).mayEndContent());
        assertFalse(progress.giveUp());
        assertEquals(2, progress.seen().size());
    }

    @Test
    void aStopWaitsForTheLastReplyAndForbidsTheNextContent() {
        AttemptProgress.Leg leg = leg();
        assertTrue(leg.mayEndContent());
        assertFalse(progress.stop());
        leg.answered(true);
        assertFalse(leg.mayEndContent());
    }

    @Test
    void aStopBeforeTheDeliveryBeginsGivesItUpWhenItDoes() {
        progress.stop();
        CompletableFuture<String> place = new CompletableFuture<>();
        List<String> discarded = new ArrayList<>();
        CompletableFuture<String> got = leg().await(place, discarded::add).toCompletableFuture();
        assertTrue(got.isCompletedExceptionally());
        place.complete("late");
        assertEquals(List.of("late"), discarded, "whoever gave it must get it back");
    }

    @Test
    void endsTheStageThatRuns() {
        AttemptProgress.Leg leg = leg();
        List<String> ended = new ArrayList<>();
        leg.onGivenUp(() -> ended.add("connecting"));
        leg.onGivenUp(() -> ended.add("talking"));
        assertTrue(progress.giveUp());
        assertEquals(List.of("talking"), ended);
        leg.onGivenUp(() -> ended.add("next host"));
        assertEquals(List.of("talking", "next host"), ended);
    }
}
