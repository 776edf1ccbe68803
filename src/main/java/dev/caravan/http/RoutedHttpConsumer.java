package dev.caravan.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.Method;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.apache.camel.support.DefaultConsumer;

/** The requests of a {@code platform-http:} endpoint: each becomes an exchange, and its message the response. */
final class RoutedHttpConsumer extends DefaultConsumer implements PlatformHttpConsumer {
    private static final String REMOTE = "remoteAddress";
    private static final Pattern FIELD_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");
    private static final Pattern PRINTABLE = Pattern.compile("[\\t\\x20-\\x7e]*");

    private final PlatformHttpEndpoint endpoint;
    private final HttpRegistry registry;
    private final HttpResource resource;
    private final Function<Exchange, Optional<HttpResponse>> outcomes;

    /** @param outcomes the response of an exchange that failed, or whose body is a result of this server. */
    RoutedHttpConsumer(
            PlatformHttpEndpoint endpoint,
            Processor processor,
            HttpRegistry registry,
            HttpPath path,
            Function<Exchange, Optional<HttpResponse>> outcomes) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.registry = registry;
        Set<String> methods = Method.parseList(endpoint.getHttpMethodRestrict()).stream()
                .map(Method::name)
                .collect(Collectors.toSet());
        this.resource = new HttpResource(path, methods, HttpRole.SUBMIT, false, this::answer);
        this.outcomes = outcomes;
    }

    @Override
    public PlatformHttpEndpoint getEndpoint() {
        return endpoint;
    }

    private HttpResponse answer(HttpRequest request) throws Exception {
        if (!isConsumed(request)) {
            return HttpResponse.refusal(
                    415,
                    "Content-Type " + request.header("Content-Type").orElse("") + " (expected: "
                            + endpoint.getConsumes() + ")");
        }
        Exchange exchange = createExchange(false);
        exchange.setPattern(ExchangePattern.InOut);
        Map<String, Object> received = fill(exchange, request);
        // The files that a route made for the body are needed until the response is made.
        createUoW(exchange);
        try {
            getProcessor().process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        try {
            Optional<HttpResponse> outcome = outcomes.apply(exchange);
            return outcome.isPresent() ? outcome.get() : response(exchange, request, received);
        } finally {
            doneUoW(exchange);
        }
    }

    /** Whether the endpoint takes the media type of a request; a request without a body has none. */
    private boolean isConsumed(HttpRequest request) {
        String consumes = endpoint.getConsumes();
        if (consumes == null || request.isEmpty()) {
            return true;
        }
        String type = bare(request.header("Content-Type").orElse(""));
        return Arrays.stream(consumes.split(",", -1))
                .map(RoutedHttpConsumer::bare)
                .anyMatch(taken -> taken.equals("*/*")
                        || taken.equals(type)
                        || (taken.endsWith("/*") && type.startsWith(taken.substring(0, taken.length() - 1))));
    }

    private static String bare(String type) {
        return type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
    }

    /**
     * Makes the message of a request.
     *
     * @return its headers.
     * @throws IllegalArgumentException if a value that would become a header has control characters.
     */
    private Map<String, Object> fill(Exchange exchange, HttpRequest request) {
        Message message = exchange.getIn();
        HeaderFilterStrategy filter = endpoint.getHeaderFilterStrategy();
        request.parameters().forEach((name, values) -> {
            if (!filter.applyFilterToExternalHeaders(name, values, exchange)) {
                values.forEach(value -> requireText(name, value));
                message.setHeader(name, values.size() == 1 ? values.get(0) : List.copyOf(values));
            }
        });
        request.fields().forEach((name, value) -> {
            if (!filter.applyFilterToExternalHeaders(name, value, exchange)) {
                message.setHeader(name, value);
            }
        });
        request.variables().forEach((name, value) -> {
            requireText(name, value);
            message.setHeader(name, value);
        });
        request.header("Content-Type").ifPresent(type -> message.setHeader(Exchange.CONTENT_TYPE, type));
        message.setHeader(REMOTE, request.remote().getHostAddress());
        exchange.setProperty("httpMethod", request.method());
        exchange.setProperty("httpPath", request.path());
        if (!request.isEmpty()) {
            message.setBody(request.content());
        }
        return Map.copyOf(message.getHeaders());
    }

    private static void requireText(String name, String value) {
        if (value.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(name + " has control characters (expected: none)");
        }
    }

    private HttpResponse response(Exchange exchange, HttpRequest request, Map<String, Object> received)
            throws InvalidPayloadException {
        Message message = exchange.getMessage();
        byte[] octets = message.getBody() == null ? new byte[0] : message.getMandatoryBody(byte[].class);
        int status = Optional.ofNullable(message.getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class))
                .orElse(octets.length == 0 ? 204 : 200);
        if (status < 200 || status > 599) {
            throw new IllegalStateException(
                    "route " + exchange.getFromRouteId() + " answers " + status + " (expected: 200 to 599)");
        }
        HttpResponse response =
                new HttpResponse(status, printable("Content-Type", type(message, request)), octets, Map.of());
        HeaderFilterStrategy filter = endpoint.getHeaderFilterStrategy();
        for (Map.Entry<String, Object> header : message.getHeaders().entrySet()) {
            String name = header.getKey();
            // What came with the request does not go back.
            if (header.getValue() == null
                    || header.getValue().equals(received.get(name))
                    || name.equalsIgnoreCase(Exchange.CONTENT_TYPE)
                    || filter.applyFilterToCamelHeaders(name, header.getValue(), exchange)) {
                continue;
            }
            if (!FIELD_NAME.matcher(name).matches()) {
                throw new IllegalStateException("header " + name + " cannot be a field of a response");
            }
            String value =
                    Optional.ofNullable(message.getHeader(name, String.class)).orElse("");
            response = response.with(name, printable(name, value));
        }
        return response;
    }

    /** What {@code produces} says, unless the route has set another type than that of the request. */
    private String type(Message message, HttpRequest request) {
        Optional<String> set = Optional.ofNullable(message.getHeader(Exchange.CONTENT_TYPE, String.class));
        Optional<String> produced = Optional.ofNullable(endpoint.getProduces())
                .map(types -> types.split(",", -1)[0])
                .filter(type -> !type.contains("*"));
        boolean isOfRequest = set.equals(request.header("Content-Type"));
        String other = message.getBody() instanceof String ? "text/plain; charset=utf-8" : "application/octet-stream";
        return isOfRequest
                ? produced.or(() -> set).orElse(other)
                : set.or(() -> produced).orElse(other);
    }

    private static String printable(String name, String value) {
        if (!PRINTABLE.matcher(value).matches()) {
            throw new IllegalStateException("the value of header " + name + " cannot be in a field of a response");
        }
        return value;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        registry.add(resource);
    }

    @Override
    protected void doStop() throws Exception {
        registry.remove(resource);
        super.doStop();
    }
}
