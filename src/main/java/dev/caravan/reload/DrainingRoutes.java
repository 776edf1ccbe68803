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
 * Routes that were replaced. They take no new exchange, and are removed when their last one has ended. Until then all
 * their steps run: otherwise a message that was just delivered could not be settled, and would be sent twice. Thread-safe.
 */
final class DrainingRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(DrainingRoutes.class);
    /** A caller that looked the route up just before it was replaced may enter it within this time. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    private record Retiring(RouteDefinition definition, Thread stop, long sinceNanos) {}

    private final List<Retiring> routes = new ArrayList<>();

    /** Stops the intake of a route. */
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
            // Stopping it would also stop the steps, which exchanges still use.
            ServiceHelper.suspendService(consumer);
        } else {
            // Returns when the messages that the consumer of a queue has taken are settled.
            ServiceHelper.stopService(consumer);
        }
    }

    /** Removes the routes without an exchange. */
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
            LOG.warn("{}: cannot remove this replaced route: {}", definition.getId(), e.toString());
        }
    }
}
