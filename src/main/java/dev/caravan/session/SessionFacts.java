package dev.caravan.session;

import java.net.InetSocketAddress;

/**
 * Who talks to us.
 *
 * @param remote the client's address.
 * @param local the address that it connected to.
 * @param helo what the client calls itself: a domain name or address literal; empty before HELO or EHLO.
 * @param esmtp whether it said EHLO.
 */
public record SessionFacts(InetSocketAddress remote, InetSocketAddress local, String helo, boolean esmtp) {}
