package dev.caravan.session;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Which session this is, and who the client is.
 *
 * @param id names the session; the same from its first to its last command.
 * @param remote the client's address.
 * @param local the address that it connected to.
 * @param helo what the client calls itself: at most 255 characters of %x21-7E, a domain name or address literal only if
 *     the client keeps to the RFC; empty before HELO or EHLO.
 * @param esmtp whether it said EHLO.
 */
public record SessionFacts(
        SessionId id, InetSocketAddress remote, InetSocketAddress local, String helo, boolean esmtp) {
    private static final AttributeKey<InetSocketAddress> CLAIM = AttributeKey.valueOf(SessionFacts.class, "claim");

    /** Takes the client to be at an address other than that of its connection; before the session begins. */
    public static void claim(Channel channel, InetSocketAddress client) {
        channel.attr(CLAIM).set(client);
    }

    /** What is known when a connection is made. */
    static SessionFacts of(SessionId id, Channel channel) {
        InetSocketAddress claimed = channel.attr(CLAIM).get();
        return of(id, claimed == null ? channel.remoteAddress() : claimed, channel.localAddress());
    }

    /** What is known when a connection is made; a client that has already closed it has no address. */
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
