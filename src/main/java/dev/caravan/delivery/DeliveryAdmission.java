package dev.caravan.delivery;

import dev.caravan.delivery.Pacing.Place;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives delivery attempts their places as {@link Pacing} decides, and has items taken from the lanes where they are
 * parked as places become free. An attempt that waits holds no thread. Thread-safe; never blocks.
 */
final class DeliveryAdmission implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryAdmission.class);
    private static final long TICK_NANOS = Duration.ofMillis(250).toNanos();
    private static final int REMEMBERED_DOMAINS = 10_000;

    private final ConcurrencyLimits limits;
    private final Pacing pacing;
    private final ParkedLanes lanes = new ParkedLanes();
    private final Map<String, String> groups = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED_DOMAINS;
        }
    };
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
        Thread started = new Thread(work, "delivery-pace");
        started.setDaemon(true);
        return started;
    });
    /** What this thread has to do next: not at once, or each attempt that ends at once would nest the next one. */
    private static final ThreadLocal<Deque<Runnable>> PENDING = new ThreadLocal<>();

    private final Set<Place> waiting = ConcurrentHashMap.newKeySet();
    private Optional<ParkedMailSource> parked = Optional.empty();
    private long rateTimerNanos = Long.MAX_VALUE;
    private boolean isTicking;
    private boolean isClosed;

    /** The answer to a request. */
    sealed interface Admission {
        /** The attempt may start. */
        record Admitted(Slot slot) implements Admission {}

        /** The item is to be parked in this lane; {@link #parked} is to be called when it is there. */
        record Parked(ParkingLane lane) implements Admission {}

        /** The attempt is not made now. */
        record Refused() implements Admission {}
    }

    /** Permission for one attempt. It must be ended; ending it again has no effect. */
    final class Slot {
        private final Place place;
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Slot(Place place) {
            this.place = place;
        }

        void end(AttemptNews news) {
            if (isOver.compareAndSet(false, true)) {
                ended(place, news);
            }
        }
    }

    DeliveryAdmission(ConcurrencyLimits limits) {
        this.limits = limits;
        this.pacing = new Pacing(limits);
        timer.setRemoveOnCancelPolicy(true);
    }

    /** From here items are taken when there are places; until then nothing is parked. */
    synchronized void parkedMail(ParkedMailSource source) {
        parked = Optional.of(source);
    }

    /**
     * Requests a place.
     *
     * @param origin of the item.
     * @param progress ends the wait if the attempt is given up.
     * @return completes when the attempt may start or is not to be made, on any thread; exceptionally with a
     *     {@link java.util.concurrent.CancellationException} if the attempt is given up.
     */
    CompletionStage<Admission> admit(PlaceRequest request, ItemOrigin origin, AttemptProgress.Leg progress) {
        Pacing.Answer answer;
        synchronized (this) {
            long now = System.nanoTime();
            origin.lane().ifPresent(lane -> comesFrom(origin.transport(), lane, request));
            answer = isClosed
                    ? new Pacing.Answer.Refuse()
                    : pacing.request(parked.isPresent() ? request : request.withoutParking(), now);
            startTicking();
            scheduleRate(now);
        }
        if (answer instanceof Pacing.Answer.Wait wait) {
            waiting.add(wait.place());
            CompletableFuture<Admission> later =
                    wait.place().later().thenApply(found -> admission(found, origin, request));
            if (isClosedNow()) {
                close();
            }
            return progress.await(later, this::discard).whenComplete((done, failure) -> {
                if (failure != null) {
                    giveUp(wait.place());
                }
            });
        }
        return CompletableFuture.completedFuture(admission(answer, origin, request));
    }

    private void giveUp(Place place) {
        waiting.remove(place);
        synchronized (this) {
            pacing.giveUp(place);
        }
    }

    private synchronized boolean isClosedNow() {
        return isClosed;
    }

    private void discard(Admission admission) {
        if (admission instanceof Admission.Admitted admitted) {
            admitted.slot().end(AttemptNews.NONE);
        }
    }

    private void comesFrom(String transport, ParkingLane lane, PlaceRequest request) {
        lanes.belongs(new ParkedLanes.Key(transport, lane), request.group());
        if (!lane.isOfDestination()) {
            pacing.tookFromSharedLane(request.group());
        }
    }

    private Admission admission(Pacing.Answer answer, ItemOrigin origin, PlaceRequest request) {
        if (answer instanceof Pacing.Answer.Start start) {
            return new Admission.Admitted(new Slot(start.place()));
        } else if (answer instanceof Pacing.Answer.Park park) {
            synchronized (this) {
                return new Admission.Parked(lanes.choose(
                        new ParkedLanes.Key(origin.transport(), park.lane()),
                        origin.lane(),
                        request.group(),
                        System.nanoTime()));
            }
        } else if (answer instanceof Pacing.Answer.Refuse) {
            return new Admission.Refused();
        }
        throw new AssertionError(answer);
    }

    /** An item is in a lane: its transaction is committed. */
    void parked(String transport, ParkingLane lane) {
        synchronized (this) {
            lanes.parked(new ParkedLanes.Key(transport, lane), System.nanoTime());
            startTicking();
        }
    }

    /** The broker has a lane that may have items. */
    synchronized void found(String transport, ParkingLane lane) {
        lanes.found(new ParkedLanes.Key(transport, lane), System.nanoTime());
        startTicking();
    }

    private void ended(Place place, AttemptNews news) {
        List<Place> others;
        List<ParkedLanes.Take> takes;
        synchronized (this) {
            long now = System.nanoTime();
            others = pacing.end(place, news, now);
            takes = parked.isPresent() ? lanes.afterEnd(place.request().group(), pacing, now) : List.of();
            scheduleRate(now);
        }
        goOn(others, takes);
    }

    private void tick() {
        List<Place> others;
        List<ParkedLanes.Take> takes;
        synchronized (this) {
            long now = System.nanoTime();
            rateTimerNanos = Long.MAX_VALUE;
            others = pacing.tick(now);
            takes = parked.isPresent() && !isClosed ? lanes.all(pacing, now) : List.of();
            scheduleRate(now);
            if (pacing.running() == 0 && pacing.waiting() == 0 && lanes.size() == 0) {
                isTicking = false;
            } else {
                schedule(TICK_NANOS);
            }
        }
        goOn(others, takes);
    }

    private void startTicking() {
        if (!isTicking) {
            isTicking = true;
            schedule(TICK_NANOS);
        }
    }

    private void schedule(long nanos) {
        try {
            timer.schedule(this::guardedTick, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed", e);
        }
    }

    private void guardedTick() {
        try {
            tick();
        } catch (RuntimeException e) {
            LOG.error("the pace of deliveries could not be looked after", e);
            schedule(TICK_NANOS);
        }
    }

    private void scheduleRate(long now) {
        OptionalLong next = pacing.nextRate(now);
        if (next.isPresent() && next.getAsLong() - now < TICK_NANOS) {
            long at = next.getAsLong();
            if (rateTimerNanos == Long.MAX_VALUE || at - rateTimerNanos < 0) {
                rateTimerNanos = at;
                try {
                    timer.schedule(this::rateTick, Math.max(1, at - now), TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) {
                    LOG.trace("closed", e);
                }
            }
        }
    }

    private void rateTick() {
        List<Place> others;
        synchronized (this) {
            long now = System.nanoTime();
            rateTimerNanos = Long.MAX_VALUE;
            others = pacing.tick(now);
            scheduleRate(now);
        }
        goOn(others, List.of());
    }

    private void goOn(List<Place> places, List<ParkedLanes.Take> takes) {
        places.forEach(place -> {
            waiting.remove(place);
            run(() -> place.later().complete(place.answer()));
        });
        takes.forEach(take -> run(() -> take(take)));
    }

    /** Runs at once, unless this thread runs something of the kind already: then after it. */
    private void run(Runnable next) {
        Deque<Runnable> mine = PENDING.get();
        if (mine != null) {
            mine.add(next);
            return;
        }
        Deque<Runnable> all = new ArrayDeque<>();
        PENDING.set(all);
        try {
            for (Runnable now = next; now != null; now = all.poll()) {
                now.run();
            }
        } finally {
            PENDING.remove();
        }
    }

    private CompletionStage<Integer> take(ParkedLanes.Take take) {
        ParkedLanes.Key key = take.key();
        ParkedMailSource source;
        synchronized (this) {
            source = parked.orElseThrow();
        }
        CompletionStage<Integer> taking;
        try {
            taking = source.take(key.transport(), key.lane(), take.most());
        } catch (RuntimeException e) {
            taking = CompletableFuture.failedFuture(e);
        }
        return taking.whenComplete((taken, failure) -> {
            if (failure != null) {
                LOG.debug("nothing could be taken from the lane {}: {}", key, failure.toString());
            }
            synchronized (this) {
                lanes.took(key, take.most(), failure == null ? taken : -1, pacing, System.nanoTime());
            }
        });
    }

    /**
     * Has items of a lane taken, whether there are places or not, unless some are being taken from it.
     *
     * @return how many were taken.
     */
    CompletionStage<Integer> take(String transport, ParkingLane lane, int most) {
        Optional<ParkedLanes.Take> take;
        synchronized (this) {
            take = parked.isPresent()
                    ? lanes.takeNow(new ParkedLanes.Key(transport, lane), most, pacing)
                    : Optional.empty();
        }
        return take.map(this::take).orElse(CompletableFuture.completedFuture(0));
    }

    /** The hosts that a domain's mail went to the last time. */
    synchronized Optional<String> groupOf(String domain) {
        return Optional.ofNullable(groups.get(domain));
    }

    synchronized void remember(String domain, String group) {
        groups.put(domain, group);
    }

    /** The attempts of a destination that run. */
    synchronized int running(String group) {
        return pacing.running(group);
    }

    /** Whether places are scarce. */
    synchronized boolean isScarce() {
        return pacing.isScarce();
    }

    synchronized PacingSnapshot snapshot() {
        return new PacingSnapshot(pacing.running(), pacing.waiting(), limits.total(), pacing.snapshot());
    }

    synchronized List<ParkedLanes.Key> lanesWithItems() {
        return lanes.withItems();
    }

    /** Refuses what waits, and whatever comes later. */
    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
        }
        timer.shutdownNow();
        for (Place place : List.copyOf(waiting)) {
            giveUp(place);
            run(() -> place.later().complete(new Pacing.Answer.Refuse()));
        }
    }
}
