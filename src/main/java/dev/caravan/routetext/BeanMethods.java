package dev.caravan.routetext;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.StringQuoteHelper;

/** Checks the calls of Caravan's bean methods in routes against the forms that {@link Argument} declares. */
final class BeanMethods {
    private static final String PACKAGE = "dev.caravan.";

    private final Map<String, Object> beans;

    /**
     * @param beans all beans by the names that routes use; the methods of other beans than Caravan's are not checked.
     */
    BeanMethods(Map<String, Object> beans) {
        this.beans = Map.copyOf(beans);
    }

    /**
     * An argument in the text of a route.
     *
     * @param value without quotes.
     */
    record Given(ArgumentForm form, String value) {}

    /**
     * The arguments of a call, or its mistakes.
     *
     * @param given the arguments in the order of the text; empty if their number is wrong.
     * @param objections the mistakes, each with the expected form.
     */
    record Checked(List<Given> given, List<Objection> objections) {}

    /** A mistake in a call. */
    record Objection(String what, String expected) {}

    boolean isOurs(String bean) {
        return Optional.ofNullable(beans.get(bean))
                .filter(BeanMethods::isCaravans)
                .isPresent();
    }

    private static boolean isCaravans(Object bean) {
        return bean.getClass().getName().startsWith(PACKAGE);
    }

    /**
     * Checks a call in a route.
     *
     * @param bean the name of a bean.
     * @param text a method's name, with arguments in parentheses if it takes any; placeholders are replaced.
     */
    Checked check(String bean, String text) {
        List<Given> given = new ArrayList<>();
        List<Objection> objections = new ArrayList<>();
        int parenthesis = text.indexOf('(');
        String name = (parenthesis < 0 ? text : text.substring(0, parenthesis)).strip();
        if (isOurs(bean) && !name.isEmpty()) {
            List<Method> named = methodsOf(bean)
                    .filter(method -> method.getName().equals(name))
                    .toList();
            if (named.isEmpty()) {
                objections.add(new Objection("bean " + bean + " has no method " + name, "one of " + names(bean)));
            } else {
                check(
                        named.get(0),
                        parenthesis < 0 ? "" : text.substring(parenthesis).strip(),
                        given,
                        objections);
            }
        }
        return new Checked(given, objections);
    }

    private static String arguments(String text) {
        return Optional.ofNullable(StringHelper.betweenOuterPair(text, '(', ')'))
                .orElse("")
                .strip();
    }

    private static void check(Method method, String text, List<Given> given, List<Objection> objections) {
        Map<String, ArgumentForm> taken = taken(method);
        String within = arguments(text);
        List<String> written = within.isEmpty()
                ? List.of()
                : Arrays.stream(StringQuoteHelper.splitSafeQuote(within, ',', true, true))
                        .map(String::strip)
                        .toList();
        if (written.isEmpty() && !text.equals("()") && !text.isEmpty()) {
            objections.add(new Objection(
                    method.getName() + " has quotes that do not match", "a text with ' in it between double quotes"));
            return;
        }
        if (written.size() != taken.size()) {
            objections.add(new Objection(
                    method.getName() + " has " + written.size() + " arguments", form(method.getName(), taken)));
            return;
        }
        int i = 0;
        for (Map.Entry<String, ArgumentForm> parameter : taken.entrySet()) {
            String argument = written.get(i);
            String value = unquoted(argument);
            parameter
                    .getValue()
                    .objection(value)
                    .ifPresent(right -> objections.add(new Objection(
                            method.getName() + ": " + parameter.getKey() + " is "
                                    + (argument.isEmpty() ? "empty" : argument),
                            right)));
            given.add(new Given(parameter.getValue(), value));
            i++;
        }
    }

    private static String form(String name, Map<String, ArgumentForm> taken) {
        return name + "(" + String.join(", ", taken.keySet()) + ")";
    }

    private static String unquoted(String argument) {
        boolean isQuoted = argument.length() >= 2
                && (argument.charAt(0) == '\'' || argument.charAt(0) == '"')
                && argument.charAt(argument.length() - 1) == argument.charAt(0);
        return isQuoted ? argument.substring(1, argument.length() - 1) : argument;
    }

    private List<String> names(String bean) {
        return methodsOf(bean)
                .filter(method -> !method.getName().equals("process"))
                .map(Method::getName)
                .distinct()
                .sorted()
                .toList();
    }

    private Stream<Method> methodsOf(String bean) {
        return Stream.ofNullable(beans.get(bean)).flatMap(BeanMethods::methods);
    }

    /** The methods that a route can call. */
    static Stream<Method> methods(Object bean) {
        return Arrays.stream(bean.getClass().getMethods())
                .filter(method -> method.getDeclaringClass().getName().startsWith(PACKAGE))
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isBridge());
    }

    /** The parameters of a method that a route writes, by name and in order. */
    static Map<String, ArgumentForm> taken(Method method) {
        Map<String, ArgumentForm> taken = new LinkedHashMap<>();
        for (Parameter parameter : method.getParameters()) {
            Argument argument = parameter.getAnnotation(Argument.class);
            if (argument != null) {
                taken.put(parameter.getName(), argument.value());
            }
        }
        return taken;
    }
}
