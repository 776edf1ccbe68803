package dev.caravan.reload;

import java.util.Set;
import org.apache.camel.model.RouteDefinition;

/**
 * Which routes take nothing although they are there: those that deliver, while {@code delivery.paused} is set, and our own
 * that a timer or another system begins, where nothing is to begin by itself. It is said here and not in the files, since
 * the schema of Camel's YAML lets {@code autoStartup} be true or false only, and since a route of the operator's must not
 * forget it. A route that says {@code autoStartup} itself is left as it is.
 *
 * @param delivers whether mail leaves.
 * @param ticks whether timers run.
 * @param picksUp whether there is a folder of files to be sent.
 */
public record RouteStartup(boolean delivers, boolean ticks, boolean picksUp) {
    private static final Set<String> TIMED =
            Set.of("retry", "prune", "collect-rows", "collect-records", "collect-mailbox");
    private static final String PICKUP = "collect-files";

    /** Whether a route begins to work with the server. */
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
