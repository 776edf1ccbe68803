package dev.caravan.trace;

import java.net.InetAddress;

/**
 * A client was told no. All text may hold any character; empty is what is not known.
 *
 * @param client its address.
 * @param helo what it calls itself.
 * @param from the reverse-path.
 * @param to the recipient that was refused.
 * @param command the verb of the command, without arguments, or what else was refused.
 * @param reply what it was told.
 */
public record Refusal(InetAddress client, String helo, String from, String to, String command, String reply) {}
