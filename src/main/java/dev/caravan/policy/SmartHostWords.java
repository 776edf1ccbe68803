package dev.caravan.policy;

import dev.caravan.login.LoginSettings;
import dev.caravan.login.Mechanism;
import dev.caravan.login.SmartHost;
import dev.caravan.mail.Mailbox;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.TlsPolicy;
import dev.caravan.net.TlsPolicy.Level;
import dev.caravan.policy.SmartHostTable.DomainPattern;
import dev.caravan.policy.SmartHostTable.SenderPattern;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the words of one entry of a {@link SmartHostTable}. */
final class SmartHostWords {
    private static final int SUBMISSION_PORT = 587;
    private static final int MOST = 100_000_000;
    private static final int MOST_CONNECTIONS = 10_000;
    private static final Pattern SPACE = Pattern.compile("[ \t]+");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final Set<String> OWN = Set.of(
            "hosts",
            "to",
            "from",
            "otherwise",
            "user",
            "password-file",
            "auth",
            "login-in-clear",
            "token-endpoint",
            "client-id",
            "client-secret-file",
            "refresh-token-file",
            "scope",
            "connections",
            "messages-per-connection",
            "messages-per-minute",
            "messages-per-day",
            "recipients-per-day");

    private final Map<String, String> words = new HashMap<>();
    private final Function<String, Path> files;

    private SmartHostWords(String[] parts, Function<String, Path> files) {
        this.files = files;
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String name = equals < 0 ? parts[i] : parts[i].substring(0, equals);
            String value = equals < 0 ? "" : parts[i].substring(equals + 1);
            if (!OWN.contains(name) && !TlsWords.ALL.contains(name)) {
                Set<String> known = new TreeSet<>(OWN);
                known.addAll(TlsWords.ALL);
                throw new IllegalArgumentException(
                        "no such word: " + name + " (expected: " + String.join(", ", known) + ")");
            }
            if (value.isEmpty()) {
                throw new IllegalArgumentException(name + " without a value (expected: " + name + "=VALUE)");
            }
            if (words.put(name, value) != null) {
                throw new IllegalArgumentException(name + " is given twice (expected: once)");
            }
        }
    }

    static SmartHostTable.Entry entry(String text, Function<String, Path> files) {
        String[] parts = SPACE.split(text);
        return new SmartHostWords(parts, files).entry(parts[0]);
    }

    private SmartHostTable.Entry entry(String name) {
        Optional<LoginSettings> login = login();
        TlsPolicy tls = TlsWords.policy(words, login.isPresent() ? Level.VERIFY : Level.MAY, files)
                .orElse(login.isPresent() ? TlsPolicy.VERIFY : TlsPolicy.MAY);
        if (login.isPresent() && !tls.isRequired() && !login.get().mayBeInClear()) {
            throw new IllegalArgumentException("a login with tls=" + tls.word()
                    + " might be sent in clear (expected: tls=verify or encrypt, or login-in-clear=yes)");
        }
        SmartHost host = new SmartHost(
                name,
                HostAndPort.parseAll(required("hosts"), SUBMISSION_PORT),
                tls,
                login,
                new SmartHost.Limits(
                        number("connections", MOST_CONNECTIONS),
                        number("messages-per-connection", MOST),
                        number("messages-per-minute", MOST),
                        number("messages-per-day", MOST),
                        number("recipients-per-day", MOST)),
                word("otherwise"));
        List<DomainPattern> to = list("to").map(DomainPattern::parse).toList();
        List<SenderPattern> from = list("from").map(SmartHostWords::sender).toList();
        return new SmartHostTable.Entry(host, to, from);
    }

    private static SenderPattern sender(String text) {
        if (text.equals("<>")) {
            return new SenderPattern(text, Optional.empty());
        } else if (text.lastIndexOf('@') > 0) {
            return new SenderPattern(Mailbox.parse(text).key(), Optional.empty());
        }
        return new SenderPattern("", Optional.of(DomainPattern.parse(text.startsWith("@") ? text.substring(1) : text)));
    }

    private Optional<LoginSettings> login() {
        Optional<String> endpoint = word("token-endpoint");
        Optional<String> password = word("password-file");
        boolean isInClear = TlsWords.flag("login-in-clear", words.getOrDefault("login-in-clear", "no"));
        if (endpoint.isEmpty() && password.isEmpty()) {
            for (String other : List.of("user", "auth", "client-id", "client-secret-file", "refresh-token-file")) {
                if (words.containsKey(other)) {
                    throw new IllegalArgumentException(
                            other + " without a secret (expected: password-file=FILE or token-endpoint=URL)");
                }
            }
            return Optional.empty();
        }
        if (endpoint.isPresent() && password.isPresent()) {
            throw new IllegalArgumentException("a password and a token (expected: password-file or token-endpoint)");
        }
        List<Mechanism> mechanisms = mechanisms(endpoint.isPresent());
        if (password.isPresent()) {
            return Optional.of(
                    new LoginSettings.Password(required("user"), files.apply(password.get()), mechanisms, isInClear));
        }
        Optional<Path> clientSecret = word("client-secret-file").map(files);
        Optional<Path> refreshToken = word("refresh-token-file").map(files);
        if (clientSecret.isEmpty() && refreshToken.isEmpty()) {
            throw new IllegalArgumentException(
                    "token-endpoint without a secret (expected: client-secret-file=FILE or refresh-token-file=FILE)");
        }
        return Optional.of(new LoginSettings.Token(
                required("user"),
                endpoint(endpoint.orElseThrow()),
                required("client-id"),
                clientSecret,
                refreshToken,
                words.getOrDefault("scope", "").replace(',', ' '),
                mechanisms,
                isInClear));
    }

    private List<Mechanism> mechanisms(boolean forTokens) {
        List<Mechanism> all = Mechanism.all(forTokens);
        if (!words.containsKey("auth")) {
            return all;
        }
        List<Mechanism> wanted = list("auth")
                .map(name -> Mechanism.of(name)
                        .filter(all::contains)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "auth=" + name + " (expected: " + Mechanism.names(all) + ")")))
                .toList();
        return all.stream().filter(wanted::contains).toList();
    }

    private static URI endpoint(String text) {
        String expected = "token-endpoint=" + text + " (expected: an https URL)";
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            boolean isLoopback =
                    host != null && (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]"));
            if (host == null || !("https".equals(uri.getScheme()) || (isLoopback && "http".equals(uri.getScheme())))) {
                throw new IllegalArgumentException(expected);
            }
            return uri;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    private Optional<String> word(String name) {
        return Optional.ofNullable(words.get(name));
    }

    private String required(String name) {
        return word(name)
                .orElseThrow(() -> new IllegalArgumentException("no " + name + " (expected: " + name + "=VALUE)"));
    }

    private Stream<String> list(String name) {
        return Arrays.stream(words.getOrDefault(name, "").split(",")).filter(part -> !part.isEmpty());
    }

    private OptionalInt number(String name, int most) {
        if (!words.containsKey(name)) {
            return OptionalInt.empty();
        }
        String value = required(name);
        int number = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
        if (number < 1 || number > most) {
            throw new IllegalArgumentException(name + "=" + value + " (expected: a number from 1 to " + most + ")");
        }
        return OptionalInt.of(number);
    }
}
