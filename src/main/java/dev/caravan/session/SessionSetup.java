package dev.caravan.session;

import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What all sessions of a server share.
 *
 * @param terms host name, limits, parsers and replies.
 * @param sinks open a sink for the content of each message.
 * @param registry counts sessions.
 * @param listener receives the events of sessions.
 * @param clock for ids and times of arrival; time limits use the event loop's ticker.
 * @param random for ids; used by many threads at once.
 */
public record SessionSetup(
        SessionTerms terms,
        ContentSinks sinks,
        SessionRegistry registry,
        SessionListener listener,
        Clock clock,
        RandomGenerator random) {
    /** A copy with other terms, for sessions that begin later. */
    public SessionSetup with(SessionTerms other) {
        return new SessionSetup(other, sinks, registry, listener, clock, random);
    }
}
