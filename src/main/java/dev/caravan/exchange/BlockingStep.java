package dev.caravan.exchange;

/**
 * A bean of Caravan that may wait for disk, network or another thread. Each bean that a route can name implements
 * either this interface or {@link NonBlockingStep}, so that the decision is explicit; a bean with neither is treated as
 * blocking.
 */
public interface BlockingStep {}
