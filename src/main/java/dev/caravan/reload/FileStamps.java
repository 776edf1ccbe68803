package dev.caravan.reload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What changes when files do.
 *
 * @param stamps of each file that exists.
 */
public record FileStamps(Map<Path, Stamp> stamps) {
    /** The key too, for a file that was moved into place may be old and as long. */
    record Stamp(FileTime modified, long octets, Optional<Object> key) {}

    public FileStamps {
        stamps = Map.copyOf(stamps);
    }

    /**
     * The stamps of files as they are now.
     *
     * @throws IOException if one of them cannot be looked at, unless it does not exist.
     */
    static FileStamps of(Collection<Path> files) throws IOException {
        Map<Path, Stamp> stamps = new TreeMap<>();
        for (Path file : files) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamps.put(
                        file,
                        new Stamp(
                                attributes.lastModifiedTime(),
                                attributes.size(),
                                Optional.ofNullable(attributes.fileKey())));
            } catch (NoSuchFileException e) {
                // It went away since it was listed, or was never there.
                continue;
            }
        }
        return new FileStamps(stamps);
    }

    /** The files that are not the same as there: changed, new or gone. */
    Set<Path> differences(FileStamps others) {
        Set<Path> files = new HashSet<>(stamps.keySet());
        files.addAll(others.stamps.keySet());
        files.removeIf(file -> Objects.equals(stamps.get(file), others.stamps.get(file)));
        return files;
    }
}
