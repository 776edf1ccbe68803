package dev.caravan.camel;

import java.time.Duration;
import org.apache.camel.component.http.HttpComponent;

/**
 * The {@code http:} and {@code https:} endpoints of routes. A server that does not answer must not hold a mail for ever,
 * and nothing is sent again behind the back of the route: when, is for the retry policy to say. Addresses arrive as written.
 */
public final class HttpEndpoints {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private HttpEndpoints() {}

    public static HttpComponent create() {
        HttpComponent component = new ExactHttpComponent();
        component.setConnectTimeout(CONNECT.toMillis());
        component.setConnectionRequestTimeout(ANSWER.toMillis());
        component.setSoTimeout(ANSWER.toMillis());
        component.setResponseTimeout(ANSWER.toMillis());
        component.setAutomaticRetriesDisabled(true);
        component.setCookieManagementDisabled(true);
        component.setHeaderFilterStrategy(new HttpFields());
        return component;
    }
}
