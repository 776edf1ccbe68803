package dev.caravan.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files from which a server has its keys: the pair that the settings name, those of the folder that they name, and those
 * in {@code data/tls}; a self-signed one if there are none. Blocks on the disk. Not thread-safe.
 */
final class CertificateFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);
    private static final int MAX_PAIRS = 1000;
    private static final Set<PosixFilePermission> FOR_OTHERS =
            Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.GROUP_WRITE);

    private final Places places;
    private final String host;
    private final Clock clock;
    private final Set<Path> warned = new HashSet<>();

    /**
     * Where the files are.
     *
     * @param certificate the pair for clients that name no host.
     * @param folder with more pairs.
     * @param password the file with the password of the keys.
     * @param own the folder in which the server keeps what it made or was issued.
     */
    record Places(Optional<Pair> certificate, Optional<Path> folder, Optional<Path> password, Path own) {}

    /** The files of certificates and of their key; may be the same. */
    record Pair(Path certificates, Path key) {}

    /** The state of a file or of its absence. */
    private record Stamp(Path file, Object state) {}

    CertificateFiles(Places places, String host, Clock clock) {
        this.places = places;
        this.host = host;
        this.clock = clock;
    }

    /**
     * What shows a change of the files, without reading them.
     *
     * @throws IOException if a folder cannot be read.
     */
    Object stamp() throws IOException {
        Set<Path> files = new LinkedHashSet<>();
        for (Pair pair : pairs()) {
            files.add(pair.certificates());
            files.add(pair.key());
        }
        places.password().ifPresent(files::add);
        List<Stamp> stamps = new ArrayList<>();
        for (Path file : files) {
            stamps.add(stamp(file));
        }
        return stamps;
    }

    private static Stamp stamp(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            // The key shows a file that was moved into place with the same time and size.
            return new Stamp(
                    file,
                    List.of(
                            attributes.lastModifiedTime(),
                            attributes.size(),
                            Optional.ofNullable(attributes.fileKey())));
        } catch (NoSuchFileException e) {
            return new Stamp(file, "missing");
        }
    }

    /**
     * Reads all keys.
     *
     * @throws IOException if a file cannot be read.
     * @throws IllegalArgumentException if a file is malformed, or certificate and key do not belong together.
     */
    ServerKeys read() throws IOException {
        Optional<String> password = password();
        List<CertifiedKey> keys = new ArrayList<>();
        for (Pair pair : pairs()) {
            keys.add(read(pair, password));
        }
        if (keys.isEmpty()) {
            CertifiedKey own = SelfSigned.open(places.own(), host, clock.instant());
            return new ServerKeys(List.of(own));
        }
        if (places.certificate().isEmpty()) {
            // The sort is stable: the certificates of this host first.
            keys.sort((one, other) -> Boolean.compare(other.isFor(host), one.isFor(host)));
        }
        return new ServerKeys(keys);
    }

    private CertifiedKey read(Pair pair, Optional<String> password) throws IOException {
        try {
            warnOfOthers(pair.key());
            return PemReader.read(pair.certificates(), pair.key(), password);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(
                    e.getMessage() + " does not exist (expected: the key of " + pair.certificates() + ")", e);
        }
    }

    private Optional<String> password() throws IOException {
        if (places.password().isEmpty()) {
            return Optional.empty();
        }
        warnOfOthers(places.password().get());
        return Optional.of(Files.readString(places.password().get()).strip());
    }

    /** The pairs of files, in their order, without the self-signed one. */
    private List<Pair> pairs() throws IOException {
        List<Pair> pairs = new ArrayList<>();
        places.certificate().ifPresent(pairs::add);
        if (places.folder().isPresent()) {
            pairs.addAll(in(places.folder().get()));
        }
        if (Files.isDirectory(places.own())) {
            pairs.addAll(in(places.own()));
        }
        if (pairs.size() > MAX_PAIRS) {
            throw new IllegalArgumentException(pairs.size() + " certificates (expected: <= " + MAX_PAIRS + ")");
        }
        return pairs;
    }

    private static List<Pair> in(Path folder) throws IOException {
        Map<String, Pair> pairs = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".pem") && !name.equals(SelfSigned.NAME)) {
                    pairs.put(name, new Pair(file, file));
                } else if (name.endsWith(".crt")) {
                    pairs.put(name, new Pair(file, folder.resolve(name.replaceAll("\\.crt$", ".key"))));
                }
            }
        }
        return List.copyOf(pairs.values());
    }

    private void warnOfOthers(Path secret) throws IOException {
        if (!Files.getFileStore(secret).supportsFileAttributeView("posix")) {
            return;
        }
        boolean isOpen = Files.getPosixFilePermissions(secret).stream().anyMatch(FOR_OTHERS::contains);
        if (isOpen && warned.add(secret)) {
            LOG.warn("{} can be read by other users of this machine (expected: chmod 600, or 640)", secret);
        }
    }
}
