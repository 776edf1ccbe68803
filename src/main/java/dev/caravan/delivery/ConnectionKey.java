package dev.caravan.delivery;

import dev.caravan.net.TlsPolicy;
import java.net.InetSocketAddress;

/**
 * Which connections are interchangeable: a kept connection is reused only for mail with an equal key. The host's name is
 * part of it, because a certificate is checked against a name: a check for one name says nothing about another name at
 * the same address.
 *
 * @param host the host's name or address literal, in lower case.
 * @param address the resolved address and the port.
 * @param tls what the connection requires of TLS.
 * @param login who is logged in; empty for nobody.
 */
record ConnectionKey(String host, InetSocketAddress address, TlsPolicy tls, String login) {}
