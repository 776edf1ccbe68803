package dev.caravan.delivery;

import dev.caravan.mail.Printable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far one delivery attempt has come, for operators, and the decision whether it may still be given up: before the
 * final dot of the content it may, after it the host may have the message. An attempt that goes to several destinations
 * has a {@link Leg} for each. Thread-safe; writing costs no lock.
 */
public final class AttemptProgress {
    /** What an attempt does, in this order; stages may be skipped, and begin again with the next host. */
    public enum Stage {
        /** The steps of its route run, which are not deliveries by SMTP: HTTP, JMS, files, Maildirs. */
        RUNNING_STEPS("running steps"),
        WAITING_FOR_PLACE("waiting for a place"),
        LOOKING_UP_HOSTS("looking up hosts"),
        CONNECTING("connecting"),
        GREETING("greeting"),
        EHLO("EHLO"),
        /** MAIL, RCPT and DATA. */
        RECIPIENTS("recipients"),
        CONTENT("content"),
        /** The final dot was sent: the attempt can no longer be given up. */
        AWAITING_LAST_REPLY("awaiting the last reply"),
        SETTLING("settling");

        private final String words;

        Stage(String words) {
            this.words = words;
        }

        /** For people. */
        public String words() {
            return words;
        }

        /** For metrics and programs: lower case, with underscores. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What an attempt did at one moment.
     *
     * @param destination the domain or relay host; printable ASCII; empty if the steps of a route name none.
     * @param host the host that is being asked; printable ASCII; empty if none is.
     * @param address of the host.
     * @param inStage for how long.
     */
    public record Seen(
            String destination,
            Stage stage,
            Optional<String> host,
            Optional<InetSocketAddress> address,
            Duration inStage) {}

    private record At(Stage stage, @Nullable RemoteHost host, long since) {}

    // The lower bits count the legs that await their last reply.
    private static final int ONE_AWAITED = 1;
    private static final int AWAITED = (1 << 24) - 1;
    /** A route's own steps run, or the result is being settled. */
    private static final int BETWEEN_LEGS = 1 << 28;
    /** A host has accepted the message for some recipients. */
    private static final int DELIVERED = 1 << 29;

    private static final int GIVEN_UP = 1 << 30;

    private final long begun = System.nanoTime();
    private final AtomicInteger state = new AtomicInteger(BETWEEN_LEGS);
    private volatile At own = new At(Stage.RUNNING_STEPS, null, begun);
    private volatile List<Leg> legs = List.of();

    /** For how long the attempt has been running. */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** What it does now: one for each leg, or one for the attempt if it has none; never empty. */
    public List<Seen> seen() {
        long now = System.nanoTime();
        List<Leg> current = legs;
        if (current.isEmpty()) {
            return List.of(seen("", own, now));
        }
        List<Seen> seen = new ArrayList<>(current.size());
        current.forEach(leg -> seen.add(seen(leg.destination, leg.at, now)));
        return seen;
    }

    private static Seen seen(String destination, At at, long now) {
        return new Seen(
                Printable.line(destination, Printable.MAX_HOST),
                at.stage,
                Optional.ofNullable(at.host).map(host -> Printable.line(host.mta(), Printable.MAX_HOST)),
                Optional.ofNullable(at.host).map(RemoteHost::address),
                Duration.ofNanos(Math.max(0, now - at.since)));
    }

    /** The result of the attempt is being settled. */
    public void settling() {
        own = new At(Stage.SETTLING, null, System.nanoTime());
        legs = List.of();
    }

    /**
     * Gives the whole attempt up: its connections are dropped, and its recipients are not attempted.
     *
     * @return false if it is too late: a host has the message or may have it, or the attempt is not by SMTP.
     */
    public boolean giveUp() {
        int prevented = AWAITED | DELIVERED | BETWEEN_LEGS | GIVEN_UP;
        for (int now = state.get(); (now & prevented) == 0; now = state.get()) {
            if (state.compareAndSet(now, now | GIVEN_UP)) {
                legs.forEach(Leg::runHook);
                return true;
            }
        }
        return false;
    }

    /**
     * Gives up what has not been attempted yet by SMTP, now and later. Recipients that have the message keep that result,
     * and a host that may have the message is waited for.
     *
     * @return whether what goes on now was given up.
     */
    public boolean stop() {
        int before = state.getAndUpdate(now -> now | GIVEN_UP);
        legs.forEach(Leg::runHook);
        return (before & (AWAITED | BETWEEN_LEGS)) == 0;
    }

    /** Whether recipients that have not been attempted are not to be. */
    public boolean isGivenUp() {
        return (state.get() & GIVEN_UP) != 0;
    }

    /**
     * Begins a delivery by SMTP; it may be given up from now on.
     *
     * @param destinations one for each leg: domains or relay hosts.
     * @return the legs, in the same order.
     */
    List<Leg> begin(List<String> destinations) {
        List<Leg> begunNow = destinations.stream().map(Leg::new).toList();
        legs = begunNow;
        state.updateAndGet(now -> now & ~BETWEEN_LEGS);
        return begunNow;
    }

    /** The delivery by SMTP has ended; whatever comes now cannot be given up. */
    void end() {
        own = new At(Stage.RUNNING_STEPS, null, System.nanoTime());
        state.updateAndGet(now -> now | BETWEEN_LEGS);
        legs = List.of();
    }

    /** The delivery to one destination. One stage follows the other, so there is no concurrent writing. */
    final class Leg {
        private final String destination;
        private volatile At at = new At(Stage.WAITING_FOR_PLACE, null, System.nanoTime());
        private volatile @Nullable Runnable hook;
        private boolean isAwaiting;

        private Leg(String destination) {
            this.destination = destination;
        }

        /** A stage without a host begins. */
        void at(Stage stage) {
            at = new At(stage, null, System.nanoTime());
        }

        /** A stage with a host begins. */
        void at(Stage stage, RemoteHost host) {
            At before = at;
            if (before.stage != stage || !host.equals(before.host)) {
                at = new At(stage, host, System.nanoTime());
            }
        }

        boolean isGivenUp() {
            return AttemptProgress.this.isGivenUp();
        }

        /**
         * What ends the present stage when the attempt is given up; it replaces the one before, runs at most twice, on
         * any thread, and at once if the attempt was given up already.
         */
        void onGivenUp(Runnable next) {
            hook = next;
            if (isGivenUp()) {
                next.run();
            }
        }

        private void runHook() {
            Runnable present = hook;
            if (present != null) {
                present.run();
            }
        }

        /**
         * Waits for something that takes long and that cannot be ended.
         *
         * @param discarded takes the value if the attempt is given up before.
         * @return the same, or a {@link CancellationException} if the attempt is given up before.
         */
        <T> CompletionStage<T> await(CompletionStage<T> stage, Consumer<T> discarded) {
            CompletableFuture<T> either = new CompletableFuture<>();
            stage.whenComplete((value, failure) -> {
                boolean isFirst = failure == null ? either.complete(value) : either.completeExceptionally(failure);
                if (!isFirst && failure == null) {
                    discarded.accept(value);
                }
            });
            if (!either.isDone()) {
                onGivenUp(() -> either.completeExceptionally(new CancellationException("given up")));
            }
            return either;
        }

        /**
         * Asked before the final dot of the content is sent.
         *
         * @return false if the attempt was given up: the dot must not be sent.
         */
        boolean mayEndContent() {
            int before = state.getAndUpdate(now -> (now & GIVEN_UP) == 0 ? now + ONE_AWAITED : now);
            isAwaiting = (before & GIVEN_UP) == 0;
            return isAwaiting;
        }

        /**
         * The wait for the last reply has ended, if there was one.
         *
         * @param isPerhapsDelivered whether some recipient has the message or may have it.
         */
        void answered(boolean isPerhapsDelivered) {
            if (isAwaiting) {
                isAwaiting = false;
                state.updateAndGet(now -> (now - ONE_AWAITED) | (isPerhapsDelivered ? DELIVERED : 0));
            }
        }
    }
}
