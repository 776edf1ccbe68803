package dev.caravan.control;

import dev.caravan.queue.ItemId;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.settle.DeliveriesInHand.Hand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Operators' commands on items that this server is delivering, which are in no queue that a pass sees. Thread-safe. */
final class InHandCommands {
    /** How long an attempt that was given up may take to end. Its item then goes back to its queue in any case. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final DeliveriesInHand inHand;

    InHandCommands(DeliveriesInHand inHand) {
        this.inHand = inHand;
    }

    /**
     * What a command has done.
     *
     * @param done the number of items that were changed.
     * @param refused the number of selected items whose last reply is awaited: they were not touched.
     */
    record Result(long done, long refused) {
        static final Result NONE = new Result(0, 0);

        Result and(Result other) {
            return new Result(done + other.done, refused + other.refused);
        }
    }

    /** Gives the selected deliveries up and does with their items what the action says; completes within ten seconds. */
    CompletionStage<Result> run(QueueAction action) {
        List<CompletableFuture<Boolean>> given = new ArrayList<>();
        long refused = 0;
        for (Hand hand : inHand.all()) {
            if (action.selects(hand.item())) {
                Optional<CompletionStage<Boolean>> ended = hand.giveUp(action.inHand());
                refused += ended.isPresent() ? 0 : 1;
                ended.ifPresent(stage -> given.add(stage.toCompletableFuture()
                        .completeOnTimeout(false, LONGEST.toMillis(), TimeUnit.MILLISECONDS)));
            }
        }
        long late = refused;
        return CompletableFuture.allOf(given.toArray(CompletableFuture[]::new))
                .thenApply(unused -> new Result(
                        given.stream().filter(CompletableFuture::join).count(), late));
    }

    /** How many items a command would change or refuse now. */
    long selected(QueueAction action) {
        return inHand.all().stream().filter(hand -> action.selects(hand.item())).count();
    }

    /** The items in hand. */
    Set<ItemId> items() {
        return inHand.all().stream().map(hand -> hand.item().id()).collect(Collectors.toSet());
    }
}
