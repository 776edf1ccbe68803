package dev.caravan.reload;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.ExpressionNode;
import org.apache.camel.model.FilterDefinition;
import org.apache.camel.model.LogDefinition;
import org.apache.camel.model.OtherwiseDefinition;
import org.apache.camel.model.ProcessDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SetHeaderDefinition;
import org.apache.camel.model.SetPropertyDefinition;
import org.apache.camel.model.StopDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.WhenDefinition;
import org.apache.camel.model.language.ConstantExpression;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.model.language.SimpleExpression;

/**
 * Tells whether a route and all that it calls consist of steps that never wait: ours, tests, assignments. Such a route
 * may run on the event loop, which spares two changes of thread for each question; any other step, such as a rule of
 * the operator's that asks a server, makes the whole route run on threads of its own.
 */
public final class NonBlockingRoutes {
    /** Our own steps that the receiving routes name; none of them waits for disk, network or another thread. */
    private static final Set<String> OUR_STEPS = Set.of(
            "storageGuard",
            "recipientCheck",
            "intake",
            "hopLimit",
            "expandAliases",
            "chooseTransport",
            "splitByNextHop",
            "reportExpansion",
            "storeItems",
            "rule",
            "destination",
            "throttle",
            "copy");

    private static final String DIRECT = "direct:";

    private final List<RouteDefinition> routes;
    private final Set<String> visited = new HashSet<>();

    private NonBlockingRoutes(List<RouteDefinition> routes) {
        this.routes = routes;
    }

    /** Whether, among these routes, the one of that id, and every route that it calls, never waits. */
    public static boolean isQuick(List<RouteDefinition> routes, String routeId) {
        return routes.stream()
                .filter(route -> routeId.equals(route.getId()))
                .findFirst()
                .map(route -> new NonBlockingRoutes(routes).areQuick(route.getOutputs()))
                .orElse(false);
    }

    private boolean areQuick(Collection<? extends ProcessorDefinition<?>> steps) {
        return steps.stream().allMatch(this::isQuick);
    }

    private boolean isQuick(ProcessorDefinition<?> step) {
        if (step instanceof ToDefinition to) {
            return isQuick(to.getUri());
        }
        if (step instanceof BeanDefinition bean) {
            return bean.getRef() != null && OUR_STEPS.contains(bean.getRef());
        }
        if (step instanceof ProcessDefinition process) {
            return process.getRef() != null && OUR_STEPS.contains(process.getRef());
        }
        if (step instanceof ChoiceDefinition choice) {
            OtherwiseDefinition otherwise = choice.getOtherwise();
            return choice.getWhenClauses().stream().allMatch(this::isQuick)
                    && (otherwise == null || areQuick(otherwise.getOutputs()));
        }
        if (step instanceof FilterDefinition filter) {
            return isQuick(filter.getExpression()) && areQuick(filter.getOutputs());
        }
        if (step instanceof SetPropertyDefinition || step instanceof SetHeaderDefinition) {
            return isQuick(((ExpressionNode) step).getExpression());
        }
        return step instanceof LogDefinition || step instanceof StopDefinition;
    }

    private boolean isQuick(WhenDefinition when) {
        return isQuick(when.getExpression()) && areQuick(when.getOutputs());
    }

    private static boolean isQuick(ExpressionDefinition expression) {
        ExpressionDefinition inner =
                expression.getExpressionType() != null ? expression.getExpressionType() : expression;
        // A simple expression may call any bean.
        return inner instanceof ConstantExpression
                || (inner instanceof SimpleExpression simple
                        && !simple.getExpression().contains("bean:")
                        && !simple.getExpression().contains("body"));
    }

    private boolean isQuick(String uri) {
        if (!uri.startsWith(DIRECT)) {
            return false;
        }
        if (!visited.add(uri)) {
            return true;
        }
        List<RouteDefinition> called = routes.stream()
                .filter(route -> uri.equals(route.getInput().getEndpointUri()))
                .toList();
        return !called.isEmpty() && called.stream().allMatch(route -> areQuick(route.getOutputs()));
    }
}
