package dev.caravan.reload;

import java.util.Set;
import org.apache.camel.model.RouteDefinition;

/**
 * Which routes start with the server. Delivery routes do not while {@code delivery.paused} is set, and the shipped routes
 * that a timer or another system triggers do not where no timers run. This is decided here and not in the files, because
 * the schema of Camel's YAML allows only true and false for {@code autoStartup}, and because an operator's delivery route
 * must be paused too. A route that sets {@code autoStartup} itself keeps its value.
 *
 * @param delivers whether messages are delivered.
 * @param ticks whether timers run.
 * @param picksUp whether {@code pickup.folder} is set.
 */
public record RouteStartup(boolean delivers, boolean ticks, boolean picksUp) {
    private static final Set<String> TIMED =
            Set.of("retry", "prune", "collect-rows", "collect-records", "collect-mailbox");
    private static final String PICKUP = "collect-files";

    /** Whether a route starts with the server. */
    boolean starts(RouteDefinition route) {
        String uri = route.getInput().getEndpointUri();
        String id = String.valueOf(route.getId());
        if (uri.startsWith("deliver:")
                || uri.startsWith("mailqueue:mail.deliver.")
                || uri.startsWith("mailqueue:mail.dead")) {
            return delivers;
        }
        return id.equals(PICKUP) ? ticks && picksUp : ticks || !TIMED.contains(id);
    }
}
