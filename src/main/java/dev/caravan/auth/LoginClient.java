package dev.caravan.auth;

import java.net.InetAddress;

/**
 * Who asks to be authenticated.
 *
 * @param address the client's address.
 * @param role of the listener: {@code mx}, {@code submission} or {@code devices}.
 * @param mechanism that the client chose.
 */
public record LoginClient(InetAddress address, String role, SaslMechanism mechanism) {}
