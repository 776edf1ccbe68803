package dev.caravan.camel;

import java.time.Duration;
import org.apache.camel.component.http.HttpComponent;

/**
 * The {@code http:} and {@code https:} endpoints of routes. Timeouts are bounded, and the client never retries by
 * itself; retries follow the queue's retry policy. Addresses are sent as written.
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
