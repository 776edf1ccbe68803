package dev.caravan.session;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a session and of its client.
 *
 * @param id of the session; constant for its lifetime.
 * @param remote the client's address.
 * @param local the address that the client connected to.
 * @param helo the argument of HELO or EHLO: at most 255 characters of %x21-7E, a domain name or address literal only if
 *     the client follows the RFC; empty before HELO or EHLO.
 * @param esmtp whether the client sent EHLO.
 */
public record SessionFacts(
        SessionId id, InetSocketAddress remote, InetSocketAddress local, String helo, boolean esmtp) {
    private static final AttributeKey<InetSocketAddress> CLAIM = AttributeKey.valueOf(SessionFacts.class, "claim");

    /** Sets a client address other than that of the connection. Call before the session begins. */
    public static void claim(Channel channel, InetSocketAddress client) {
        channel.attr(CLAIM).set(client);
    }

    /** The facts at the start of a connection. */
    static SessionFacts of(SessionId id, Channel channel) {
        InetSocketAddress claimed = channel.attr(CLAIM).get();
        return of(id, claimed == null ? channel.remoteAddress() : claimed, channel.localAddress());
    }

    /** The facts at the start of a connection; the addresses are null if the client has already closed it. */
    static SessionFacts of(SessionId id, @Nullable SocketAddress remote, @Nullable SocketAddress local) {
        return new SessionFacts(id, ip(remote), ip(local), "", false);
    }

    /** The same session after HELO or EHLO. */
    SessionFacts greeted(String client, boolean isEsmtp) {
        return new SessionFacts(id, remote, local, client, isEsmtp);
    }

    private static InetSocketAddress ip(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress ip && !ip.isUnresolved() ? ip : new InetSocketAddress(0);
    }
}
