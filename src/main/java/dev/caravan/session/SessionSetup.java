package dev.caravan.session;

import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What a server gives to each of its sessions.
 *
 * @param terms name, limits and words.
 * @param sinks where content goes.
 * @param registry counts sessions.
 * @param listener hears of refusals.
 * @param clock for ids and times of arrival; waiting is measured by the event loop's own clock.
 * @param random for ids; used by many threads at once.
 */
public record SessionSetup(
        SessionTerms terms,
        ContentSinks sinks,
        SessionRegistry registry,
        SessionListener listener,
        Clock clock,
        RandomGenerator random) {
    /** The same with other terms, for sessions that begin later. */
    public SessionSetup with(SessionTerms other) {
        return new SessionSetup(other, sinks, registry, listener, clock, random);
    }
}
