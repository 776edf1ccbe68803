package dev.caravan.auth;

import java.util.Optional;

/** EXTERNAL: the certificate of the TLS connection says who the client is (RFC 4422, appendix A). */
final class ExternalExchange extends SaslExchange {
    private final LoginClient client;
    private final PeerCertificate certificate;
    private String user = "";

    ExternalExchange(LoginClient client, PeerCertificate certificate) {
        this.client = client;
        this.certificate = certificate;
    }

    @Override
    public SaslStep response(byte[] octets) {
        Optional<String> name = utf8(octets).filter(text -> text.indexOf('\0') < 0 && text.length() <= MAX_NAME);
        if (name.isEmpty()) {
            return malformed();
        }
        user = name.get();
        return new SaslStep.Ask(new LoginQuestion.Certificate(client, user, certificate));
    }

    @Override
    protected String user() {
        return user;
    }
}
