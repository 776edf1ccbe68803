package dev.caravan.camel;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.spi.EndpointUriFactory;
import org.apache.camel.spi.annotations.Component;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;

/**
 * HTTP endpoints that send addresses as they are written in the route. Camel decodes the parameters of an address and
 * encodes them again by other rules, and logs addresses. So Camel gets a substitute path, which the request has until
 * it is sent, and which is all that a log or an exception shows.
 */
@Component("http,https")
final class ExactHttpComponent extends HttpComponent {
    /** Options of Camel that are missing in its own list. */
    private static final Pattern OPTION =
            Pattern.compile("connectTimeout|connectionRequestTimeout|responseTimeout|soTimeout"
                    + "|httpBinding|httpMethodRestrict|muteException|httpClient\\..*|httpConnection\\..*");

    private static final String HIDDEN = "/hidden-address-";

    /** Distinguishes endpoints, since Camel identifies them by their address. */
    private final AtomicLong number = new AtomicLong();

    /** So that Camel does not decode the address before this component gets it. */
    @Override
    public boolean useRawUri() {
        return true;
    }

    @Override
    public Endpoint createEndpoint(String uri, Map<String, Object> properties) throws Exception {
        Set<String> names = Optional.ofNullable(getCamelContext())
                .map(context -> context.getCamelContextExtension().getEndpointUriFactory("http"))
                .map(EndpointUriFactory::propertyNames)
                .orElse(Set.of());
        HttpAddress address = HttpAddress.of(
                uri, name -> names.contains(name) || OPTION.matcher(name).matches());
        String hidden = HIDDEN + number.incrementAndGet() + "/";
        String options = address.options().isEmpty() ? "" : "?" + String.join("&", address.options());
        Endpoint endpoint = super.createEndpoint(address.origin() + hidden + options, properties);
        HttpEndpoint http = (HttpEndpoint) endpoint;
        HttpClientConfigurer given = http.getHttpClientConfigurer();
        http.setHttpClientConfigurer(builder -> {
            if (given != null) {
                given.configureHttpClient(builder);
            }
            configure(builder, hidden, address);
        });
        return endpoint;
    }

    /** The options for Camel are encoded, as the address is. */
    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        Map<String, Object> decoded = new HashMap<>();
        parameters.forEach((name, value) -> decoded.put(
                name,
                value instanceof String text && !text.startsWith("RAW(")
                        ? URLDecoder.decode(HttpAddress.withWholePercents(text), StandardCharsets.UTF_8)
                        : value));
        parameters.clear();
        parameters.putAll(decoded);
        return super.createEndpoint(uri, remaining, parameters);
    }

    private static void configure(HttpClientBuilder builder, String hidden, HttpAddress address) {
        builder.addRequestInterceptorFirst((request, entity, context) -> show(request, hidden, address));
    }

    /**
     * Replaces the substitute path. A step may add to the path, or set another query; a redirected request has another
     * path.
     */
    private static void show(HttpRequest request, String hidden, HttpAddress address) {
        String target = request.getPath();
        int at = target.indexOf(hidden);
        if (at < 0) {
            return;
        }
        String added = target.substring(at + hidden.length());
        int question = added.indexOf('?');
        String more = question < 0 ? added : added.substring(0, question);
        String path = more.isEmpty() ? address.path() : address.path().replaceFirst("/$", "") + "/" + more;
        String query = question < 0 ? address.query().map(text -> "?" + text).orElse("") : added.substring(question);
        request.setPath(target.substring(0, at) + path + query);
        if (!request.containsHeader(HttpHeaders.AUTHORIZATION)) {
            address.authorization().ifPresent(body -> request.setHeader(HttpHeaders.AUTHORIZATION, body));
        }
    }
}
