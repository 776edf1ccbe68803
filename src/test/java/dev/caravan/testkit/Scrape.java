package dev.caravan.testkit;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.OptionalDouble;

/** What a scraper sees: it knows the text format of Prometheus, and nothing of us. */
public final class Scrape {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String text;

    private Scrape(String text) {
        this.text = text;
    }

    public static HttpResponse<String> get(TestServer node, String path, String... fields) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://" + node.node().http().orElseThrow() + path));
        if (fields.length > 0) {
            request.headers(fields);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    public static Scrape of(TestServer node) {
        try {
            HttpResponse<String> reply = get(node, "/metrics");
            if (reply.statusCode() != 200) {
                throw new AssertionError(reply.statusCode() + " " + reply.body());
            }
            return new Scrape(reply.body());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The value of one series, written as it is in the text: name and labels. */
    public OptionalDouble value(String series) {
        return text.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst();
    }

    /** Whether a series has that value. */
    public boolean has(String series, double expected) {
        OptionalDouble value = value(series);
        return value.isPresent() && value.getAsDouble() == expected;
    }

    public String text() {
        return text;
    }
}
