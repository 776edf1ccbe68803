package dev.caravan.receive;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.NonBlockingStep;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.CatchDefinition;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.ExpressionNode;
import org.apache.camel.model.FilterDefinition;
import org.apache.camel.model.FinallyDefinition;
import org.apache.camel.model.LogDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.PipelineDefinition;
import org.apache.camel.model.ProcessDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RemoveHeaderDefinition;
import org.apache.camel.model.RemoveHeadersDefinition;
import org.apache.camel.model.RemovePropertyDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SetHeaderDefinition;
import org.apache.camel.model.SetPropertyDefinition;
import org.apache.camel.model.StepDefinition;
import org.apache.camel.model.StopDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.model.errorhandler.NoErrorHandlerDefinition;
import org.apache.camel.model.language.ConstantExpression;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.model.language.MethodCallExpression;
import org.apache.camel.model.language.SimpleExpression;
import org.jspecify.annotations.Nullable;

/**
 * What a step of a route may do to the thread that runs it. A step does not block if it is a {@link NonBlockingStep}, a
 * method that returns a {@link CompletionStage}, a condition, an assignment, a log line, or a call of another route
 * (whose steps are asked themselves). Every other step is assumed to wait for something.
 */
sealed interface StepKind {
    /** It never waits. */
    record Quick() implements StepKind {}

    /** It may read or write files for some messages, which its steps tell. */
    record QuickForMost(List<NonBlockingStep> steps) implements StepKind {}

    /** It reads or writes files of this server. */
    record OnDisk() implements StepKind {}

    /**
     * It may wait for whatever it is.
     *
     * @param name for clients, logs and metrics: the bean, or the endpoint without what may be secret.
     */
    record Blocking(String name) implements StepKind {}

    /** The kind of a step. */
    static StepKind of(CamelContext context, NamedNode definition) {
        return new Reading(context).kind(definition);
    }

    /** Reads the definition of one step. */
    final class Reading {
        private static final String DIRECT = "direct:";
        /** A function of Camel's simple language. */
        private static final Pattern FUNCTION = Pattern.compile("\\$(?:simple)?\\{\\s*([^}]*)");
        /**
         * Functions that only read memory; others may call beans, or convert a body that is in a file. A function within
         * a function is always assumed to block.
         */
        private static final Pattern HARMLESS =
                Pattern.compile("(?:header|headers|in\\.header|exchangeProperty|variable)[.:\\[][^(){]*"
                        + "|exception\\.(?:message|class\\.simpleName)"
                        + "|body\\.id|date:[^{]*|random\\([^{]*|exchangeId|routeId|fromRouteId|messageTimestamp|null");

        private static final Pattern NO_NAME = Pattern.compile("[^A-Za-z0-9._:/-]+");
        private static final int MAX_NAME = 60;

        private final CamelContext context;
        private final List<NonBlockingStep> steps = new ArrayList<>();
        private boolean onDisk;

        private Reading(CamelContext context) {
            this.context = context;
        }

        private StepKind kind(NamedNode definition) {
            if (!(definition instanceof ProcessorDefinition<?> step) || definition instanceof RouteDefinition) {
                return new Quick();
            }
            if (mayPause(step) || !isKnown(step)) {
                return new Blocking(name(step));
            }
            if (onDisk) {
                return new OnDisk();
            }
            List<NonBlockingStep> some = steps.stream()
                    .filter(each -> each instanceof NonBlockingStep.ReadsHeader
                            || each instanceof NonBlockingStep.WritesSuccessReport)
                    .toList();
            return some.isEmpty() ? new Quick() : new QuickForMost(some);
        }

        /** Whether Camel's error handler may repeat a step of the route after a pause, for which it keeps the thread. */
        private static boolean mayPause(ProcessorDefinition<?> step) {
            RouteDefinition route = ProcessorDefinitionHelper.getRoute(step);
            return route != null
                    && ((route.isErrorHandlerFactorySet()
                                    && !(route.getErrorHandlerFactory() instanceof NoErrorHandlerDefinition))
                            || route.getOutputs().stream().anyMatch(Reading::repeats));
        }

        private static boolean repeats(ProcessorDefinition<?> step) {
            return step instanceof OnExceptionDefinition handler
                    && (handler.getRedeliveryPolicyType() != null || handler.getRedeliveryPolicyRef() != null);
        }

        /** Whether it is known not to wait; the steps within it are asked themselves. */
        private boolean isKnown(ProcessorDefinition<?> step) {
            if (step instanceof ToDefinition to) {
                return isServedDirect(to.getUri());
            }
            if (step instanceof BeanDefinition bean) {
                return returnsStage(bean) || isKnownBean(bean.getRef());
            }
            if (step instanceof ProcessDefinition process) {
                return isKnownBean(process.getRef());
            }
            if (step instanceof ChoiceDefinition choice) {
                return choice.getWhenClauses().stream().allMatch(when -> isHarmless(when.getExpression()));
            }
            if (step instanceof FilterDefinition
                    || step instanceof SetPropertyDefinition
                    || step instanceof SetHeaderDefinition) {
                return isHarmless(((ExpressionNode) step).getExpression());
            }
            if (step instanceof LogDefinition log) {
                return log.getMessage() != null && isHarmless(log.getMessage());
            }
            if (step instanceof CatchDefinition caught) {
                return caught.getOnWhen() == null;
            }
            return step instanceof StopDefinition
                    || step instanceof PipelineDefinition
                    || step instanceof StepDefinition
                    || step instanceof TryDefinition
                    || step instanceof FinallyDefinition
                    || step instanceof RemoveHeaderDefinition
                    || step instanceof RemoveHeadersDefinition
                    || step instanceof RemovePropertyDefinition;
        }

        private boolean isHarmless(ExpressionDefinition expression) {
            ExpressionDefinition inner =
                    expression.getExpressionType() != null ? expression.getExpressionType() : expression;
            if (inner instanceof MethodCallExpression call) {
                return isKnownBean(call.getRef());
            }
            return inner instanceof ConstantExpression
                    || (inner instanceof SimpleExpression simple && isHarmless(simple.getExpression()));
        }

        private boolean isKnownBean(@Nullable String name) {
            Optional<Object> bean = bean(name);
            if (bean.isPresent() && bean.get() instanceof NonBlockingStep step) {
                steps.add(step);
                return true;
            }
            // Of those that come with the server, all that wait for other systems return a CompletionStage.
            onDisk |= bean.isPresent() && bean.get() instanceof BlockingStep;
            return bean.isPresent() && bean.get() instanceof BlockingStep;
        }

        private Optional<Object> bean(@Nullable String name) {
            return Optional.ofNullable(name)
                    .flatMap(this::resolved)
                    .flatMap(known -> Optional.ofNullable(context.getRegistry().lookupByName(known)));
        }

        /** Whether each method that the step may mean returns a stage, for which Camel waits without a thread. */
        private boolean returnsStage(BeanDefinition step) {
            String call = step.getMethod();
            Optional<Class<?>> type = step.getBeanType() == null
                    ? bean(step.getRef()).map(Object::getClass)
                    : Optional.ofNullable(context.getClassResolver().resolveClass(step.getBeanType()));
            if (call == null || type.isEmpty()) {
                return false;
            }
            String name = call.replaceFirst("\\(.*", "").strip();
            List<Method> methods = Stream.of(type.get().getMethods())
                    .filter(method -> method.getName().equals(name) && !method.isBridge())
                    .toList();
            return !methods.isEmpty()
                    && methods.stream()
                            .allMatch(method -> CompletionStage.class.isAssignableFrom(method.getReturnType()));
        }

        private boolean isHarmless(String simple) {
            Optional<String> text = resolved(simple);
            if (text.isEmpty()) {
                return false;
            }
            Matcher functions = FUNCTION.matcher(text.get());
            while (functions.find()) {
                if (!HARMLESS.matcher(functions.group(1).strip()).matches()) {
                    return false;
                }
            }
            return true;
        }

        /** A call of another route; Camel waits for a route that is not there. */
        private boolean isServedDirect(String uri) {
            return uri.startsWith(DIRECT)
                    && context instanceof ModelCamelContext model
                    && model.getRouteDefinitions().stream()
                            .anyMatch(route -> uri.equals(route.getInput().getEndpointUri()));
        }

        private Optional<String> resolved(String text) {
            try {
                return Optional.of(context.resolvePropertyPlaceholders(text));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        private String name(ProcessorDefinition<?> step) {
            String name;
            if (step instanceof ToDefinition to) {
                name = to.getUri().replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
            } else if (step instanceof BeanDefinition bean && bean.getRef() != null) {
                name = bean.getRef();
            } else if (step instanceof BeanDefinition bean && bean.getBeanType() != null) {
                name = bean.getBeanType().replaceFirst(".*\\.", "");
            } else if (step instanceof ProcessDefinition process && process.getRef() != null) {
                name = process.getRef();
            } else {
                name = step.getShortName();
            }
            String plain = NO_NAME.matcher(name).replaceAll("-");
            return plain.length() <= MAX_NAME ? plain : plain.substring(0, MAX_NAME);
        }
    }
}
