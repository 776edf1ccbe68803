package dev.caravan.filter;

import dev.caravan.mail.MemoryShare;
import dev.caravan.metrics.FilterMetrics;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The lines of all filters of a server, by their names. Thread-safe. */
public final class Filters {
    /** More names share one line, since addresses may come from expressions in routes. */
    private static final int MOST = 200;

    private static final String OTHERS = "other";

    private final FilterLimits limits;
    private final MemoryShare memory;
    private final FilterMetrics metrics;
    private final LongSupplier nanos;
    private final ConcurrentMap<String, FilterLine> lines = new ConcurrentHashMap<>();

    /**
     * No filter is known yet.
     *
     * @param limits of each filter.
     * @param memory the share for what filters are asked at once.
     * @param nanos monotonic time.
     */
    public Filters(FilterLimits limits, MemoryShare memory, FilterMetrics metrics, LongSupplier nanos) {
        this.limits = limits;
        this.memory = memory;
        this.metrics = metrics;
        this.nanos = nanos;
    }

    /** Filters without limits, for tests. */
    public static Filters unlimited() {
        return new Filters(
                new FilterLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE),
                MemoryShare.unlimited("filters"),
                FilterMetrics.unread(),
                System::nanoTime);
    }

    /**
     * The line of a filter that answers by the network; it may be down.
     *
     * @param name of the filter, for clients.
     * @param address where it is; together they are the label of its metrics.
     */
    public FilterLine remote(String name, String address) {
        return line(name + " " + address, name, limits, true);
    }

    /**
     * The line of a step that blocks.
     *
     * @param step its name.
     * @param most how many may run at once, if the general limit is not lower.
     */
    public FilterLine blocking(String step, int most) {
        return line(step, step, limits.atMost(most), false);
    }

    private FilterLine line(String label, String name, FilterLimits its, boolean mayBeDown) {
        FilterLine known = lines.get(label);
        if (known != null) {
            return known;
        }
        String key = lines.size() < MOST ? label : OTHERS;
        return lines.computeIfAbsent(
                key,
                any -> new FilterLine(
                        name,
                        its,
                        mayBeDown,
                        mayBeDown ? memory : MemoryShare.unlimited("threads"),
                        metrics.of(key),
                        nanos));
    }

    /**
     * Asks a filter that answers later.
     *
     * @param octets the size of the message that waits meanwhile.
     * @param isWanted whether somebody still waits for the answer.
     * @param call asks; does not block; completes exceptionally if there is no answer.
     * @return completes as {@code call} does; with {@link FilterBusyException} if the filter is not asked, with {@link
     *     CancellationException} if nobody waits any more.
     */
    public static <T> CompletionStage<T> ask(
            FilterLine line, long octets, BooleanSupplier isWanted, Supplier<CompletionStage<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        line.enter(octets, new FilterTurn() {
            @Override
            public boolean isWanted() {
                return isWanted.getAsBoolean();
            }

            @Override
            public void begin(FilterCall place) {
                begun(call).whenComplete((said, failure) -> {
                    place.end(failure == null);
                    if (failure == null) {
                        answer.complete(said);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
            }

            @Override
            public void refused(FilterBusyException why) {
                answer.completeExceptionally(why);
            }

            @Override
            public void dropped() {
                answer.completeExceptionally(new CancellationException("the client is gone"));
            }
        });
        return answer;
    }

    private static <T> CompletionStage<T> begun(Supplier<CompletionStage<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
