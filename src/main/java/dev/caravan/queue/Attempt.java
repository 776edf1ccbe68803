package dev.caravan.queue;

import java.time.Instant;

/**
 * One delivery attempt, as an operator wants to see it.
 *
 * @param at when it ended.
 * @param remote the host that spoke, or empty.
 * @param reply what it said, on one line; cut to 1 KiB.
 */
public record Attempt(Instant at, String remote, String reply) {}
