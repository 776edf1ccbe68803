package dev.caravan.exchange;

/**
 * A bean of ours that may wait for disk, network or another thread. Each bean that a route can name says either this or
 * {@link NonBlockingStep}, so that nobody forgets to decide; a bean that says neither is taken to block.
 */
public interface BlockingStep {}
