package dev.caravan.camel;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The address of an HTTP endpoint, as the operator wrote it. Path and query are sent octet by octet; what is before the
 * {@code @} is sent as user and password (RFC 7617 §2). Each of them may contain secrets: an address must not be
 * logged.
 *
 * @param origin scheme, host and port.
 * @param path begins with a slash; percent-encoded.
 * @param query without question mark; percent-encoded.
 * @param authorization the header field's body.
 * @param options the options for Camel as {@code name=value}, encoded.
 */
record HttpAddress(
        String origin, String path, Optional<String> query, Optional<String> authorization, List<String> options) {
    private static final String RAW = "RAW(";
    /**
     * Printable characters that are not allowed in a request (RFC 3986 §2), except for those that servers accept
     * anyway.
     */
    private static final String FORBIDDEN = "\"<>\\^`{|}#";

    HttpAddress {
        options = List.copyOf(options);
    }

    /**
     * Reads an address.
     *
     * @param uri with Camel's options among or behind the parameters of the query.
     * @param isOption whether a parameter of that name is for Camel.
     * @throws IllegalArgumentException if it has another form; the message does not show it.
     */
    static HttpAddress of(String uri, Predicate<String> isOption) {
        int colon = uri.indexOf(':');
        String rest = uri.substring(colon + 1).replaceFirst("^/{0,2}", "");
        int fragment = rest.indexOf('#');
        // Camel refers to beans by a number sign after an equals sign.
        rest = fragment > 0 && rest.charAt(fragment - 1) != '=' ? rest.substring(0, fragment) : rest;
        int question = rest.indexOf('?');
        String place = question < 0 ? rest : rest.substring(0, question);
        int slash = place.indexOf('/');
        String authority = slash < 0 ? place : place.substring(0, slash);
        int at = authority.lastIndexOf('@');
        if (colon < 0 || authority.substring(at + 1).isEmpty()) {
            throw new IllegalArgumentException("an HTTP address without host (expected: http://host:port/path)");
        }
        List<String> options = new ArrayList<>();
        List<String> parameters = new ArrayList<>();
        String query = question < 0 ? "" : rest.substring(question + 1);
        // Camel adds its options after another question mark.
        for (String parameter : query.split("&", -1)) {
            String name = URLDecoder.decode(withWholePercents(name(parameter)), StandardCharsets.UTF_8);
            (isOption.test(name) ? options : parameters).add(unwrapped(parameter));
        }
        boolean hasQuery =
                question >= 0 && !(parameters.isEmpty() || (parameters.equals(List.of("")) && !options.isEmpty()));
        return new HttpAddress(
                uri.substring(0, colon) + "://" + authority.substring(at + 1),
                encoded(slash < 0 ? "/" : place.substring(slash)),
                hasQuery ? Optional.of(encoded(String.join("&", parameters))) : Optional.empty(),
                at < 0 ? Optional.empty() : Optional.of(basic(authority.substring(0, at))),
                options);
    }

    private static String name(String parameter) {
        int equals = parameter.indexOf('=');
        return equals < 0 ? parameter : parameter.substring(0, equals);
    }

    /** The parameter with its value encoded, if the value is marked as not encoded. */
    private static String unwrapped(String parameter) {
        int equals = parameter.indexOf('=');
        String value = parameter.substring(equals + 1);
        boolean isRaw = equals > 0 && value.startsWith(RAW) && value.endsWith(")");
        return isRaw
                ? parameter.substring(0, equals + 1)
                        + URLEncoder.encode(value.substring(RAW.length(), value.length() - 1), StandardCharsets.UTF_8)
                                .replace("+", "%20")
                : parameter;
    }

    /** The text with forbidden characters encoded; what is encoded already is not changed. */
    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : withWholePercents(text).getBytes(StandardCharsets.UTF_8)) {
            boolean isAllowed = octet > ' ' && octet < 0x7f && FORBIDDEN.indexOf(octet) < 0;
            encoded.append(isAllowed ? Character.toString(octet) : String.format("%%%02X", octet & 0xff));
        }
        return encoded.toString();
    }

    /** The text with each percent sign encoded that does not begin an encoded octet. */
    static String withWholePercents(String text) {
        return text.replaceAll("%(?![0-9A-Fa-f]{2})", "%25");
    }

    private static String basic(String userInfo) {
        String decoded = URLDecoder.decode(withWholePercents(userInfo.replace("+", "%2B")), StandardCharsets.UTF_8);
        String credentials = decoded.contains(":") ? decoded : decoded + ":";
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /** Path and query of the request line. */
    String target() {
        return path + query.map(text -> "?" + text).orElse("");
    }

    @Override
    public String toString() {
        return origin;
    }
}
