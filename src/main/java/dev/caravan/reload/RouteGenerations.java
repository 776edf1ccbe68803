package dev.caravan.reload;

import dev.caravan.exchange.RouteIds;
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
            rename(route, generation);
            // Camel refuses a startup order that is taken, and a route and its successor would have the same.
            route.setStartupOrder(null);
            renew(route.getOutputs(), generation);
        }
    }

    private static void renew(List<? extends ProcessorDefinition<?>> steps, int generation) {
        for (ProcessorDefinition<?> step : steps) {
            // Error handling and interceptors are shared by routes.
            if (step.isAbstract()) {
                continue;
            }
            rename(step, generation);
            renew(step.getOutputs(), generation);
            if (step instanceof ChoiceDefinition choice) {
                for (WhenDefinition when : choice.getWhenClauses()) {
                    rename(when, generation);
                    renew(when.getOutputs(), generation);
                }
                if (choice.getOtherwise() != null) {
                    rename(choice.getOtherwise(), generation);
                    renew(choice.getOtherwise().getOutputs(), generation);
                }
            }
        }
    }

    private static void rename(OptionalIdentifiedDefinition<?> definition, int generation) {
        if (definition.hasCustomIdAssigned()) {
            // Not setId: that of a choice, and of its branches, names a step within them.
            definition.setGeneratedId(RouteIds.ofGeneration(definition.getId(), generation));
            definition.setCustomId(true);
        }
    }
}
