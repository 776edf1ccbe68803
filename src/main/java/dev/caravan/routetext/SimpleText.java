package dev.caravan.routetext;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the placeholders, headers and beans in a text of Camel's simple language, without Camel. */
final class SimpleText {
    /** The beginning of an expression that Camel evaluates for each message; expressions may be nested. */
    private static final Pattern COMPUTED = Pattern.compile("\\$(?:simple)?\\{");

    private static final Pattern HEADER =
            Pattern.compile("\\$(?:simple)?\\{(?:in\\.)?headers?(?:\\.|:|\\[)['\"]?([A-Za-z0-9_-]+)");
    private static final Pattern BEAN = Pattern.compile(
            "\\$(?:simple)?\\{bean:([A-Za-z0-9_-]+)(?:\\?method=|::|\\.)([A-Za-z0-9_]+(?:\\([^}]*\\))?)");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^{}]+)}}");

    private SimpleText() {}

    static boolean isDynamic(String text) {
        return COMPUTED.matcher(text).find();
    }

    /** Replaces each expression of a text. */
    static String replaceAll(String text, String other) {
        StringBuilder rest = new StringBuilder();
        int depth = 0;
        int i = 0;
        Matcher begin = COMPUTED.matcher(text);
        while (i < text.length()) {
            if (begin.region(i, text.length()).lookingAt()) {
                rest.append(depth == 0 ? other : "");
                depth++;
                i = begin.end();
            } else if (depth > 0) {
                depth -= text.charAt(i) == '}' ? 1 : 0;
                i++;
            } else {
                rest.append(text.charAt(i));
                i++;
            }
        }
        return rest.toString();
    }

    /** The names of headers that a text uses. */
    static List<String> headers(String text) {
        List<String> names = new ArrayList<>();
        Matcher matcher = HEADER.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /**
     * A call of a bean.
     *
     * @param method the name of the method, with its arguments.
     */
    record Call(String bean, String method) {}

    /** The beans that a text calls. */
    static List<Call> calls(String text) {
        List<Call> calls = new ArrayList<>();
        Matcher matcher = BEAN.matcher(text);
        while (matcher.find()) {
            calls.add(new Call(matcher.group(1), matcher.group(2)));
        }
        return calls;
    }

    /** The text with its placeholders replaced; empty if one is unknown, which Camel reports itself. */
    static Optional<String> resolved(String text, Properties values) {
        StringBuilder resolved = new StringBuilder();
        Matcher matcher = PLACEHOLDER.matcher(text);
        int copied = 0;
        while (matcher.find()) {
            Optional<String> value = value(matcher.group(1), values);
            if (value.isEmpty()) {
                return Optional.empty();
            }
            resolved.append(text, copied, matcher.start()).append(value.get());
            copied = matcher.end();
        }
        return Optional.of(resolved.append(text.substring(copied)).toString());
    }

    private static Optional<String> value(String placeholder, Properties values) {
        int colon = placeholder.indexOf(':');
        String key = colon < 0 ? placeholder : placeholder.substring(0, colon);
        Optional<String> standard = colon < 0 ? Optional.empty() : Optional.of(placeholder.substring(colon + 1));
        return Optional.ofNullable(values.getProperty(key.strip())).or(() -> standard);
    }
}
