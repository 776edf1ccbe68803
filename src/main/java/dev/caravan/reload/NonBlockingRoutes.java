package dev.caravan.reload;

import dev.caravan.exchange.NonBlockingStep;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
import org.apache.camel.model.language.MethodCallExpression;
import org.apache.camel.model.language.SimpleExpression;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a route may run on an event loop: it and all routes that it calls may consist of
 * {@link NonBlockingStep}s, conditions, assignments and log lines only. Any other step is assumed to block.
 */
public final class NonBlockingRoutes {
    private static final String DIRECT = "direct:";
    /** A function of Camel's simple language. */
    private static final Pattern FUNCTION = Pattern.compile("\\$(?:simple)?\\{\\s*([^}]*)");
    /**
     * Functions that only read memory; others may call beans, or convert a body that is in a file. A function within a
     * function is always assumed to block.
     */
    private static final Pattern HARMLESS =
            Pattern.compile("(?:header|headers|in\\.header|exchangeProperty|variable)[.:\\[][^(){]*"
                    + "|body\\.id|date:[^{]*|random\\([^{]*|exchangeId|routeId|fromRouteId|messageTimestamp|null");

    private final List<RouteDefinition> routes;
    private final Function<String, @Nullable Object> beans;
    private final Set<String> visited = new HashSet<>();
    private final List<NonBlockingStep> steps = new ArrayList<>();

    private NonBlockingRoutes(List<RouteDefinition> routes, Function<String, @Nullable Object> beans) {
        this.routes = routes;
        this.beans = beans;
    }

    /**
     * The steps of a route and of all routes that it calls.
     *
     * @param routes that route, those that it calls, and others.
     * @param beans finds a bean by the name that a route has for it; null if there is none.
     * @return empty if one of the steps may block, or there is no such route.
     */
    public static Optional<List<NonBlockingStep>> steps(
            List<RouteDefinition> routes, String routeId, Function<String, @Nullable Object> beans) {
        NonBlockingRoutes decision = new NonBlockingRoutes(routes, beans);
        return routes.stream()
                .filter(route -> routeId.equals(route.getId()))
                .findFirst()
                .filter(route -> decision.areNonBlocking(route.getOutputs()))
                .map(route -> List.copyOf(decision.steps));
    }

    private boolean areNonBlocking(Collection<? extends ProcessorDefinition<?>> outputs) {
        return outputs.stream().allMatch(this::isNonBlocking);
    }

    private boolean isNonBlocking(ProcessorDefinition<?> step) {
        if (step instanceof ToDefinition to) {
            return isNonBlocking(to.getUri());
        }
        if (step instanceof BeanDefinition bean) {
            return isNonBlockingBean(bean.getRef());
        }
        if (step instanceof ProcessDefinition process) {
            return isNonBlockingBean(process.getRef());
        }
        if (step instanceof ChoiceDefinition choice) {
            OtherwiseDefinition otherwise = choice.getOtherwise();
            return choice.getWhenClauses().stream().allMatch(this::isNonBlocking)
                    && (otherwise == null || areNonBlocking(otherwise.getOutputs()));
        }
        if (step instanceof FilterDefinition filter) {
            return isNonBlocking(filter.getExpression()) && areNonBlocking(filter.getOutputs());
        }
        if (step instanceof SetPropertyDefinition || step instanceof SetHeaderDefinition) {
            return isNonBlocking(((ExpressionNode) step).getExpression());
        }
        if (step instanceof LogDefinition log) {
            return log.getMessage() != null && isHarmless(log.getMessage());
        }
        return step instanceof StopDefinition;
    }

    private boolean isNonBlocking(WhenDefinition when) {
        return isNonBlocking(when.getExpression()) && areNonBlocking(when.getOutputs());
    }

    private boolean isNonBlocking(ExpressionDefinition expression) {
        ExpressionDefinition inner =
                expression.getExpressionType() != null ? expression.getExpressionType() : expression;
        if (inner instanceof MethodCallExpression call) {
            return isNonBlockingBean(call.getRef());
        }
        return inner instanceof ConstantExpression
                || (inner instanceof SimpleExpression simple && isHarmless(simple.getExpression()));
    }

    private boolean isNonBlockingBean(@Nullable String name) {
        return name != null && beans.apply(name) instanceof NonBlockingStep step && steps.add(step);
    }

    private static boolean isHarmless(String simple) {
        Matcher functions = FUNCTION.matcher(simple);
        while (functions.find()) {
            if (!HARMLESS.matcher(functions.group(1).strip()).matches()) {
                return false;
            }
        }
        return true;
    }

    private boolean isNonBlocking(String uri) {
        if (!uri.startsWith(DIRECT)) {
            return false;
        }
        if (!visited.add(uri)) {
            return true;
        }
        List<RouteDefinition> called = routes.stream()
                .filter(route -> uri.equals(route.getInput().getEndpointUri()))
                .toList();
        return !called.isEmpty() && called.stream().allMatch(route -> areNonBlocking(route.getOutputs()));
    }
}
