package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.NonBlockingStep;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which steps may run on an event loop. */
class StepKindTest {
    private static final class Quick implements Processor, NonBlockingStep {
        @Override
        public void process(Exchange exchange) {}
    }

    private static final class Reading implements Processor, NonBlockingStep.ReadsHeader {
        @Override
        public void process(Exchange exchange) {}
    }

    private static final class Slow implements Processor, BlockingStep {
        @Override
        public void process(Exchange exchange) {}
    }

    /** An operator's bean. */
    public static final class Own {
        public CompletionStage<Void> ask(String what) {
            return CompletableFuture.completedFuture(null);
        }

        public CompletableFuture<Void> mixed() {
            return CompletableFuture.completedFuture(null);
        }

        public void mixed(String what) {}

        public void block() {}
    }

    private static final Processor OWN = exchange -> {};
    private static final Map<String, Object> BEANS =
            Map.of("quick", new Quick(), "reading", new Reading(), "slow", new Slow(), "own", OWN, "asking", new Own());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- process: {ref: quick}",
                "- bean: {ref: quick, method: process}",
                "- bean: {ref: '{{bean.name}}', method: process}",
                "- stop: {}",
                "- log: '${header.mailId} from <${header.sender}>'",
                "- log: '${body.id} is on its way'",
                "- log: 'no answer: ${exception.class.simpleName}'",
                "- setHeader: {name: a, expression: {constant: {expression: b}}}",
                "- setProperty: {name: a, expression: {simple: {expression: '${header.size}'}}}",
                "- removeHeader: {name: a}",
                // What is within is asked itself.
                "- filter: {expression: {simple: {expression: \"${header.size} > 100\"}}, steps: [process: {ref: own}]}",
                "- filter: {expression: {method: {ref: quick, method: isOn}}, steps: [stop: {}]}",
                "- to: direct:rules",
                "- to: {uri: 'direct:rules'}",
                "- to: direct:slow-rules",
                "- doTry: {steps: [to: 'http://policy.example/'], doCatch: [{exception: [java.lang.Exception], steps: []}]}",
                "- choice: {when: [{expression: {simple: {expression: \"${header.stage} == 'mail'\"}},"
                        + " steps: [process: {ref: own}]}], otherwise: {steps: [to: 'direct:rules']}}",
                // Camel awaits the stage without a thread.
                "- bean: {ref: asking, method: ask}",
                "- bean: {ref: asking, method: \"ask('a(b)')\"}",
                "- bean: {beanType: dev.caravan.receive.StepKindTest$Own, method: ask}"
            })
    void staysOnTheEventLoop(String step) throws Exception {
        assertEquals(new StepKind.Quick(), kind(step));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // The operator's own, or none at all.
                "- process: {ref: own} | own",
                "- bean: {ref: asking, method: block} | asking",
                "- bean: {ref: asking, method: mixed} | asking",
                "- bean: {ref: asking} | asking",
                "- bean: {ref: missing, method: process} | missing",
                "- bean: {ref: '{{no.such}}', method: process} | -no.such-",
                "- bean: {beanType: dev.caravan.receive.StepKindTest$Own, method: block} | StepKindTest-Own",
                // Endpoints.
                "- to: http://user:secret@policy.example/x?token=secret | http://policy.example/x",
                "- to: 'log:mail' | log:mail",
                "- to: direct:nowhere | direct:nowhere",
                "- toD: 'direct:${header.stage}' | toD",
                "- wireTap: {uri: 'direct:rules'} | wireTap",
                // Steps that may take threads or time.
                "- delay: {expression: {constant: {expression: 1000}}} | delay",
                "- script: {expression: {constant: {expression: a}}} | script",
                "- convertBodyTo: {type: java.lang.String} | convertBodyTo",
                "- split: {expression: {simple: {expression: '${body}'}}, steps: [process: {ref: quick}]} | split",
                // Expressions that may call anything, or read a content.
                "- log: '${bean:slow}' | log",
                "- log: '{{own.text}}' | log",
                "- log: '${header.${bean:slow}}' | log",
                "- log: '${date:${bean:slow}}' | log",
                "- log: '${random(1,${bean:slow})}' | log",
                "- log: '${body}' | log",
                "- setHeader: {name: a, expression: {simple: {expression: '${bodyAs(String)}'}}} | setHeader",
                "- setHeader: {name: a, expression: {simple: {expression: '${mandatoryBodyAs(String)}'}}} | setHeader",
                "- setHeader: {name: a, expression: {simple: {expression: '${exchangeProperty.a.call()}'}}} | setHeader",
                "- setHeader: {name: a, expression: {simple: {expression: '$simple{bean:slow}'}}} | setHeader",
                "- filter: {expression: {simple: {expression: '${bean:quick.isOn}'}}, steps: [stop: {}]} | filter",
                "- filter: {expression: {method: {ref: own, method: isOn}}, steps: [stop: {}]} | filter",
                "- choice: {when: [{expression: {method: {ref: own, method: isOn}}, steps: [stop: {}]}]} | choice"
            })
    void waitsElsewhere(String step, String name) throws Exception {
        assertEquals(new StepKind.Blocking(name), kind(step));
    }

    @Test
    void readsFilesElsewhere() throws Exception {
        assertEquals(new StepKind.OnDisk(), kind("- process: {ref: slow}"));
        assertEquals(new StepKind.OnDisk(), kind("- bean: {ref: slow, method: process}"));
        assertEquals(
                new StepKind.OnDisk(),
                kind("- filter: {expression: {method: {ref: slow, method: isOn}}, steps: [stop: {}]}"));
        assertEquals(
                new StepKind.QuickForMost(List.of((NonBlockingStep) BEANS.get("reading"))),
                kind("- process: {ref: reading}"));
    }

    /** Camel's error handler sleeps on the thread before it repeats a step. */
    @Test
    void leavesTheEventLoopWhereAStepMayBeRepeated() throws Exception {
        String quick = "- process: {ref: quick}";
        assertEquals(new StepKind.Quick(), kind(quick, "errorHandler: {noErrorHandler: {}}"));
        assertEquals(new StepKind.Blocking("quick"), kind(quick, "errorHandler: {defaultErrorHandler: {}}"));
    }

    private static StepKind kind(String step) throws Exception {
        return kind(step, "description: none");
    }

    private static StepKind kind(String step, String ofRoute) throws Exception {
        String routes = """
                - route:
                    id: receive-smtp
                    OF_ROUTE
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
                """.replace("STEP", step).replace("OF_ROUTE", ofRoute);
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            context.build();
            BEANS.forEach(context.getRegistry()::bind);
            Properties given = new Properties();
            given.setProperty("bean.name", "quick");
            given.setProperty("own.text", "${bean:slow}");
            context.getPropertiesComponent().setInitialProperties(given);
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("test.camel.yaml", routes));
            ProcessorDefinition<?> read =
                    context.getRouteDefinition("receive-smtp").getOutputs().get(0);
            return StepKind.of(context, read);
        }
    }
}
