package dev.caravan.camel;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.config.ServerModule;
import dev.caravan.lifecycle.ShutdownState;
import java.time.Clock;
import java.util.Map;

/** The Camel components that differ from Camel's own, by the schemes that routes use. */
public final class ComponentsModule implements ServerModule {
    private final ReplaceableDirect directs = new ReplaceableDirect();
    private final Map<String, Object> beans;

    public ComponentsModule(BrokerConnections connections, ShutdownState shutdown, Clock clock) {
        HeaderAllowList headers = new HeaderAllowList();
        this.beans = Map.of(
                "headerAllowList",
                headers,
                "noForeignHeaders",
                headers,
                "direct",
                directs,
                "timer",
                new SteadyTimerComponent(clock),
                "mailqueue",
                MailQueueComponent.create(connections, shutdown),
                "http",
                HttpEndpoints.create(),
                "https",
                HttpEndpoints.create());
    }

    /** The {@code direct:} endpoints, whose routes can be replaced. */
    public ReplaceableDirect directs() {
        return directs;
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
