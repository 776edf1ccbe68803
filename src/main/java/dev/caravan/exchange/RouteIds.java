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
        // An operator may use the character too.
        boolean isOurs = suffix >= 0
                && suffix + 1 < id.length()
                && id.chars().skip(suffix + 1L).allMatch(c -> c >= '0' && c <= '9');
        return isOurs ? id.substring(0, suffix) : id;
    }
}
