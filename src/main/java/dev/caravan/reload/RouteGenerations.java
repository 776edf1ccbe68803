package dev.caravan.reload;

import java.util.List;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.WhenDefinition;

/** Makes ids unique in a running server, in which a route and its successor may exist for a while together. */
final class RouteGenerations {
    private RouteGenerations() {}

    /**
     * Adds to the ids of a route and its steps which reading of the files it comes from.
     *
     * @param generation 0 for the first reading, which leaves ids as they are.
     */
    static void renew(RouteDefinition route, int generation) {
        if (generation > 0) {
            String suffix = "~" + generation;
            renew((OptionalIdentifiedDefinition<?>) route, suffix);
            // Camel refuses a startup order that is taken, and a route and its successor would have the same.
            route.setStartupOrder(null);
            renew(route.getOutputs(), suffix);
        }
    }

    private static void renew(List<? extends ProcessorDefinition<?>> steps, String suffix) {
        for (ProcessorDefinition<?> step : steps) {
            // Error handling and interceptors are shared by routes.
            if (step.isAbstract()) {
                continue;
            }
            renew((OptionalIdentifiedDefinition<?>) step, suffix);
            renew(step.getOutputs(), suffix);
            if (step instanceof ChoiceDefinition choice) {
                for (WhenDefinition when : choice.getWhenClauses()) {
                    renew((OptionalIdentifiedDefinition<?>) when, suffix);
                    renew(when.getOutputs(), suffix);
                }
                if (choice.getOtherwise() != null) {
                    renew((OptionalIdentifiedDefinition<?>) choice.getOtherwise(), suffix);
                    renew(choice.getOtherwise().getOutputs(), suffix);
                }
            }
        }
    }

    private static void renew(OptionalIdentifiedDefinition<?> definition, String suffix) {
        String id = definition.getId();
        if (definition.hasCustomIdAssigned() && !id.endsWith(suffix)) {
            definition.setId(id + suffix);
        }
    }
}
