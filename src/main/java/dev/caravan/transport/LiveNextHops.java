package dev.caravan.transport;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.net.RelayHost;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.SmartHostFile;
import dev.caravan.policy.SmartHostTable;
import java.util.List;
import java.util.function.Supplier;

/**
 * The rule for next hops by the present setting {@code delivery.smarthost} and the table of smart hosts. All parts of a server share one object, so that
 * a change of the setting takes effect for all of them at once. Thread-safe.
 */
public final class LiveNextHops implements Supplier<ChooseNextHop>, Reconfigurable {
    private final LocalDomains localDomains;
    private final SmartHostFile smartHosts;
    private volatile ChooseNextHop rule;

    /** @param smartHosts is asked at each call for its present table. */
    public LiveNextHops(LocalDomains localDomains, SmartHostFile smartHosts, Settings settings) {
        this.localDomains = localDomains;
        this.smartHosts = smartHosts;
        this.rule = rule(settings, smartHosts.table());
    }

    private ChooseNextHop rule(Settings settings, SmartHostTable table) {
        List<RelayHost> relayHosts = settings.get(DeliverySettings.SMARTHOST).stream()
                .flatMap(List::stream)
                .map(RelayHost::new)
                .toList();
        return new ChooseNextHop(localDomains, relayHosts, table);
    }

    /** The rule as it is now; a caller that needs it for several recipients of a message reads it once. */
    @Override
    public ChooseNextHop get() {
        ChooseNextHop present = rule;
        SmartHostTable table = smartHosts.table();
        if (present.smartHosts() != table) {
            present = new ChooseNextHop(localDomains, present.relayHosts(), table);
            synchronized (this) {
                // A reload meanwhile has read the table too.
                if (rule.smartHosts() != table && rule.relayHosts().equals(present.relayHosts())) {
                    rule = present;
                }
            }
        }
        return present;
    }

    @Override
    public synchronized void reconfigure(Settings settings) {
        rule = rule(settings, smartHosts.table());
    }
}
