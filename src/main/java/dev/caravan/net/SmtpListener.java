package dev.caravan.net;

import java.io.IOException;

/**
 * One address at which SMTP clients connect.
 *
 * @param kind what clients it is for; all addresses of a kind are served by the route that begins with
 *     {@code netty:tcp://{{NAME.listen}}}.
 * @param address where it listens.
 */
public record SmtpListener(ListenerKind kind, ListenAddress address) {
    /** The key of the setting that has the address. */
    public String setting() {
        return kind.setting();
    }

    /** The placeholder by which a route names the addresses of that setting. */
    public String placeholder() {
        return kind.placeholder();
    }

    /**
     * The same with a port that is free now if it had none.
     *
     * @throws IOException if none is, or the host is not one of this machine.
     */
    SmtpListener withFreePort() throws IOException {
        return new SmtpListener(kind, address.withFreePort());
    }
}
