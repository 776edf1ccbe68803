package dev.caravan.auth;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The mechanisms that one connection may use. Immutable.
 *
 * @param mechanisms in the order in which they are announced.
 */
public record SaslOffer(List<SaslMechanism> mechanisms, SaslConnection connection) {
    /** None. */
    public static final SaslOffer NONE = new SaslOffer(List.of(), SaslConnection.PLAIN);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE = 18;

    public SaslOffer {
        mechanisms = List.copyOf(mechanisms);
    }

    /** Those of the allowed mechanisms that work on this connection and for all users. */
    public static SaslOffer of(Set<SaslMechanism> allowed, SaslConnection connection, Authenticator authenticator) {
        Set<SaslMechanism> working = EnumSet.noneOf(SaslMechanism.class);
        for (SaslMechanism mechanism : allowed) {
            boolean isPossible = switch (mechanism) {
                case SCRAM_SHA_256_PLUS -> connection.binding().isPresent();
                case EXTERNAL -> connection.certificate().isPresent();
                default -> true;
            };
            if (isPossible && authenticator.offers(mechanism)) {
                working.add(mechanism);
            }
        }
        return new SaslOffer(List.copyOf(working), connection);
    }

    /** Begins an exchange; empty if the mechanism is not offered. */
    public Optional<SaslExchange> exchange(SaslMechanism mechanism, InetAddress address, String role) {
        if (!mechanisms.contains(mechanism)) {
            return Optional.empty();
        }
        LoginClient client = new LoginClient(address, role, mechanism);
        return Optional.of(
                switch (mechanism) {
                    case PLAIN -> new PlainExchange(client);
                    case LOGIN -> new LoginExchange(client);
                    case OAUTHBEARER, XOAUTH2 -> new BearerExchange(client);
                    case EXTERNAL ->
                        new ExternalExchange(client, connection.certificate().orElseThrow());
                    case SCRAM_SHA_256_PLUS -> scram(client, ScramHash.SHA_256, connection.binding());
                    case SCRAM_SHA_256 -> scram(client, ScramHash.SHA_256, Optional.empty());
                    case SCRAM_SHA_1 -> scram(client, ScramHash.SHA_1, Optional.empty());
                });
    }

    private SaslExchange scram(LoginClient client, ScramHash hash, Optional<ChannelBinding> binding) {
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        return new ScramExchange(
                client,
                hash,
                binding,
                hash == ScramHash.SHA_256 && mechanisms.contains(SaslMechanism.SCRAM_SHA_256_PLUS),
                Base64.getEncoder().encodeToString(nonce));
    }

    /** What follows AUTH in the reply to EHLO; empty if there is none. */
    public String keywords() {
        return String.join(" ", mechanisms.stream().map(SaslMechanism::keyword).toList());
    }
}
