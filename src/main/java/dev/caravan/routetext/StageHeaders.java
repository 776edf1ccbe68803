package dev.caravan.routetext;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which headers rules can test and which beans they can use, by the route in which they stand. */
public final class StageHeaders {
    /** Headers by whose values clients, senders or recipients can be counted separately. */
    public static final Set<String> COUNTED =
            Set.of("remoteAddress", "helo", "sender", "senderDomain", "recipientDomain");

    private static final Set<String> SENDER =
            Set.of("stage", "sessionId", "remoteAddress", "helo", "sender", "senderDomain");
    private static final Set<String> MAIL = with(SENDER, "size", "recipients", "mailId");

    /** By the endpoint at which the route begins. What comes otherwise than by SMTP has none of them in destinations. */
    private static final Map<String, Set<String>> KNOWN = known();

    /** The content is there from check-mail on, and recipients are added when aliases are expanded. */
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
        known.put("direct:check-connection", Set.of("stage", "sessionId", "remoteAddress", "helo"));
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
     * Where a bean works that does not work in all of these routes.
     *
     * @return endpoints; empty if it works in each of them, or is not ours.
     */
    static Set<String> placesOf(String bean) {
        return PLACES.getOrDefault(BeanNames.present(bean), Set.of());
    }

    /** The headers by the endpoint of the route that rules begin in. */
    static Map<String, Set<String>> byEndpoint() {
        return KNOWN;
    }
}
