package dev.caravan.session;

import dev.caravan.auth.Identity;
import dev.caravan.mail.ClientStory;
import dev.caravan.net.ListenerKind;
import dev.caravan.smtp.ClientAttributes;
import dev.caravan.tls.TlsFacts;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a session and of its client.
 *
 * @param id of the session; constant for its lifetime.
 * @param kind of the listener that the client connected to.
 * @param remote the client's address.
 * @param local the address that the client connected to.
 * @param helo the argument of HELO or EHLO: at most 255 characters of %x21-7E, a domain name or address literal only if
 *     the client follows the RFC; empty before HELO or EHLO.
 * @param esmtp whether the client sent EHLO.
 * @param tls what the handshake agreed; empty without TLS.
 * @param identity who the client is; empty if it has not authenticated.
 */
public record SessionFacts(
        SessionId id,
        ListenerKind kind,
        InetSocketAddress remote,
        InetSocketAddress local,
        String helo,
        boolean esmtp,
        Optional<TlsFacts> tls,
        Optional<Identity> identity) {
    private static final AttributeKey<InetSocketAddress> CLAIM = AttributeKey.valueOf(SessionFacts.class, "client");
    private static final AttributeKey<InetSocketAddress> SERVER = AttributeKey.valueOf(SessionFacts.class, "server");

    private static final AttributeKey<String> USER = AttributeKey.valueOf(SessionFacts.class, "user");

    /** The facts at the start of a connection. */
    public SessionFacts(SessionId id, ListenerKind kind, InetSocketAddress remote, InetSocketAddress local) {
        this(id, kind, remote, local, "", false, Optional.empty(), Optional.empty());
    }

    /**
     * Sets addresses other than those of the connection. Call before the session begins.
     *
     * @param client the client's.
     * @param server the address that the client connected to; empty for that of the connection.
     */
    public static void claim(Channel channel, InetSocketAddress client, Optional<InetSocketAddress> server) {
        channel.attr(CLAIM).set(client);
        server.ifPresent(channel.attr(SERVER)::set);
    }

    /** Makes the client a user that has authenticated; for tests of routes. Call before the session begins. */
    public static void claimUser(Channel channel, String user) {
        channel.attr(USER).set(user);
    }

    /** The client's address, of the connection or claimed; port 0 if the client has already closed it. */
    public static InetSocketAddress client(Channel channel) {
        InetSocketAddress claimed = channel.attr(CLAIM).get();
        return ip(claimed == null ? channel.remoteAddress() : claimed);
    }

    /** The facts at the start of a connection. */
    static SessionFacts of(SessionId id, ListenerKind kind, Channel channel) {
        InetSocketAddress server = channel.attr(SERVER).get();
        SessionFacts facts = of(id, kind, client(channel), server == null ? channel.localAddress() : server);
        String user = channel.attr(USER).get();
        return user == null ? facts : facts.authenticated(new Identity(user, "TEST", Optional.empty()));
    }

    /** The facts at the start of a connection; the addresses are null if the client has already closed it. */
    static SessionFacts of(
            SessionId id, ListenerKind kind, @Nullable SocketAddress remote, @Nullable SocketAddress local) {
        return new SessionFacts(id, kind, ip(remote), ip(local));
    }

    /** The same session after HELO or EHLO. */
    public SessionFacts greeted(String client, boolean isEsmtp) {
        return new SessionFacts(id, kind, remote, local, client, isEsmtp, tls, identity);
    }

    /** The same session after a handshake: all that the client said before is forgotten (RFC 3207 §4.2). */
    public SessionFacts secured(TlsFacts handshake) {
        return new SessionFacts(id, kind, remote, local, "", false, Optional.of(handshake), Optional.empty());
    }

    /** The same session after a successful AUTH (RFC 4954). */
    public SessionFacts authenticated(Identity client) {
        return new SessionFacts(id, kind, remote, local, helo, esmtp, tls, Optional.of(client));
    }

    /** The facts at the start of a session of a client that a proxy has named with XCLIENT. */
    SessionFacts named(ClientAttributes client) {
        return new SessionFacts(
                id,
                kind,
                new InetSocketAddress(
                        client.address().orElse(remote.getAddress()),
                        client.port().orElse(client.address().isPresent() ? 0 : remote.getPort())),
                new InetSocketAddress(
                        client.server().orElse(local.getAddress()),
                        client.serverPort().orElse(local.getPort())),
                "",
                false,
                tls,
                client.login().map(user -> new Identity(user, "XCLIENT", Optional.empty())));
    }

    /** What is kept of the client with each message. */
    ClientStory story() {
        return new ClientStory(
                Optional.of(kind.role()),
                identity.map(Identity::user),
                tls.flatMap(TlsFacts::serverName),
                tls.flatMap(TlsFacts::client)
                        .map(certificate -> certificate.subject() + " " + certificate.fingerprint()));
    }

    /** The name of the user; empty if the client has not authenticated. */
    public String user() {
        return identity.map(Identity::user).orElse("");
    }

    private static InetSocketAddress ip(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress ip && !ip.isUnresolved() ? ip : new InetSocketAddress(0);
    }
}
