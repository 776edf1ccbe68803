package dev.caravan.routetext;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The headers and beans that rules can use, by the route that calls the rules. */
public final class StageHeaders {
    /** The headers by whose values a step can count clients, senders or recipients separately. */
    public static final Set<String> COUNTED =
            Set.of("remoteAddress", "user", "helo", "sender", "senderDomain", "recipientDomain");

    private static final Set<String> SENDER =
            Set.of("stage", "sessionId", "remoteAddress", "role", "user", "helo", "sender", "senderDomain");
    private static final Set<String> MAIL = with(SENDER, "size", "recipients", "mailId");

    /**
     * The headers by the {@code from} endpoint of the route. In destinations, messages from sources other than SMTP
     * have none of them.
     */
    private static final Map<String, Set<String>> KNOWN = known();

    /**
     * The beans by the {@code from} endpoint of the route: the content is available from check-mail on, and recipients
     * are added where aliases are expanded.
     */
    private static final Map<String, Set<String>> PLACES = places();

    private StageHeaders() {}

    private static Map<String, Set<String>> places() {
        Set<String> withContent = Set.of("direct:check-mail", "direct:destinations");
        Map<String, Set<String>> places = new LinkedHashMap<>();
        for (String bean : List.of("headerFields", "mailParts", "footer", "clamd", "rspamd")) {
            places.put(bean, withContent);
        }
        places.put("addRecipient", Set.of("direct:destinations"));
        places.put("recipientCheck", Set.of("direct:check-recipient"));
        return places;
    }

    private static Map<String, Set<String>> known() {
        Map<String, Set<String>> known = new LinkedHashMap<>();
        known.put("direct:check-connection", Set.of("stage", "sessionId", "remoteAddress", "role", "user", "helo"));
        known.put("direct:check-sender", with(SENDER, "size"));
        known.put("direct:check-recipient", with(SENDER, "recipient", "recipientDomain"));
        known.put("direct:check-mail", MAIL);
        known.put("direct:destinations", MAIL);
        return known;
    }

    private static Set<String> with(Set<String> names, String... more) {
        Set<String> all = new TreeSet<>(names);
        all.addAll(Set.of(more));
        return all;
    }

    /**
     * The routes in which a bean works, if it does not work in all of them.
     *
     * @return endpoints; empty if the bean works in every route or is not one of Caravan's.
     */
    static Set<String> placesOf(String bean) {
        return PLACES.getOrDefault(BeanNames.present(bean), Set.of());
    }

    /** The headers by the {@code from} endpoint of the route that calls the rules. */
    static Map<String, Set<String>> byEndpoint() {
        return KNOWN;
    }
}
