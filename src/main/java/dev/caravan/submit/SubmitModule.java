package dev.caravan.submit;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerModule;
import dev.caravan.dsn.DsnComposer;
import dev.caravan.exchange.Decisions;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.policy.AliasDirectory;
import dev.caravan.policy.AliasExpander;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.LocalDomains;
import dev.caravan.queue.Spool;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The steps of {@code direct:submit}. */
public final class SubmitModule implements ServerModule {
    private final Map<String, Object> beans = new HashMap<>();
    private final CompleteSubmission complete;

    /**
     * @param nextHops is asked for the present rule for each message.
     * @param success when senders are told that an alias was expanded.
     * @param store the last step.
     * @param complete completes the messages of users and devices.
     */
    public SubmitModule(
            AliasDirectory aliases,
            LocalDomains localDomains,
            Supplier<ChooseNextHop> nextHops,
            Spool spool,
            DsnComposer composer,
            SuccessReports success,
            Decisions decisions,
            StoreItems store,
            CompleteSubmission complete,
            Clock clock) {
        this.complete = complete;
        ExpandAliases expand = new ExpandAliases(new AliasExpander(aliases, localDomains), decisions);
        ChooseTransport choose = new ChooseTransport(nextHops, expand, decisions);
        SplitByNextHop split = new SplitByNextHop(spool, clock);
        ReportExpansion report = new ReportExpansion(composer, success, expand, choose, split);
        beans.put("expandAliases", expand);
        beans.put("chooseTransport", choose);
        beans.put("splitByNextHop", split);
        beans.put("reportExpansion", report);
        beans.put("storeItems", store);
        beans.put("completeSubmission", complete);
        beans.putAll(RenamedSteps.beans(expand, choose, split, report, store));
    }

    /** The steps, and those of earlier releases, by the names that routes use. */
    @Override
    public Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(complete);
    }
}
