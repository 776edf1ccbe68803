package dev.caravan.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the key of a server by the name and the signature algorithms that the client sent. Thread-safe. The keys may be
 * replaced at any time; a handshake that has chosen one keeps it.
 */
final class ServerKeyManager extends X509ExtendedKeyManager {
    private final Supplier<KeyGenerations> keys;
    private final boolean asksPerType;

    /**
     * A key manager.
     *
     * @param asksPerType whether the engine asks for each type of key only if the client can use it, as that of the JDK does.
     *     OpenSSL's asks for all types that the server could use.
     */
    ServerKeyManager(Supplier<KeyGenerations> keys, boolean asksPerType) {
        this.keys = keys;
        this.asksPerType = asksPerType;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
        return choose(type, engine.getHandshakeSession());
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(type, socket instanceof SSLSocket secure ? secure.getHandshakeSession() : null);
    }

    private @Nullable String choose(String type, @Nullable SSLSession session) {
        KeyGenerations generations = keys.get();
        Optional<CertifiedKey> chosen = generations.current().choose(name(session), usable(type, session));
        return chosen.filter(key -> key.type().equals(type))
                .map(generations::alias)
                .orElse(null);
    }

    private Predicate<CertifiedKey> usable(String type, @Nullable SSLSession session) {
        if (asksPerType) {
            return key -> key.type().equals(type);
        }
        List<String> algorithms = session instanceof ExtendedSSLSession extended
                ? List.of(extended.getPeerSupportedSignatureAlgorithms())
                : List.of();
        // A client that names none has a TLS of before 1.2, which may know RSA only.
        boolean isEcPossible = algorithms.stream().anyMatch(name -> name.contains("ECDSA"));
        boolean isRsaPossible = algorithms.isEmpty() || algorithms.stream().anyMatch(name -> name.contains("RSA"));
        boolean isRsaMissing =
                keys.get().current().all().stream().noneMatch(key -> key.type().equals("RSA"));
        return key -> key.type().equals("RSA") ? isRsaPossible : isEcPossible || isRsaMissing;
    }

    private static Optional<String> name(@Nullable SSLSession session) {
        if (!(session instanceof ExtendedSSLSession extended)) {
            return Optional.empty();
        }
        return extended.getRequestedServerNames().stream()
                .filter(SNIHostName.class::isInstance)
                .map(name -> ((SNIHostName) name).getAsciiName())
                .findFirst();
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return keys.get()
                .find(alias)
                .map(key -> key.chain().toArray(X509Certificate[]::new))
                .orElse(null);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return keys.get().find(alias).map(CertifiedKey::key).orElse(null);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        KeyGenerations generations = keys.get();
        return generations.current().all().stream()
                .filter(key -> key.type().equals(type))
                .map(generations::alias)
                .toArray(String[]::new);
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
