package dev.caravan.exchange;

/** The ids of routes and their steps. A reload adds a suffix to them, by which Camel tells a route from its successor. */
public final class RouteIds {
    private static final char GENERATION = '~';

    private RouteIds() {}

    /** The id that a route or step gets when its file is read for the nth time after the start. */
    public static String ofGeneration(String id, int generation) {
        String suffix = GENERATION + Integer.toString(generation);
        return id.endsWith(suffix) ? id : id + suffix;
    }

    /** The id as it stands in the file. */
    public static String withoutGeneration(String id) {
        int suffix = id.lastIndexOf(GENERATION);
        return suffix < 0 ? id : id.substring(0, suffix);
    }
}
