package dev.caravan.delivery;

import dev.caravan.login.Login;
import dev.caravan.net.TlsPolicy;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Optional;

/**
 * A host to connect to.
 *
 * @param mta the host's name or address literal, as reports name it.
 * @param address the address and port, resolved.
 * @param tls what the connection requires of TLS.
 * @param login with what to log in; empty for no login.
 * @param isRelay whether it is a relay host: much mail depends on it, so it does not count as unreachable for long.
 */
record RemoteHost(String mta, InetSocketAddress address, TlsPolicy tls, Optional<Login> login, boolean isRelay) {
    RemoteHost(String mta, InetSocketAddress address, TlsPolicy tls) {
        this(mta, address, tls, Optional.empty(), false);
    }

    /** The same with that policy and login. */
    RemoteHost with(TlsPolicy policy, Optional<Login> other) {
        return new RemoteHost(mta, address, policy, other, isRelay);
    }

    /** The same as a relay host. */
    RemoteHost asRelay() {
        return new RemoteHost(mta, address, tls, login, true);
    }

    /** The key by which a connection to it may be reused. */
    ConnectionKey key() {
        return new ConnectionKey(
                mta.toLowerCase(Locale.ROOT),
                address,
                tls,
                login.map(Login::key).orElse(""));
    }

    @Override
    public String toString() {
        return mta + " (" + address.getAddress().getHostAddress() + " port " + address.getPort() + ")";
    }
}
