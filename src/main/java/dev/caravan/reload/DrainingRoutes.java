package dev.caravan.reload;

import dev.caravan.lifecycle.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.camel.Consumer;
import org.apache.camel.Route;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes that were replaced: they take nothing new, and go on until nothing is in their hands. Until then every step of
 * theirs keeps running, or mail that was just delivered could not be settled, and would be sent twice.
 */
final class DrainingRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(DrainingRoutes.class);
    /** Somebody may have asked for the route just before it was replaced, and not have entered it yet. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    private record Retiring(RouteDefinition definition, Thread stop, long sinceNanos) {}

    private final List<Retiring> routes = new ArrayList<>();

    /** Takes nothing new by this route from now on. */
    synchronized void add(ModelCamelContext context, RouteDefinition definition) {
        Route route = context.getRoute(definition.getId());
        Thread stop = Threads.start("retire-" + definition.getId(), () -> {
            if (route != null) {
                takeNothing(route.getConsumer());
            }
        });
        if (route != null && route.getConsumer() instanceof DirectConsumer) {
            Threads.join(stop, LINGER.toMillis());
        }
        routes.add(new Retiring(definition, stop, System.nanoTime()));
    }

    private static void takeNothing(Consumer consumer) {
        if (consumer instanceof DirectConsumer) {
            // To stop it would stop the steps with it, under the hands of those who are in them.
            ServiceHelper.suspendService(consumer);
        } else {
            // A consumer of a queue ends when what it has in hand is done.
            ServiceHelper.stopService(consumer);
        }
    }

    /** Removes those that have nothing in hand any more. */
    synchronized void removeIdle(ModelCamelContext context) {
        for (Iterator<Retiring> all = routes.iterator(); all.hasNext(); ) {
            Retiring route = all.next();
            String id = route.definition().getId();
            boolean isOld = System.nanoTime() - route.sinceNanos() > LINGER.toNanos();
            if (isOld
                    && !route.stop().isAlive()
                    && context.getInflightRepository().size(id) == 0) {
                all.remove();
                remove(context, route.definition());
            }
        }
    }

    private static void remove(ModelCamelContext context, RouteDefinition definition) {
        try {
            context.removeRouteDefinition(definition);
        } catch (Exception e) {
            LOG.warn("{}: a route that is not in use any more stays: {}", definition.getId(), e.toString());
        }
    }
}
