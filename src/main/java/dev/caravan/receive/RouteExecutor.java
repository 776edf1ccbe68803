package dev.caravan.receive;

import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.MailQuestion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;

/** Chooses the thread for a receiving route: the event loop of the session, or a pool thread. Thread-safe. */
public final class RouteExecutor {
    private final ExecutorService pool;
    private volatile Map<String, List<NonBlockingStep>> steps = Map.of();

    /** @param pool for routes that may block; all routes run there until {@link #adapt} is called. */
    public RouteExecutor(ExecutorService pool) {
        this.pool = pool;
    }

    /** @param nonBlocking for the id of each receiving route without blocking steps, all its steps. */
    public void adapt(Map<String, List<NonBlockingStep>> nonBlocking) {
        steps = Map.copyOf(nonBlocking);
    }

    /** Whether the route may run on the event loop for this request: no step of it blocks. */
    boolean mayRunHere(String routeId, PolicyRequest request) {
        List<NonBlockingStep> known = steps.get(routeId);
        return known != null && !(request instanceof MailQuestion mail && mayBlock(known, mail.mail()));
    }

    private static boolean mayBlock(List<NonBlockingStep> steps, MailObject message) {
        for (NonBlockingStep step : steps) {
            if (NonBlockingStep.mayBlock(step, message)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs a route on the pool.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the pool's queue is full, or it is shut down.
     */
    public void execute(Runnable work) {
        pool.execute(work);
    }

    public void shutdown() {
        pool.shutdown();
    }
}
