package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.NonBlockingStep;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which routes may run on an event loop. */
class NonBlockingRoutesTest {
    private static final class Quick implements Processor, NonBlockingStep {
        @Override
        public void process(Exchange exchange) {}
    }

    private static final class Slow implements Processor, BlockingStep {
        @Override
        public void process(Exchange exchange) {}
    }

    private static final Processor OWN = exchange -> {};
    private static final Map<String, Object> BEANS =
            Map.of("quick", new Quick(), "other", new Quick(), "slow", new Slow(), "own", OWN);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- process: {ref: quick}",
                "- bean: {ref: quick, method: process}",
                "- stop: {}",
                "- log: '${header.mailId} from <${header.sender}>'",
                "- log: '${body.id} is on its way'",
                "- setHeader: {name: a, expression: {constant: {expression: b}}}",
                "- setProperty: {name: a, expression: {simple: {expression: '${header.size}'}}}",
                "- filter: {expression: {simple: {expression: \"${header.size} > 100\"}}, steps: [process: {ref: quick}]}",
                "- filter: {expression: {method: {ref: quick, method: isOn}}, steps: [stop: {}]}",
                "- to: direct:rules",
                "- to: {uri: 'direct:rules'}",
                "- to: direct:loop",
                "- choice: {when: [{expression: {simple: {expression: \"${header.stage} == 'mail'\"}},"
                        + " steps: [process: {ref: quick}]}], otherwise: {steps: [to: 'direct:rules']}}",
                "- choice: {when: [{expression: {simple: {expression: \"${header.stage} == 'mail'\"}},"
                        + " steps: [process: {ref: quick}]}]}"
            })
    void runsOurNonBlockingStepsOnTheEventLoop(String step) throws Exception {
        assertEquals(true, steps(step).isPresent());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- process: {ref: slow}",
                "- bean: {ref: slow, method: process}",
                // The operator's own, or none at all.
                "- process: {ref: own}",
                "- bean: {ref: own, method: process}",
                "- bean: {ref: missing, method: process}",
                "- bean: {beanType: java.lang.Object, method: hashCode}",
                // Endpoints.
                "- to: http://policy.example/",
                "- to: 'log:mail'",
                "- to: direct:nowhere",
                "- to: direct:slow-rules",
                "- toD: 'direct:${header.stage}'",
                "- wireTap: {uri: 'direct:rules'}",
                // Steps that may take threads or time.
                "- delay: {expression: {constant: {expression: 1000}}}",
                "- script: {expression: {constant: {expression: a}}}",
                "- convertBodyTo: {type: java.lang.String}",
                "- split: {expression: {simple: {expression: '${body}'}}, steps: [process: {ref: quick}]}",
                // Expressions that may call anything, or read a content.
                "- log: '${bean:slow}'",
                "- log: '${header.${bean:slow}}'",
                "- log: '${date:${bean:slow}}'",
                "- log: '${random(1,${bean:slow})}'",
                "- log: '${body}'",
                "- setHeader: {name: a, expression: {simple: {expression: '${bodyAs(String)}'}}}",
                "- setHeader: {name: a, expression: {simple: {expression: '${mandatoryBodyAs(String)}'}}}",
                "- setHeader: {name: a, expression: {simple: {expression: '${exchangeProperty.a.call()}'}}}",
                "- setHeader: {name: a, expression: {simple: {expression: '$simple{bean:slow}'}}}",
                "- filter: {expression: {simple: {expression: '${bean:quick.isOn}'}}, steps: [stop: {}]}",
                "- filter: {expression: {method: {ref: slow, method: isOn}}, steps: [stop: {}]}",
                "- filter: {expression: {simple: {expression: '${header.size} > 1'}}, steps: [process: {ref: slow}]}",
                "- choice: {when: [{expression: {simple: {expression: '${header.size} > 1'}},"
                        + " steps: [process: {ref: quick}]}], otherwise: {steps: [process: {ref: own}]}}"
            })
    void runsEverythingElseApart(String step) throws Exception {
        assertEquals(Optional.empty(), steps(step));
    }

    @Test
    void asksTheStepsOfAllRoutesThatItCalls() throws Exception {
        List<NonBlockingStep> steps =
                steps("- process: {ref: other}\n        - to: direct:rules").orElseThrow();
        assertEquals(List.of(BEANS.get("other"), BEANS.get("quick")), steps);
    }

    @Test
    void knowsNothingOfARouteThatIsNotThere() {
        assertEquals(Optional.empty(), NonBlockingRoutes.steps(List.of(), "receive-smtp", BEANS::get));
    }

    private static Optional<List<NonBlockingStep>> steps(String step) throws Exception {
        String routes = """
                - route:
                    id: receive-smtp
                    from:
                      uri: direct:receive
                      steps:
                        STEP
                - route:
                    id: rules
                    from:
                      uri: direct:rules
                      steps:
                        - process: {ref: quick}
                - route:
                    id: slow-rules
                    from:
                      uri: direct:slow-rules
                      steps:
                        - to: http://policy.example/
                - route:
                    id: loop
                    from:
                      uri: direct:loop
                      steps:
                        - to: direct:loop
                """.replace("STEP", step);
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            context.build();
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("test.camel.yaml", routes));
            List<RouteDefinition> read = List.copyOf(context.getRouteDefinitions());
            return NonBlockingRoutes.steps(read, "receive-smtp", BEANS::get);
        }
    }
}
