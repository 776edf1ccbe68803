package dev.caravan.transport;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.net.RelayHost;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.LocalDomains;
import java.util.function.Supplier;

/**
 * The rule for next hops by the present setting {@code delivery.smarthost}. All parts of a server share one object, so that
 * a change of the setting takes effect for all of them at once. Thread-safe.
 */
public final class LiveNextHops implements Supplier<ChooseNextHop>, Reconfigurable {
    private volatile ChooseNextHop rule;

    public LiveNextHops(LocalDomains localDomains, Settings settings) {
        this.rule = rule(localDomains, settings);
    }

    private static ChooseNextHop rule(LocalDomains localDomains, Settings settings) {
        return new ChooseNextHop(
                localDomains, settings.get(DeliverySettings.SMARTHOST).map(RelayHost::new));
    }

    /** The rule as it is now; a caller that needs it for several recipients of a message reads it once. */
    @Override
    public ChooseNextHop get() {
        return rule;
    }

    @Override
    public void reconfigure(Settings settings) {
        rule = rule(rule.localDomains(), settings);
    }
}
