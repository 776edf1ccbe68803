package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Test;

class RouteGenerationsTest {
    @Test
    void addsTheReadingToTheIdOfEachStepOnce() throws Exception {
        assertEquals(
                List.of("policy~2", "which~2", "empty~2", "refuse~2", "rest~2", "accept~2", "after~2"),
                idsOfReading(2));
    }

    @Test
    void leavesTheIdsOfTheFirstReading() throws Exception {
        assertEquals(List.of("policy", "which", "empty", "refuse", "rest", "accept", "after"), idsOfReading(0));
    }

    private static List<String> idsOfReading(int generation) throws Exception {
        String routes = """
                - route:
                    id: policy
                    from:
                      uri: direct:policy
                      steps:
                        - choice:
                            id: which
                            when:
                              - id: empty
                                expression: {simple: {expression: "${body} == null"}}
                                steps:
                                  - log: {id: refuse, message: refused}
                            otherwise:
                              id: rest
                              steps:
                                - log: {id: accept, message: accepted}
                        - log: {id: after, message: after}
                """;
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            context.build();
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("test.camel.yaml", routes));
            RouteDefinition route = context.getRouteDefinitions().get(0);
            RouteGenerations.renew(route, generation);
            List<String> ids = new ArrayList<>(List.of(route.getId()));
            collect(route.getOutputs(), ids);
            return ids;
        }
    }

    private static void collect(List<? extends ProcessorDefinition<?>> steps, List<String> ids) {
        for (ProcessorDefinition<?> step : steps) {
            ids.add(step.getId());
            if (step instanceof ChoiceDefinition choice) {
                choice.getWhenClauses().forEach(when -> {
                    ids.add(when.getId());
                    collect(when.getOutputs(), ids);
                });
                ids.add(choice.getOtherwise().getId());
                collect(choice.getOtherwise().getOutputs(), ids);
            } else {
                collect(step.getOutputs(), ids);
            }
        }
    }
}
