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
 * The times, sizes and keys of files, by which a change is seen.
 *
 * @param stamps of each file that exists.
 */
public record FileStamps(Map<Path, Stamp> stamps) {
    /** The key of the file system is needed for a file that was moved into place: it may be as old and as long. */
    record Stamp(FileTime modified, long octets, Optional<Object> key) {}

    public FileStamps {
        stamps = Map.copyOf(stamps);
    }

    /**
     * The stamps of files as they are now.
     *
     * @throws IOException if the attributes of an existing file cannot be read.
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
                // It was removed after it was listed, or never existed.
                continue;
            }
        }
        return new FileStamps(stamps);
    }

    /** The files that differ from those: changed, new or removed. */
    Set<Path> differences(FileStamps others) {
        Set<Path> files = new HashSet<>(stamps.keySet());
        files.addAll(others.stamps.keySet());
        files.removeIf(file -> Objects.equals(stamps.get(file), others.stamps.get(file)));
        return files;
    }
}
