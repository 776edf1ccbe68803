package dev.caravan.submit;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.NonBlockingStep;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.AsyncProcessorSupport;

/**
 * The steps of {@code direct:submit} under the names of earlier releases, for routes that operators have copied. The start
 * and {@code caravan check} warn of them.
 */
public final class RenamedSteps {
    private RenamedSteps() {}

    /** The beans by their old names. */
    public static Map<String, Object> beans(
            ExpandAliases expand,
            ChooseTransport choose,
            SplitByNextHop split,
            ReportExpansion report,
            StoreItems store) {
        Map<String, Object> beans = new HashMap<>();
        beans.put("nextHops", new NextHops(expand, choose, split));
        beans.put("confirmExpansion", new ConfirmExpansion(report));
        beans.put("store", new Store(store));
        return beans;
    }

    /** {@code bean: {ref: nextHops, method: split}}; blocks while a directory looks for an answer. */
    public static final class NextHops implements BlockingStep {
        private final ExpandAliases expand;
        private final ChooseTransport choose;
        private final SplitByNextHop split;

        NextHops(ExpandAliases expand, ChooseTransport choose, SplitByNextHop split) {
            this.expand = expand;
            this.choose = choose;
            this.split = split;
        }

        /** Chooses next hops and splits; expands aliases first if no step has done so. */
        public void split(Exchange exchange) throws Exception {
            if (!ExpandedMail.isIn(exchange)) {
                run(expand, exchange);
            }
            run(choose, exchange);
            run(split, exchange);
        }
    }

    /** {@code bean: {ref: confirmExpansion, method: confirm}}; blocks while a directory looks for an answer. */
    public static final class ConfirmExpansion implements BlockingStep {
        private final ReportExpansion report;

        ConfirmExpansion(ReportExpansion report) {
            this.report = report;
        }

        /** Adds the report that an alias was expanded. */
        public void confirm(Exchange exchange) throws Exception {
            run(report, exchange);
        }
    }

    private static final class Store extends AsyncProcessorSupport implements NonBlockingStep {
        private final StoreItems store;

        Store(StoreItems store) {
            this.store = store;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return store.process(exchange, callback);
        }
    }

    private static void run(Processor step, Exchange exchange) throws Exception {
        if (exchange.getException() == null && !exchange.isRouteStop()) {
            step.process(exchange);
        }
    }
}
